"""A JAX pytree whose arrays live in `tf.Variable`s."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from tfshim.interop.pytrees import is_key_array, path_names, strong_dtype
from tfshim.variable import Variable

Path = tuple[str, ...]


class VariableTree:
    """The leaves of a pytree as variables, named by their paths; typed PRNG keys as variables of their data.

    Args:
      tree: pytree of arrays and Python numbers: structure and initial values.
      trainable: whether the variable at a path is trainable.
      strip: a last part of paths that says nothing.
    """

    def __init__(self, tree: Any, trainable: Callable[[Path], bool] = lambda path: False, strip: str | None = None):
        pairs, self.structure = jax.tree_util.tree_flatten_with_path(tree)
        self.paths: list[Path] = []
        self.variables: list[Variable] = []
        self._dtypes: list[np.dtype] = []
        self._implementations: list[Any] = []
        for entries, leaf in pairs:
            path = path_names(entries) or ("value",)
            if len(path) > 1 and path[-1] == strip:
                path = path[:-1]
            self._implementations.append(jax.random.key_impl(leaf) if is_key_array(leaf) else None)
            value = jax.random.key_data(leaf) if is_key_array(leaf) else jnp.asarray(leaf)
            dtype = strong_dtype(value.dtype, value.weak_type)
            self.paths.append(path)
            self._dtypes.append(dtype)
            self.variables.append(Variable(value.astype(dtype), trainable=trainable(path), name="/".join(path)))

    def nested(self, choose: Callable[[Path], Path | None] = lambda path: path) -> dict[str, Any]:
        """The variables as nested dicts, at the paths that `choose` makes of theirs; None leaves one out."""
        result: dict[str, Any] = {}
        for path, variable in zip(self.paths, self.variables, strict=True):
            chosen = choose(path)
            if chosen is not None:
                inner = result
                for name in chosen[:-1]:
                    inner = inner.setdefault(name, {})
                inner[chosen[-1]] = variable
        return result

    # Inside JAX functions

    def unflatten(self, arrays: Sequence[Any]) -> Any:
        """The pytree with these arrays, in the order of the variables."""
        leaves = [
            array if implementation is None else jax.random.wrap_key_data(array, impl=implementation)
            for array, implementation in zip(arrays, self._implementations, strict=True)
        ]
        return jax.tree.unflatten(self.structure, leaves)

    def flatten(self, tree: Any) -> list[Any]:
        """The arrays of a pytree of the same structure, in the dtypes of the variables.

        Raises:
          ValueError: the structure differs.
        """
        leaves, structure = jax.tree.flatten(tree)
        if structure != self.structure:
            raise ValueError(
                f"the structure of a state must not change: it was {self.structure}, now it is {structure}"
            )
        return [self._data(leaf, dtype) for leaf, dtype in zip(leaves, self._dtypes, strict=True)]

    def changed(self, tree: Any, before: Sequence[Any]) -> dict[int, Any]:
        """Of `flatten(tree)`, by position, the arrays whose leaves are not those of `unflatten(before)`."""
        same = [a is b for a, b in zip(jax.tree.leaves(tree), before, strict=True)]
        return {i: array for i, array in enumerate(self.flatten(tree)) if not same[i]}

    @staticmethod
    def _data(leaf: Any, dtype: np.dtype) -> Any:
        return jax.random.key_data(leaf) if is_key_array(leaf) else jnp.asarray(leaf, dtype)

    # Outside

    def read(self) -> Any:
        """The pytree with the current values, as JAX arrays; later writes to the variables do not change them."""
        return self.unflatten([jnp.asarray(v.read_value()) for v in self.variables])
