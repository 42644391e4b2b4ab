"""`tf.compat.v1.variable_scope` and `get_variable`: names, reuse and defaults of variables."""

from __future__ import annotations

import contextlib
import functools
import inspect
import threading
from collections.abc import Iterator
from typing import Any

from tfshim import dtypes
from tfshim.context import context
from tfshim.convert import convert_to_tensor
from tfshim.export import export
from tfshim.scopes import current_name_scope, get_default_graph, name_scope
from tfshim.v1.collections import GraphKeys
from tfshim.v1.variable_store import AUTO_REUSE, VariableStore
from tfshim.variable.options import VariableAggregation, VariableSynchronization


@export("compat.v1.VariableScope")
class VariableScope:
    """The name and the defaults that a scope gives to the variables made in it."""

    # What scopes inherit, and `get_variable` takes for arguments that are not given.
    _INHERITED = (
        "initializer",
        "regularizer",
        "caching_device",
        "partitioner",
        "custom_getter",
        "use_resource",
        "constraint",
    )

    def __init__(
        self,
        reuse: Any,
        name: str = "",
        initializer: Any = None,
        regularizer: Any = None,
        caching_device: Any = None,
        partitioner: Any = None,
        custom_getter: Any = None,
        name_scope: str = "",
        dtype: Any = dtypes.float32,
        use_resource: bool | None = None,
        constraint: Any = None,
    ):
        self._name = name
        self._reuse = reuse
        self._initializer = initializer
        self._regularizer = regularizer
        self._caching_device = caching_device
        self._partitioner = partitioner
        self._custom_getter = custom_getter
        self._name_scope = name_scope
        self._dtype = dtype
        self._use_resource = use_resource
        self._constraint = constraint
        if context.graph is None:
            # In eager mode every call makes a new variable, whatever is asked for.
            self._reuse = AUTO_REUSE

    name = property(lambda self: self._name, doc="The full name, without a slash at its end.")
    original_name_scope = property(lambda self: self._name_scope, doc="The name scope in which the scope was opened.")
    reuse = property(lambda self: self._reuse, doc="Whether variables are found (True), made (False), or both.")
    initializer = property(lambda self: self._initializer, doc="The default initializer, or None.")
    dtype = property(lambda self: self._dtype, doc="The default dtype.")
    use_resource = property(lambda self: self._use_resource, doc="As given; every variable is a resource variable.")
    regularizer = property(lambda self: self._regularizer, doc="The default regularizer, or None.")
    caching_device = property(lambda self: self._caching_device, doc="As given; without effect.")
    partitioner = property(lambda self: self._partitioner, doc="The default partitioner, or None.")
    custom_getter = property(lambda self: self._custom_getter, doc="What makes the variables, or None.")
    constraint = property(lambda self: self._constraint, doc="The default constraint, or None.")

    def reuse_variables(self) -> None:
        """From now on, variables of the scope are found, not made."""
        self._reuse = True

    def set_initializer(self, initializer: Any) -> None:
        """Sets the default initializer."""
        self._initializer = initializer

    def set_dtype(self, dtype: Any) -> None:
        """Sets the default dtype."""
        self._dtype = dtype

    def set_use_resource(self, use_resource: bool | None) -> None:
        """Keeps what is given; every variable is a resource variable. ValueError for False in eager mode."""
        if context.graph is None and not use_resource:
            raise ValueError("in eager mode all variables are resource variables")
        self._use_resource = use_resource

    def set_regularizer(self, regularizer: Any) -> None:
        """Sets the default regularizer."""
        self._regularizer = regularizer

    def set_caching_device(self, caching_device: Any) -> None:
        """NotImplementedError in eager mode; otherwise without effect."""
        if context.graph is None:
            raise NotImplementedError("caching devices have no meaning in eager mode")
        self._caching_device = caching_device

    def set_partitioner(self, partitioner: Any) -> None:
        """Sets the default partitioner."""
        self._partitioner = partitioner

    def set_custom_getter(self, custom_getter: Any) -> None:
        """Sets what makes the variables."""
        self._custom_getter = custom_getter

    def get_collection(self, name: Any) -> list[Any]:
        """The items of a collection of the default graph that are in this scope."""
        return get_default_graph().get_collection(name, self._name + "/" if self._name else "")

    def trainable_variables(self) -> list[Any]:
        """The trainable variables of the scope."""
        return self.get_collection(GraphKeys.TRAINABLE_VARIABLES)

    def global_variables(self) -> list[Any]:
        """The global variables of the scope."""
        return self.get_collection(GraphKeys.GLOBAL_VARIABLES)

    def local_variables(self) -> list[Any]:
        """The local variables of the scope."""
        return self.get_collection(GraphKeys.LOCAL_VARIABLES)

    def get_variable(
        self,
        var_store: VariableStore,
        name: str | None,
        shape: Any = None,
        dtype: Any = None,
        initializer: Any = None,
        regularizer: Any = None,
        reuse: Any = None,
        trainable: bool | None = None,
        collections: Any = None,
        caching_device: Any = None,
        partitioner: Any = None,
        validate_shape: bool = True,
        use_resource: bool | None = None,
        custom_getter: Any = None,
        constraint: Any = None,
        synchronization: Any = VariableSynchronization.AUTO,
        aggregation: Any = VariableAggregation.NONE,
    ) -> Any:
        """The variable `name` of this scope; see `tf.compat.v1.get_variable`."""
        if dtype is not None and initializer is not None and not callable(initializer):
            found = convert_to_tensor(initializer).dtype
            if found != dtypes.as_dtype(dtype):
                raise ValueError(f"the initializer is of {found}, not of {dtype}")
        # An empty name is one of its own (of slots: nothing comes after the slash); parts of a list have none.
        full_name = self._name if name is None else f"{self._name}/{name}" if self._name else name
        # The names of variables follow variable scopes, and no other scopes.
        with name_scope(None):
            return var_store.get_variable(
                full_name,
                shape=shape,
                dtype=self._dtype if dtype is None else dtype,
                initializer=initializer if initializer is not None else self._initializer,
                regularizer=regularizer if regularizer is not None else self._regularizer,
                reuse=False if context.graph is None else self._reuse if reuse is None else reuse,
                trainable=trainable,
                collections=collections,
                caching_device=caching_device if caching_device is not None else self._caching_device,
                partitioner=partitioner if partitioner is not None else self._partitioner,
                validate_shape=validate_shape,
                use_resource=use_resource if use_resource is not None else self._use_resource,
                custom_getter=custom_getter if custom_getter is not None else self._custom_getter,
                constraint=constraint if constraint is not None else self._constraint,
                synchronization=synchronization,
                aggregation=aggregation,
            )


VariableScope.__module__ = "tensorflow.python.ops.variable_scope"


class _ScopeStore(threading.local):
    """The current scope of a thread in a graph, and how often each was opened: names of scopes are counted."""

    def __init__(self) -> None:
        self.current = VariableScope(False)
        self._counts: dict[str, int] = {}

    @classmethod
    def of_graph(cls) -> _ScopeStore:
        """The store of the default graph."""
        stores = get_default_graph().get_collection_ref(("__varscope",))
        if not stores:
            stores.append(cls())
        return stores[0]

    def unique_name(self, prefix: str) -> str:
        """`prefix`, numbered if the current scope has opened it before."""
        base = f"{self.current.name}/{prefix}" if self.current.name else prefix
        if not self._counts.get(base):
            return prefix
        number = 1
        while self._counts.get(f"{base}_{number}"):
            number += 1
        return f"{prefix}_{number}"

    @contextlib.contextmanager
    def opened(self, scope: VariableScope, again: bool) -> Iterator[VariableScope]:
        """Makes `scope` the current one; entered `again`, it leaves the counts of its subscopes as they were."""
        old, counts = self.current, dict(self._counts)
        self._counts[scope.name] = self._counts.get(scope.name, 0) + 1
        self.current = scope
        try:
            yield scope
        finally:
            self.current = old
            if again:
                self._counts = counts
            else:
                for name in self._counts:
                    if not scope.name or name.startswith(scope.name + "/"):
                        self._counts[name] = 0


@export("compat.v1.get_variable_scope")
def get_variable_scope() -> VariableScope:
    """The current variable scope of the default graph."""
    return _ScopeStore.of_graph().current


@export("compat.v1.variable_scope")
class variable_scope:
    """Puts the variables that `get_variable` makes, and the names of ops, under a name; sets defaults for them.

    Args:
      name_or_scope: a name, or a scope that is entered again.
      default_name: name if `name_or_scope` is None; made unique.
      values: has no effect.
      initializer, regularizer, caching_device, partitioner, custom_getter, dtype, use_resource, constraint: defaults
        for `get_variable`, inherited from the outer scope where None. Custom getters nest.
      reuse: True: variables must exist; `tf.compat.v1.AUTO_REUSE`: they are made if they do not; None or False: as in
        the outer scope.
      auxiliary_name_scope: False: the names of ops are not put under the name.

    Raises:
      TypeError: for neither name nor default name, or a name that is neither string nor scope.
      ValueError: for a bad `reuse`, or `reuse=True` with a default name alone.
    """

    def __init__(
        self,
        name_or_scope: Any,
        default_name: str | None = None,
        values: Any = None,
        initializer: Any = None,
        regularizer: Any = None,
        caching_device: Any = None,
        partitioner: Any = None,
        custom_getter: Any = None,
        reuse: Any = None,
        dtype: Any = None,
        use_resource: bool | None = None,
        constraint: Any = None,
        auxiliary_name_scope: bool = True,
    ):
        if default_name is None and name_or_scope is None:
            raise TypeError("variable_scope needs a name_or_scope or a default_name")
        if reuse not in (None, False, True, AUTO_REUSE):
            raise ValueError(f"reuse must be True, False, None or AUTO_REUSE, not {reuse!r}")
        if not isinstance(auxiliary_name_scope, bool):
            raise TypeError(f"auxiliary_name_scope must be True or False, not {auxiliary_name_scope!r}")
        if name_or_scope is None and reuse is True:
            raise ValueError("reuse=True needs a name_or_scope")
        self._name_or_scope = name_or_scope
        self._default_name = default_name
        self._reuse = reuse or None
        self._dtype = dtype
        self._auxiliary = auxiliary_name_scope
        self._options = {
            "initializer": initializer,
            "regularizer": regularizer,
            "caching_device": caching_device,
            "partitioner": partitioner,
            "custom_getter": custom_getter,
            "use_resource": use_resource,
            "constraint": constraint,
        }
        self._exits: list[tuple[contextlib.ExitStack, _ScopeStore, VariableScope]] = []

    def __enter__(self) -> VariableScope:
        given = self._name_or_scope
        if given is not None and not isinstance(given, (str, VariableScope)):
            raise TypeError(f"name_or_scope must be a string or a VariableScope, not {given!r}")
        stack = contextlib.ExitStack()
        store = _ScopeStore.of_graph()
        if isinstance(given, VariableScope):
            last = given.name.split("/")[-1]
        else:
            last = given if given is not None else self._default_name
        opened = ""
        if last and self._auxiliary:
            opened = stack.enter_context(name_scope(last))
        elif last:
            opened = current_name_scope()
        scope = self._made(store, opened)
        self._exits.append((stack, store, scope))
        return stack.enter_context(store.opened(scope, isinstance(given, VariableScope)))

    def __exit__(self, *exc: Any) -> None:
        stack, store, scope = self._exits[-1]
        if store.current is not scope:
            raise RuntimeError(f"the variable scope {scope.name!r} is left before one that was opened inside it")
        self._exits.pop()
        stack.__exit__(*exc)

    def _made(self, store: _ScopeStore, opened: str) -> VariableScope:
        given, outer = self._name_or_scope, store.current
        if isinstance(given, VariableScope):
            base, name, opened = given, given.name, given.original_name_scope
        else:
            base = outer
            name = given if given is not None else store.unique_name(self._default_name or "")
            name = f"{outer.name}/{name}" if outer.name and name else outer.name or name
        options = {}
        for option in VariableScope._INHERITED:
            inherited, own = getattr(base, option), self._options[option]
            if option == "custom_getter" and own is not None and inherited is not None:
                own = _nested(own, inherited)
            options[option] = inherited if own is None else own
        reuse = self._reuse or base.reuse
        return VariableScope(reuse, name, dtype=self._dtype or base.dtype, name_scope=opened, **options)


variable_scope.__module__ = "tensorflow.python.ops.variable_scope"


def _nested(inner: Any, outer: Any) -> Any:
    """A custom getter whose own getter is the one of the scope around it."""

    def custom_getter(getter: Any, *args: Any, **kwargs: Any) -> Any:
        return inner(functools.partial(outer, getter), *args, **kwargs)

    return custom_getter


@export("compat.v1.get_variable")
def get_variable(
    name: str,
    shape: Any = None,
    dtype: Any = None,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool | None = None,
    collections: Any = None,
    caching_device: Any = None,
    partitioner: Any = None,
    validate_shape: bool = True,
    use_resource: bool | None = None,
    custom_getter: Any = None,
    constraint: Any = None,
    synchronization: Any = VariableSynchronization.AUTO,
    aggregation: Any = VariableAggregation.NONE,
) -> Any:
    """The variable of this name in the current variable scope: made, or found if the scope says so.

    Args:
      name: name below that of the scope.
      shape: of a new variable; not given if the initializer is a value.
      dtype: that of the scope by default (float32).
      initializer: a value, a function of no arguments, or one of shape and dtype; by default Glorot's uniform one for
        floating types and zeros otherwise.
      regularizer: function of the variable; its result is added to the collection of regularization losses.
      trainable, collections, validate_shape, constraint, synchronization, aggregation: as for `tf.compat.v1.Variable`.
      caching_device, use_resource: have no effect.
      partitioner: `partitioner(shape=, dtype=)` gives the number of parts by dimension, for a variable in parts.
      custom_getter: called as `custom_getter(getter, name, ...)` in place of `getter`.

    Raises:
      ValueError: if the variable exists and must not, or must exist and does not; for another shape or dtype than
        those of the variable found.
    """
    return get_variable_scope().get_variable(
        VariableStore.current(),
        name,
        shape=shape,
        dtype=dtype,
        initializer=initializer,
        regularizer=regularizer,
        trainable=trainable,
        collections=collections,
        caching_device=caching_device,
        partitioner=partitioner,
        validate_shape=validate_shape,
        use_resource=use_resource,
        custom_getter=custom_getter,
        constraint=constraint,
        synchronization=synchronization,
        aggregation=aggregation,
    )


_OF_LOCAL = inspect.signature(get_variable)
_OF_LOCAL = _OF_LOCAL.replace(
    parameters=[p.replace(default=False) if p.name == "trainable" else p for p in _OF_LOCAL.parameters.values()]
)


def get_local_variable(*args: Any, **kwargs: Any) -> Any:
    """As `get_variable`, for a variable that is not trainable and is in the collection of local variables."""
    given = _OF_LOCAL.bind(*args, **kwargs).arguments
    collections = [GraphKeys.LOCAL_VARIABLES, *(given.get("collections") or [])]
    return get_variable(**{**given, "trainable": False, "collections": collections})


get_local_variable.__signature__ = _OF_LOCAL  # type: ignore[attr-defined]
export("compat.v1.get_local_variable")(get_local_variable)
