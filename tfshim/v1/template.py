"""`tf.compat.v1.make_template`: a function that shares its variables between calls."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from tfshim.context import context
from tfshim.export import export
from tfshim.scopes import get_default_graph
from tfshim.tracking import Trackable
from tfshim.v1.collections import GraphKeys, get_collection
from tfshim.v1.variable_scope import variable_scope
from tfshim.v1.variable_store import VariableStore


@export("compat.v1.make_template")
def make_template(
    name_: str,
    func_: Callable[..., Any],
    create_scope_now_: bool = False,
    unique_name_: str | None = None,
    custom_getter_: Any = None,
    **kwargs: Any,
) -> Template:
    """`func_` as a function whose `get_variable` makes variables in the first call, and finds them again in later ones.

    Args:
      name_: scope of the variables, made unique.
      func_: the function.
      create_scope_now_: whether the scope's name is chosen now, not in the first call.
      unique_name_: the scope's name as it is.
      custom_getter_: of the variable scope.
      **kwargs: given to `func_` in each call.
    """
    if kwargs:
        func_ = functools.partial(func_, **kwargs)
    return Template(name_, func_, create_scope_now_, unique_name_, custom_getter_)


class Template(Trackable):
    """What `make_template` returns."""

    def __init__(
        self, name: str, func: Callable[..., Any], create_scope_now: bool, unique_name: str | None, custom_getter: Any
    ):
        if name is None:
            raise ValueError("name cannot be None.")
        if unique_name is not None and context.graph is None:
            raise ValueError("unique_name_ cannot be used when eager execution is enabled.")
        self._func = func
        self._name = name
        self._unique_name = unique_name
        self._custom_getter = custom_getter
        self._called = False
        self._scope: Any = None
        # In eager mode no graph keeps the variables.
        self._store = VariableStore(eager=True) if context.graph is None else None
        if create_scope_now:
            # The name scope is that of the first call.
            with self._new_scope(auxiliary_name_scope=False) as scope:
                self._scope = scope

    def _new_scope(self, **options: Any) -> variable_scope:
        return variable_scope(self._unique_name, self._name, custom_getter=self._custom_getter, **options)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Calls the function in the template's variable scope."""
        if self._store is not None:
            with self._store.as_default():
                return self._call(args, kwargs)
        return self._call(args, kwargs)

    def _call(self, args: Any, kwargs: Any) -> Any:
        # In the first call variables are made, later ones only find them.
        scope = self._new_scope() if self._scope is None else variable_scope(self._scope, reuse=self._called or None)
        before = self._count_trainable()
        with scope as self._scope:
            result = self._func(*args, **kwargs)
        if self._called and self._count_trainable() > before:
            raise ValueError(
                f"the template {self._name!r} made trainable variables in a later call: they are made in the first, "
                "by get_variable, and found in later ones"
            )
        self._called = True
        return result

    def _count_trainable(self) -> int:
        if self._store is None:
            return len(get_collection(GraphKeys.TRAINABLE_VARIABLES))
        return sum(v.trainable for v in self._store.variables())

    @property
    def name(self) -> str:
        """The name given."""
        return self._name

    @property
    def func(self) -> Callable[..., Any]:
        """The function."""
        return self._func

    @property
    def variable_scope(self) -> Any:
        """The scope of the variables; None before the first call, unless it was made at once."""
        return self._scope

    @property
    def var_scope(self) -> Any:
        """The old name of `variable_scope`."""
        return self._scope

    @property
    def variable_scope_name(self) -> str | None:
        """Name of the scope, with a slash at its end, or None."""
        return None if self._scope is None else f"{self._scope.name}/"

    def _of(self, collection: str) -> list[Any]:
        if self._scope is None:
            return []
        prefix = self._scope.name + "/"
        if self._store is not None:
            if collection == GraphKeys.LOCAL_VARIABLES:
                return []
            found = self._store.variables()
            return [v for v in found if v.trainable or collection == GraphKeys.GLOBAL_VARIABLES]
        return [v for v in get_default_graph().get_collection(collection) if v.name.startswith(prefix)]

    @property
    def global_variables(self) -> list[Any]:
        """The global variables of the scope."""
        return self._of(GraphKeys.GLOBAL_VARIABLES)

    @property
    def local_variables(self) -> list[Any]:
        """The local variables of the scope."""
        return self._of(GraphKeys.LOCAL_VARIABLES)

    @property
    def trainable_variables(self) -> list[Any]:
        """The trainable variables of the scope."""
        return self._of(GraphKeys.TRAINABLE_VARIABLES)

    @property
    def variables(self) -> list[Any]:
        """The global and local variables of the scope."""
        return self.global_variables + self.local_variables

    @property
    def trainable_weights(self) -> list[Any]:
        """As `trainable_variables`."""
        return self.trainable_variables

    @property
    def weights(self) -> list[Any]:
        """As `variables`."""
        return self.variables

    @property
    def non_trainable_variables(self) -> list[Any]:
        """Those of `variables` that are not trainable."""
        trainable = {id(v) for v in self.trainable_variables}
        return [v for v in self.variables if id(v) not in trainable]


Template.__module__ = "tensorflow.python.ops.template"
