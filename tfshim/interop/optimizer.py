"""`interop.Optimizer`: an optax transformation in a TensorFlow training loop."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import jax
import jax.numpy as jnp

from tfshim import indexed_slices
from tfshim.function import function
from tfshim.interop.jax_calls import from_jax
from tfshim.interop.variable_tree import VariableTree
from tfshim.module import Module
from tfshim.scopes import init_scope
from tfshim.tensor import Tensor
from tfshim.variable import Variable


class Optimizer(Module):
    """Updates variables by an `optax.GradientTransformation`, eagerly or inside a `tf.function`.

    Args:
      transformation: what optax offers, chained as needed: `optax.adamw(1e-3)`.
      variables: pytree of the `tf.Variable`s to train. Its structure is that of the parameters for optax, which is what
        masks and partitions refer to; `module.trainable_variables` does where there are none.
      name: name of the module.

    Attributes:
      state: optax's state as nested dicts of variables, which checkpoints save. Hyperparameters that
        `optax.inject_hyperparams` made part of it can be assigned.
    """

    _TF_MODULE_IGNORED_PROPERTIES = Module._TF_MODULE_IGNORED_PROPERTIES | {"_parameters"}

    def __init__(self, transformation: Any, variables: Any, name: str = "optimizer"):
        import optax

        super().__init__(name)
        leaves, structure = jax.tree.flatten(variables)
        for leaf in leaves:
            if not isinstance(leaf, Variable):
                raise TypeError(f"variables must be a pytree of tf.Variables, which {leaf!r} is not")
        self._parameters = self._no_dependency(leaves)
        self._positions = self._no_dependency({id(v): i for i, v in enumerate(leaves)})
        if len(self._positions) < len(leaves):
            raise ValueError("variables holds a variable twice")
        transformation = optax.with_extra_args_support(transformation)
        with init_scope(), self.name_scope:
            values = [jnp.asarray(v.read_value()) for v in leaves]
            state = jax.jit(transformation.init)(jax.tree.unflatten(structure, values))
            self._tree = tree = VariableTree(state)
        self.state = tree.nested()

        @from_jax
        def update(gradients: Any, state: Any, values: Any, extra: Any) -> Any:
            parameters = jax.tree.unflatten(structure, values)
            updates, new_state = transformation.update(
                jax.tree.unflatten(structure, gradients), tree.unflatten(state), parameters, **extra
            )
            return jax.tree.leaves(optax.apply_updates(parameters, updates)), tree.flatten(new_state)

        self._update = update
        # Outside a function too, one compiled program does the whole step and reuses the variables' memory.
        self._compiled = function(self._step, autograph=False)

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Variable]], **extra: Any) -> None:
        """Applies one step.

        Args:
          grads_and_vars: pairs of gradient and variable, one for each variable of the optimizer, in any order.
            `IndexedSlices` are made dense.
          **extra: what optax calls extra arguments (`value=loss` for `optax.contrib.reduce_on_plateau`).

        Raises:
          ValueError: a gradient is missing, None or given twice, or belongs to a variable of somebody else.
        """
        gradients: list[Any] = [None] * len(self._parameters)
        for gradient, variable in grads_and_vars:
            position = self._positions.get(id(variable))
            if position is None:
                raise ValueError(f"{variable.name} is not among the variables of the optimizer {self.name!r}")
            if gradients[position] is not None:
                raise ValueError(f"{variable.name} got two gradients")
            gradients[position] = gradient
        missing = [v.name for v, g in zip(self._parameters, gradients, strict=True) if g is None]
        if missing:
            raise ValueError(
                f"no gradient for {', '.join(missing)}: an optax transformation updates all parameters together. Leave "
                'them out of `variables`, or ask the tape for zeros (unconnected_gradients="zero")'
            )
        self._compiled([indexed_slices.dense(g) for g in gradients], extra)

    def _step(self, gradients: list[Tensor], extra: dict[str, Any]) -> None:
        values, state = self._update(gradients, self._tree.variables, self._parameters, extra)
        for variable, value in zip(self._parameters, values, strict=True):
            variable.assign(value if variable.constraint is None else variable.constraint(value))
        for variable, value in zip(self._tree.variables, state, strict=True):
            variable.assign(value)

    def to_optax(self) -> Any:
        """The state as optax knows it, with JAX arrays: to go on without TensorFlow."""
        return self._tree.read()
