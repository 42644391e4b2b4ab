"""`tf.compat.v1.train.Optimizer`: gradients of a loss, applied to variables, with slots for state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tfshim import nest
from tfshim.context import context
from tfshim.convert import convert_to_tensor
from tfshim.export import export
from tfshim.gradient_tape import GradientTape, gradients
from tfshim.indexed_slices import IndexedSlices
from tfshim.ops import op
from tfshim.scopes import control_dependencies, get_default_graph, group, init_scope, name_scope
from tfshim.tensor import Tensor
from tfshim.v1.collections import GraphKeys, trainable_variables
from tfshim.v1.training.optimizer_state import OptimizerState
from tfshim.variable import GraphVariable

_DTYPES = ("float16", "bfloat16", "float32", "float64", "complex64", "complex128")


@export("compat.v1.train.Optimizer")
class Optimizer(OptimizerState):
    """Base class of optimizers; `minimize` is `compute_gradients` and then `apply_gradients`.

    A subclass defines `_resource_apply_dense` and `_resource_apply_sparse`, with `_apply_dense` and `_apply_sparse` for
    programs that disable resource variables, and, for state, `_create_slots`, `_prepare`, `_finish`.

    Args:
      use_locking: has no effect: an update is atomic.
      name: name of the operations, and of the slots.
      use_own_namescope_for_non_slot_vars: puts variables that are not slots under the optimizer's name.
    """

    GATE_NONE = 0
    GATE_OP = 1
    GATE_GRAPH = 2

    def __init__(self, use_locking: bool, name: str, use_own_namescope_for_non_slot_vars: bool = False):
        if not name:
            raise ValueError("Must specify the optimizer name")
        self._use_locking = use_locking
        self._name = name
        super().__init__(use_own_namescope_for_non_slot_vars)

    def get_name(self) -> str:
        """The name given."""
        return self._name

    # The public steps

    def minimize(
        self,
        loss: Any,
        global_step: Any = None,
        var_list: Any = None,
        gate_gradients: int = GATE_OP,
        aggregation_method: Any = None,
        colocate_gradients_with_ops: bool = False,
        name: str | None = None,
        grad_loss: Any = None,
    ) -> Any:
        """Changes the variables so that `loss` gets smaller.

        Args:
          loss: a tensor; in eager mode a function of no arguments.
          global_step: a variable to be incremented after the update.
          var_list: the variables; by default the trainable ones of the graph, or those that `loss` reads.
          gate_gradients, aggregation_method, colocate_gradients_with_ops: have no effect.
          name: of the operation.
          grad_loss: gradient of the loss, ones by default.

        Returns:
          The operation that updates the variables; None in eager mode.

        Raises:
          ValueError: if no variable has a gradient.
        """
        pairs = self.compute_gradients(
            loss, var_list, gate_gradients, aggregation_method, colocate_gradients_with_ops, grad_loss
        )
        if not any(g is not None for g, _ in pairs):
            raise ValueError(
                f"No gradients provided for any variable: there are none between variables "
                f"{[str(v) for _, v in pairs]} and loss {loss}"
            )
        return self.apply_gradients(pairs, global_step=global_step, name=name)

    def compute_gradients(
        self,
        loss: Any,
        var_list: Any = None,
        gate_gradients: int = GATE_OP,
        aggregation_method: Any = None,
        colocate_gradients_with_ops: bool = False,
        grad_loss: Any = None,
    ) -> list[tuple[Any, Any]]:
        """Pairs of gradient (or None) and variable; arguments as for `minimize`."""
        if callable(loss):
            with GradientTape() as tape:
                if var_list is not None:
                    tape.watch(var_list)
                value = loss()
            var_list = list(tape.watched_variables()) if var_list is None else nest.flatten(var_list)
            return list(zip(tape.gradient(value, var_list, grad_loss), var_list, strict=True))
        if context.graph is None:
            raise RuntimeError("In eager mode, `loss` must be a function that computes the loss.")
        if gate_gradients not in (self.GATE_NONE, self.GATE_OP, self.GATE_GRAPH):
            raise ValueError(f"gate_gradients must be one of GATE_NONE, GATE_OP, GATE_GRAPH, not {gate_gradients}")
        _check_dtypes([loss])
        if grad_loss is not None:
            _check_dtypes([grad_loss])
        if var_list is None:
            var_list = trainable_variables() + get_default_graph().get_collection(
                GraphKeys.TRAINABLE_RESOURCE_VARIABLES
            )
        var_list = nest.flatten(var_list)
        if not var_list:
            raise ValueError("No variables to optimize.")
        found = gradients(loss, var_list, grad_ys=None if grad_loss is None else [grad_loss])
        _check_dtypes([v for g, v in zip(found, var_list, strict=True) if g is not None])
        return list(zip(found, var_list, strict=True))

    def apply_gradients(self, grads_and_vars: Any, global_step: Any = None, name: str | None = None) -> Any:
        """Updates variables by their gradients.

        Args:
          grads_and_vars: pairs of gradient and variable; a variable whose gradient is None stays as it is.
          global_step: a variable to be incremented after the update.
          name: of the operation; the optimizer's name by default.

        Returns:
          The operation that does all this; None in eager mode.

        Raises:
          TypeError: for a gradient that is no tensor.
          ValueError: without any gradient.
        """
        pairs = [(_as_gradient(g), v) for g, v in grads_and_vars]
        if not pairs:
            raise ValueError("No variables provided.")
        updated = [(g, v) for g, v in pairs if g is not None]
        if not updated:
            raise ValueError(f"No gradients provided for any variable: {[str(v) for _, v in pairs]}.")
        with init_scope():
            self._create_slots([v for _, v in updated])
        with name_scope(name or self._name) as scope:
            self._prepare()
            updates = []
            for gradient, variable in updated:
                # In eager mode the scope has no variable's name, for nothing gets a name there.
                with name_scope("update_" + ("" if context.graph is None else variable._shared_name)):
                    updates.append(self._update(gradient, variable))
            if global_step is None:
                done = self._finish(updates, scope)
            else:
                updated_all = self._finish(updates, "update")
                with control_dependencies([] if context.graph is None else [updated_all]):
                    one = convert_to_tensor(1, dtype=global_step.dtype)
                    done = global_step.assign_add(one, name=scope or None, read_value=False)
        if context.graph is not None:
            operations = get_default_graph().get_collection_ref(GraphKeys.TRAIN_OP)
            if done not in operations:
                operations.append(done)
        return done

    # What subclasses define

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        """Makes the slots of the variables that are about to be updated."""

    def _prepare(self) -> None:
        """Makes tensors of the hyperparameters."""

    def _apply_dense(self, grad: Any, var: Any) -> Any:
        """An update of a variable that is no resource."""
        raise NotImplementedError(f"{type(self).__name__} does not define _apply_dense")

    def _resource_apply_dense(self, grad: Any, handle: Any) -> Any:
        """An update of a variable."""
        raise NotImplementedError(f"{type(self).__name__} does not define _resource_apply_dense")

    def _apply_sparse(self, grad: Any, var: Any) -> Any:
        """An update of a variable that is no resource by `tf.IndexedSlices`, in which each row occurs once."""
        raise NotImplementedError(f"{type(self).__name__} does not define _apply_sparse")

    def _resource_apply_sparse(self, grad: Any, handle: Any, indices: Any) -> Any:
        """An update of a variable by gradients of some rows, each of which occurs once."""
        raise NotImplementedError(f"{type(self).__name__} does not define _resource_apply_sparse")

    def _apply_sparse_duplicate_indices(self, grad: Any, var: Any) -> Any:
        """As `_apply_sparse`, for rows that may occur several times: they are summed first."""
        summed, unique = _deduplicate_indexed_slices(grad.values, grad.indices)
        return self._apply_sparse(IndexedSlices(summed, unique, grad.dense_shape), var)

    def _resource_apply_sparse_duplicate_indices(self, grad: Any, handle: Any, indices: Any) -> Any:
        """As `_resource_apply_sparse`, for rows that may occur several times: they are summed first."""
        summed, unique = _deduplicate_indexed_slices(grad, indices)
        return self._resource_apply_sparse(summed, handle, unique)

    def _finish(self, update_ops: Sequence[Any], name_scope: str) -> Any:
        return group(*update_ops, name=name_scope)

    # Helpers

    def _hyper(self, value: Any, name: str) -> Any:
        """A hyperparameter (a number, a tensor, a variable, or a function that gives one) as a tensor."""
        return convert_to_tensor(self._call_if_callable(value), name=name)

    def _call_if_callable(self, param: Any) -> Any:
        return param() if callable(param) else param

    def _update(self, gradient: Any, variable: Any) -> Any:
        reference = _is_reference(variable)
        if isinstance(gradient, IndexedSlices):
            if variable.constraint is not None:
                raise RuntimeError("Cannot use a constraint function on a sparse variable.")
            if reference:
                return self._apply_sparse_duplicate_indices(gradient, variable)
            return self._resource_apply_sparse_duplicate_indices(gradient.values, variable, gradient.indices)
        update = (self._apply_dense if reference else self._resource_apply_dense)(gradient, variable)
        if variable.constraint is None:
            return update
        with control_dependencies([update] if context.graph is not None else []):
            return variable.assign(variable.constraint(variable))


Optimizer.__module__ = "tensorflow.python.training.optimizer"


def _is_reference(variable: Any) -> bool:
    """Whether TensorFlow would make a reference variable of it: one of a graph without resource variables."""
    return isinstance(variable, GraphVariable) and getattr(variable._graph_element, "_refers", False)


def _deduplicate_indexed_slices(values: Any, indices: Any) -> tuple[Any, Any]:
    """The sums of the rows that have the same index, and these indices."""
    unique, position = op("Unique")(indices)
    return op("UnsortedSegmentSum")(values, position, op("Size")(unique)), unique


def _as_gradient(value: Any) -> Any:
    if value is None or isinstance(value, (Tensor, IndexedSlices)):
        return value
    try:
        return convert_to_tensor(value)
    except (TypeError, ValueError):
        raise TypeError(f"Gradient must be convertible to a Tensor or IndexedSlices, or None: {value}") from None


def _check_dtypes(tensors: Sequence[Any]) -> None:
    for tensor in tensors:
        if tensor.dtype.name not in _DTYPES:
            raise ValueError(f"Invalid type {tensor.dtype!r} for {tensor}: gradients need a floating type")
