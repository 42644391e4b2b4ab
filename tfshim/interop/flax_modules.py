"""Flax modules as `tf.Module`s: their arrays are variables, their calls TensorFlow functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp

from tfshim.convert import convert_to_tensor
from tfshim.interop.jax_calls import from_jax
from tfshim.interop.variable_tree import VariableTree
from tfshim.module import Module, camel_to_snake
from tfshim.scopes import init_scope
from tfshim.type_spec import TensorSpec
from tfshim.variable import Variable


class LinenModule(Module):
    """A `flax.linen` module whose collections are variables.

    `model(x, train=True, mutable=["batch_stats"], rngs=["dropout"])` is linen's `apply` with the variables as they are:
    what a call may change, and which random streams it draws from, is said at each call, as in linen.

    Args:
      module: the linen module.
      *examples: arguments to initialise with: tensors, arrays or fully known `tf.TensorSpec`s.
      seed: integer from which parameters are drawn, and afterwards the keys of the streams that calls name.
      variables: collections to start from instead of drawing them (`module.init` of the same module, or trained).
      name: name of the tf.Module.
      **kwargs: keyword arguments to initialise with.

    Attributes:
      params: nested dict of trainable variables.
      state: the other collections (`batch_stats`, `cache`), nested dicts of variables that are not trainable.
      rng: variable of the key for the next call that draws.
    """

    def __init__(
        self,
        module: Any,
        *examples: Any,
        seed: int = 0,
        variables: Mapping[str, Any] | None = None,
        name: str | None = None,
        **kwargs: Any,
    ):
        from flax import linen

        super().__init__(name or _module_name(module))
        self._module = module
        params_key, streams_key, self_key = jax.random.split(jax.random.key(seed), 3)
        if variables is None:
            arguments = jax.tree.map(_example, examples, is_leaf=lambda e: isinstance(e, TensorSpec))
            keys = {"params": params_key, "dropout": streams_key}
            variables = jax.jit(lambda keys, args: module.init(keys, *args, **kwargs))(keys, arguments)
        with init_scope(), self.name_scope:
            self._tree = VariableTree(linen.meta.unbox(dict(variables)), trainable=lambda path: path[0] == "params")
            self.rng = Variable(jax.random.key_data(self_key), trainable=False, name="rng")
        self.params = self._tree.nested(lambda path: path[1:] if path[0] == "params" else None)
        self.state = self._tree.nested(lambda path: path if path[0] != "params" else None)
        self._apply = from_jax(self._applied)

    def __call__(
        self,
        *args: Any,
        mutable: bool | str | Sequence[str] = False,
        rngs: str | Sequence[str] | Mapping[str, Any] = (),
        method: Any = None,
        **kwargs: Any,
    ) -> Any:
        """The module's output; of another method of it, if `method` names one.

        Args:
          *args: tensors and Python values for the module.
          mutable: the collections that the call may change (True: all in `state`). Their new values are assigned. Those
            that are not among the variables (`intermediates`) are returned instead: `(output, collections)`.
          rngs: names of the streams that the call draws from, which advances `rng`; or keys by name, which does not.
          method: as in linen's `apply`.
          **kwargs: further arguments of the module.
        """
        keys, names = (dict(rngs), ()) if isinstance(rngs, Mapping) else ({}, _names(rngs))
        changeable = tuple(self.state) if mutable is True else _names(mutable or ())
        key = self.rng if names else None
        output, new, made, key = self._apply(self._tree.variables, key, keys, names, changeable, method, args, kwargs)
        for position, value in new.items():
            self._tree.variables[position].assign(value)
        if key is not None:
            self.rng.assign(key)
        return (output, made) if made else output

    def _applied(
        self,
        arrays: Sequence[Any],
        key_data: Any,
        keys: dict[str, Any],
        names: Sequence[str],
        changeable: Sequence[str],
        method: Any,
        args: Any,
        kwargs: Any,
    ) -> Any:
        variables = self._tree.unflatten(arrays)
        if key_data is not None:
            key, *drawn = jax.random.split(jax.random.wrap_key_data(key_data), len(names) + 1)
            keys = dict(zip(names, drawn, strict=True))
            key_data = jax.random.key_data(key)
        result = self._module.apply(
            variables, *args, rngs=keys or None, mutable=list(changeable) or False, method=method, **kwargs
        )
        if not changeable:
            return result, {}, {}, key_data
        output, collections = result
        made = {name: value for name, value in collections.items() if name not in variables}
        held = {**variables, **{n: v for n, v in collections.items() if n in variables}}
        return output, self._tree.changed(held, arrays), made, key_data

    def to_linen(self) -> dict[str, Any]:
        """The collections with JAX arrays, for `module.apply`: to go on without TensorFlow."""
        return self._tree.read()


class NnxModule(Module):
    """A `flax.nnx` module whose `nnx.Variable`s are variables of a tf.Module.

    A call runs the module on the variables' values. What it changes (batch statistics, counters, the keys of random
    streams) is written back to them; the nnx module given is not touched. `train()` and `eval()` switch modes.

    Args:
      module: the nnx module, with its values.
      name: name of the tf.Module.

    Attributes:
      params: the `nnx.Param`s, nested dict of trainable variables.
      state: all others, nested dict of variables that are not trainable.
    """

    def __init__(self, module: Any, name: str | None = None):
        from flax import nnx

        super().__init__(name or _module_name(module))
        graph, state = nnx.split(module)
        params = {tuple(map(str, path)) for path, v in nnx.to_flat_state(state) if isinstance(v, nnx.Param)}
        with init_scope(), self.name_scope:
            self._tree = VariableTree(state, trainable=lambda path: path in params, strip="value")
        self.params = self._tree.nested(lambda path: path if path in params else None)
        self.state = self._tree.nested(lambda path: path if path not in params else None)
        self._calls: Any = self._no_dependency({})
        self._use(graph)

    def __call__(self, *args: Any, method: str = "__call__", **kwargs: Any) -> Any:
        """The output of the module, or of the method of this name."""
        output, new = self._call(self._tree.variables, method, args, kwargs)
        for position, value in new.items():
            self._tree.variables[position].assign(value)
        return output

    def train(self, **attributes: Any) -> None:
        """Switches to training, as `nnx.Module.train` does."""
        self._switch("train", attributes)

    def eval(self, **attributes: Any) -> None:
        """Switches to evaluation, as `nnx.Module.eval` does."""
        self._switch("eval", attributes)

    def to_nnx(self) -> Any:
        """A new nnx module with the current values: to go on without TensorFlow."""
        from flax import nnx

        return nnx.merge(self._graph, self._tree.read())

    def _switch(self, mode: str, attributes: dict[str, Any]) -> None:
        from flax import nnx

        module = self.to_nnx()
        getattr(module, mode)(**attributes)
        self._use(nnx.split(module)[0])

    def _use(self, graph: Any) -> None:
        """Makes calls run the module of this nnx graph; each keeps what was compiled for it."""
        self._graph = self._no_dependency(graph)
        if graph not in self._calls:
            self._calls[graph] = from_jax(self._caller(graph))
        self._call = self._calls[graph]

    def _caller(self, graph: Any) -> Any:
        from flax import nnx

        def call(arrays: Sequence[Any], method: str, args: Any, kwargs: Any) -> Any:
            module = nnx.merge(graph, self._tree.unflatten(arrays))
            output = getattr(module, method)(*args, **kwargs)
            after, state = nnx.split(module)
            if after != graph:
                raise ValueError(
                    f"{type(module).__name__}.{method} changed the structure of the module, which a call must not"
                )
            return output, self._tree.changed(state, arrays)

        return call


def _module_name(module: Any) -> str:
    return getattr(module, "name", None) or camel_to_snake(type(module).__name__)


def _names(names: str | Sequence[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)


def _example(value: Any) -> Any:
    if isinstance(value, TensorSpec):
        return jnp.zeros(value.shape.as_list(), value.dtype.as_numpy_dtype)
    return jnp.asarray(convert_to_tensor(value))
