"""The optimizers of `tf.compat.v1.train`: which op makes a step, from which slots and hyperparameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tfshim.context import context
from tfshim.convert import convert_to_tensor
from tfshim.dtypes import int64
from tfshim.export import export
from tfshim.ops import op
from tfshim.scopes import control_dependencies, group
from tfshim.v1.initializers import Constant, Ones
from tfshim.v1.training.optimizer import Optimizer

_STRENGTHS = {
    "l1": "l1_regularization_strength",
    "l2": "l2_regularization_strength",
    "l2_shrinkage": "l2_shrinkage_regularization_strength",
}


class _StepOptimizer(Optimizer):
    """An optimizer whose update is one op: `ResourceApply<step>`, or `ResourceSparseApply<step>` for some rows.

    Subclasses name the hyperparameters in the order in which they were given to `_set`; `_arguments` gives, by the
    names of the op's inputs, what the op takes beside the variable, the gradient and the indices. A hyperparameter is
    kept under the name that subclasses of TensorFlow's optimizers know: `_learning_rate`, and as the tensor made of it
    `_learning_rate_tensor`; `_lr` and `_lr_t` where `_names` and `_suffix` say so.
    """

    _step: str
    _names: Mapping[str, str] = {}
    _suffix = "_tensor"

    def _set(self, **hypers: Any) -> None:
        self._hypers = tuple(hypers)
        for name, value in hypers.items():
            setattr(self, self._attribute(name), value)

    def _attribute(self, name: str) -> str:
        return f"_{self._names.get(name, name)}"

    def _prepare(self) -> None:
        for name in self._hypers:
            attribute = self._attribute(name)
            setattr(self, attribute + self._suffix, self._hyper(getattr(self, attribute), name))

    def _tensor(self, name: str) -> Any:
        return getattr(self, self._attribute(name) + self._suffix)

    def _number(self, name: str, var: Any) -> Any:
        """A hyperparameter in the dtype of the variable."""
        tensor = self._tensor(name)
        return tensor if tensor.dtype == var.dtype else op("Cast")(tensor, DstT=var.dtype)

    def _arguments(self, var: Any) -> dict[str, Any]:
        raise NotImplementedError

    def _attributes(self) -> dict[str, Any]:
        return {}

    def _run_step(self, op_name: str, var: Any, given: dict[str, Any]) -> Any:
        definition = op(op_name).definition
        inputs = {**self._arguments(var), **given}
        ordered = [inputs[i.name] for i in definition.inputs[1:]]
        return var._run(op_name, *ordered, use_locking=self._use_locking, **self._attributes())

    def _step_dense(self, grad: Any, var: Any) -> Any:
        return self._run_step(f"ResourceApply{self._step}", var, {"grad": grad, "delta": grad})

    def _step_sparse(self, grad: Any, var: Any, indices: Any) -> Any:
        return self._run_step(f"ResourceSparseApply{self._step}", var, {"grad": grad, "indices": indices})

    # A class derived from one of these optimizers may override one of each pair, and call the other.

    def _apply_dense(self, grad: Any, var: Any) -> Any:
        return self._step_dense(grad, var)

    def _resource_apply_dense(self, grad: Any, handle: Any) -> Any:
        return self._step_dense(grad, handle)

    def _apply_sparse(self, grad: Any, var: Any) -> Any:
        return self._step_sparse(grad.values, var, grad.indices)

    def _resource_apply_sparse(self, grad: Any, handle: Any, indices: Any) -> Any:
        return self._step_sparse(grad, handle, indices)


@export("compat.v1.train.GradientDescentOptimizer")
class GradientDescentOptimizer(_StepOptimizer):
    """Gradient descent.

    Args:
      learning_rate: a number, a tensor, or a function of no arguments.
      use_locking: has no effect.
      name: of the operations.
    """

    _step = "GradientDescent"

    def __init__(self, learning_rate: Any, use_locking: bool = False, name: str = "GradientDescent"):
        super().__init__(use_locking, name)
        self._set(learning_rate=learning_rate)

    def _arguments(self, var: Any) -> dict[str, Any]:
        return {"alpha": self._number("learning_rate", var)}

    def _apply_sparse_duplicate_indices(self, grad: Any, var: Any) -> Any:
        return self._resource_apply_sparse_duplicate_indices(grad.values, var, grad.indices)

    def _resource_apply_sparse_duplicate_indices(self, grad: Any, handle: Any, indices: Any) -> Any:
        return handle._run("ResourceScatterAdd", indices, -grad * self._number("learning_rate", handle))


@export("compat.v1.train.ProximalGradientDescentOptimizer")
class ProximalGradientDescentOptimizer(_StepOptimizer):
    """Gradient descent with L1 and L2 regularization by a proximal step."""

    _step = "ProximalGradientDescent"
    _names = _STRENGTHS

    def __init__(
        self,
        learning_rate: Any,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        use_locking: bool = False,
        name: str = "ProximalGradientDescent",
    ):
        super().__init__(use_locking, name)
        self._set(learning_rate=learning_rate, l1=l1_regularization_strength, l2=l2_regularization_strength)

    def _arguments(self, var: Any) -> dict[str, Any]:
        return {
            "alpha": self._number("learning_rate", var),
            "l1": self._number("l1", var),
            "l2": self._number("l2", var),
        }


@export("compat.v1.train.MomentumOptimizer")
class MomentumOptimizer(_StepOptimizer):
    """Gradient descent with momentum (slot `momentum`), Nesterov's if `use_nesterov`."""

    _step = "Momentum"

    def __init__(
        self,
        learning_rate: Any,
        momentum: Any,
        use_locking: bool = False,
        name: str = "Momentum",
        use_nesterov: bool = False,
    ):
        super().__init__(use_locking, name)
        self._set(learning_rate=learning_rate, momentum=momentum)
        self._use_nesterov = use_nesterov

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        for var in var_list:
            self._slot(var, "momentum")

    def _arguments(self, var: Any) -> dict[str, Any]:
        return {
            "accum": self.get_slot(var, "momentum").handle,
            "lr": self._number("learning_rate", var),
            "momentum": self._number("momentum", var),
        }

    def _attributes(self) -> dict[str, Any]:
        return {"use_nesterov": self._use_nesterov}


@export("compat.v1.train.AdagradOptimizer")
class AdagradOptimizer(_StepOptimizer):
    """Adagrad (slot `accumulator`, filled with a positive `initial_accumulator_value`)."""

    _step = "Adagrad"

    def __init__(
        self,
        learning_rate: Any,
        initial_accumulator_value: float = 0.1,
        use_locking: bool = False,
        name: str = "Adagrad",
    ):
        _require_positive(initial_accumulator_value)
        super().__init__(use_locking, name)
        self._set(learning_rate=learning_rate)
        self._initial = initial_accumulator_value

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        for var in var_list:
            self._slot(var, "accumulator", Constant(self._initial, dtype=var.dtype))

    def _arguments(self, var: Any) -> dict[str, Any]:
        return {
            "accum": self.get_slot(var, "accumulator").handle,
            "lr": self._number("learning_rate", var),
        }


@export("compat.v1.train.ProximalAdagradOptimizer")
class ProximalAdagradOptimizer(AdagradOptimizer):
    """Adagrad with L1 and L2 regularization by a proximal step."""

    _step = "ProximalAdagrad"
    _names = _STRENGTHS

    def __init__(
        self,
        learning_rate: Any,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        use_locking: bool = False,
        name: str = "ProximalAdagrad",
    ):
        super().__init__(learning_rate, initial_accumulator_value, use_locking, name)
        self._set(learning_rate=learning_rate, l1=l1_regularization_strength, l2=l2_regularization_strength)

    def _arguments(self, var: Any) -> dict[str, Any]:
        return {**super()._arguments(var), "l1": self._number("l1", var), "l2": self._number("l2", var)}


@export("compat.v1.train.AdagradDAOptimizer")
class AdagradDAOptimizer(_StepOptimizer):
    """Adagrad by dual averaging: regularizes rows whose gradients are zero too, for sparse linear models.

    Slots `gradient_accumulator` and `gradient_squared_accumulator`, the latter filled with a positive
    `initial_gradient_squared_accumulator_value`. `global_step` is an integer variable or tensor that counts the steps.
    """

    _step = "AdagradDA"
    _names = _STRENGTHS

    def __init__(
        self,
        learning_rate: Any,
        global_step: Any,
        initial_gradient_squared_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        use_locking: bool = False,
        name: str = "AdagradDA",
    ):
        if initial_gradient_squared_accumulator_value <= 0.0:
            raise ValueError(
                "initial_gradient_squared_accumulator_value must be positive: "
                f"{initial_gradient_squared_accumulator_value}"
            )
        super().__init__(use_locking, name)
        self._set(learning_rate=learning_rate, l1=l1_regularization_strength, l2=l2_regularization_strength)
        self._initial = initial_gradient_squared_accumulator_value
        self._global_step = global_step

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        for var in var_list:
            self._slot(var, "gradient_accumulator")
            self._slot(var, "gradient_squared_accumulator", Constant(self._initial, dtype=var.dtype))

    def _arguments(self, var: Any) -> dict[str, Any]:
        slots = ("gradient_accumulator", "gradient_squared_accumulator")
        step = op("Cast")(convert_to_tensor(self._global_step), DstT=int64)
        return {
            **{name: self.get_slot(var, name).handle for name in slots},
            "lr": self._number("learning_rate", var),
            "l1": self._number("l1", var),
            "l2": self._number("l2", var),
            "global_step": step + 1,
        }


@export("compat.v1.train.AdadeltaOptimizer")
class AdadeltaOptimizer(_StepOptimizer):
    """Adadelta (slots `accum` and `accum_update`)."""

    _step = "Adadelta"
    _suffix = "_t"

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: Any = 0.95,
        epsilon: Any = 1e-8,
        use_locking: bool = False,
        name: str = "Adadelta",
    ):
        super().__init__(use_locking, name)
        self._set(lr=learning_rate, rho=rho, epsilon=epsilon)

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        for var in var_list:
            self._slot(var, "accum")
            self._slot(var, "accum_update")

    def _arguments(self, var: Any) -> dict[str, Any]:
        slots = {name: self.get_slot(var, name).handle for name in ("accum", "accum_update")}
        return slots | {name: self._number(name, var) for name in ("lr", "rho", "epsilon")}


@export("compat.v1.train.RMSPropOptimizer")
class RMSPropOptimizer(_StepOptimizer):
    """RMSProp (slots `rms` and `momentum`, and `mg` if `centered`)."""

    def __init__(
        self,
        learning_rate: Any,
        decay: Any = 0.9,
        momentum: Any = 0.0,
        epsilon: Any = 1e-10,
        use_locking: bool = False,
        centered: bool = False,
        name: str = "RMSProp",
    ):
        super().__init__(use_locking, name)
        self._set(learning_rate=learning_rate, decay=decay, momentum=momentum, epsilon=epsilon)
        self._centered = centered
        self._step = "CenteredRMSProp" if centered else "RMSProp"

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        for var in var_list:
            self._slot(var, "rms", Ones(dtype=var.dtype))
            if self._centered:
                self._slot(var, "mg")
            self._slot(var, "momentum")

    def _arguments(self, var: Any) -> dict[str, Any]:
        return {
            **({"mg": self.get_slot(var, "mg").handle} if self._centered else {}),
            "ms": self.get_slot(var, "rms").handle,
            "mom": self.get_slot(var, "momentum").handle,
            "lr": self._number("learning_rate", var),
            "rho": self._number("decay", var),
            "momentum": self._number("momentum", var),
            "epsilon": self._number("epsilon", var),
        }


@export("compat.v1.train.FtrlOptimizer")
class FtrlOptimizer(_StepOptimizer):
    """FTRL-Proximal (slots `accum` and `linear`).

    Args:
      learning_rate: the learning rate.
      learning_rate_power: at most 0; how the rate decreases.
      initial_accumulator_value: at least 0.
      l1_regularization_strength, l2_regularization_strength: at least 0.
      use_locking: has no effect.
      name: of the operations.
      accum_name, linear_name: names of the slots; `name` by default.
      l2_shrinkage_regularization_strength: at least 0; a penalty on the magnitude.
      beta: the beta of the paper.
    """

    _names = _STRENGTHS

    def __init__(
        self,
        learning_rate: Any,
        learning_rate_power: float = -0.5,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        use_locking: bool = False,
        name: str = "Ftrl",
        accum_name: str | None = None,
        linear_name: str | None = None,
        l2_shrinkage_regularization_strength: float = 0.0,
        beta: float | None = None,
    ):
        super().__init__(use_locking, name)
        if learning_rate_power > 0.0:
            raise ValueError(f"learning_rate_power must not be positive: {learning_rate_power}")
        strengths = (
            initial_accumulator_value,
            l1_regularization_strength,
            l2_regularization_strength,
            l2_shrinkage_regularization_strength,
        )
        if min(strengths) < 0.0:
            raise ValueError(f"the initial accumulator value and all strengths must not be negative: {strengths}")
        hypers = {
            "learning_rate": learning_rate,
            "l1": l1_regularization_strength,
            "l2": l2_regularization_strength,
        }
        self._shrinks = l2_shrinkage_regularization_strength > 0.0
        if self._shrinks:
            hypers["l2_shrinkage"] = l2_shrinkage_regularization_strength
        hypers["learning_rate_power"] = learning_rate_power
        self._set(**hypers)
        self._beta = beta or 0.0
        self._step = "FtrlV2" if self._shrinks else "Ftrl"
        self._initial = initial_accumulator_value
        self._accum_name = accum_name
        self._linear_name = linear_name

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        for var in var_list:
            self._slot(var, "accum", Constant(self._initial, dtype=var.dtype), self._accum_name)
            self._slot(var, "linear", None, self._linear_name)

    def _arguments(self, var: Any) -> dict[str, Any]:
        rate, l2 = self._number("learning_rate", var), self._number("l2", var)
        return {
            "accum": self.get_slot(var, "accum").handle,
            "linear": self.get_slot(var, "linear").handle,
            "lr": rate,
            "l1": self._number("l1", var),
            "l2": l2 + self._beta / (2.0 * rate) if self._beta else l2,
            **({"l2_shrinkage": self._number("l2_shrinkage", var)} if self._shrinks else {}),
            "lr_power": self._number("learning_rate_power", var),
        }


@export("compat.v1.train.AdamOptimizer")
class AdamOptimizer(_StepOptimizer):
    """Adam (slots `m` and `v`; `beta1_power` and `beta2_power` count the steps).

    Rows without a gradient move too, as their moments decay.
    """

    _step = "Adam"
    _names = {"learning_rate": "lr"}
    _suffix = "_t"

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta1: Any = 0.9,
        beta2: Any = 0.999,
        epsilon: Any = 1e-08,
        use_locking: bool = False,
        name: str = "Adam",
        use_own_namescope_for_non_slot_vars: bool = False,
    ):
        super().__init__(use_locking, name, use_own_namescope_for_non_slot_vars)
        self._set(learning_rate=learning_rate, beta1=beta1, beta2=beta2, epsilon=epsilon)

    def _get_beta_accumulators(self) -> tuple[Any, Any]:
        return self._get_non_slot_variable("beta1_power"), self._get_non_slot_variable("beta2_power")

    def _create_slots(self, var_list: Sequence[Any]) -> None:
        for name in ("beta1", "beta2"):
            initial = self._call_if_callable(getattr(self, self._attribute(name)))
            self._create_non_slot_variable(initial, f"{name}_power")
        for var in var_list:
            self._slot(var, "m")
            self._slot(var, "v")

    def _arguments(self, var: Any) -> dict[str, Any]:
        powers = zip(("beta1_power", "beta2_power"), self._get_beta_accumulators(), strict=True)
        return {
            "m": self.get_slot(var, "m").handle,
            "v": self.get_slot(var, "v").handle,
            **{n: _cast(p, var) for n, p in powers},
            "lr": self._number("learning_rate", var),
            **{n: self._number(n, var) for n in ("beta1", "beta2", "epsilon")},
        }

    def _step_sparse(self, grad: Any, var: Any, indices: Any) -> Any:
        beta1, beta2, epsilon = (self._number(n, var) for n in ("beta1", "beta2", "epsilon"))
        power1, power2 = (_cast(p, var) for p in self._get_beta_accumulators())
        rate = self._number("learning_rate", var) * op("Sqrt")(1.0 - power2) / (1.0 - power1)
        m = self._decayed(self.get_slot(var, "m"), beta1, grad * (1.0 - beta1), indices)
        v = self._decayed(self.get_slot(var, "v"), beta2, grad * grad * (1.0 - beta2), indices)
        update = var.assign_sub(rate * m / (op("Sqrt")(v) + epsilon))
        return group(update, m, v) if context.graph is not None else None

    @staticmethod
    def _decayed(slot: Any, beta: Any, rows: Any, indices: Any) -> Any:
        """The slot's new value: all of it decays, and `rows` are added at `indices`."""
        decay = slot.assign(slot * beta)
        with control_dependencies([decay] if context.graph is not None else []):
            added = slot._run("ResourceScatterAdd", indices, rows)
        with control_dependencies([added] if context.graph is not None else []):
            return slot.value()

    def _finish(self, update_ops: Sequence[Any], name_scope: str) -> Any:
        with control_dependencies(update_ops if context.graph is not None else []):
            powers = [
                power.assign(power * self._tensor(name))
                for power, name in zip(self._get_beta_accumulators(), ("beta1", "beta2"), strict=True)
            ]
        return group(*update_ops, *powers, name=name_scope) if context.graph is not None else None


def _cast(power: Any, var: Any) -> Any:
    value = power.value()
    return value if value.dtype == var.dtype else op("Cast")(value, DstT=var.dtype)


def _require_positive(initial_accumulator_value: float) -> None:
    if initial_accumulator_value <= 0.0:
        raise ValueError(f"initial_accumulator_value must be positive: {initial_accumulator_value}")


for _cls, _module in (
    (GradientDescentOptimizer, "gradient_descent"),
    (ProximalGradientDescentOptimizer, "proximal_gradient_descent"),
    (MomentumOptimizer, "momentum"),
    (AdagradOptimizer, "adagrad"),
    (ProximalAdagradOptimizer, "proximal_adagrad"),
    (AdagradDAOptimizer, "adagrad_da"),
    (AdadeltaOptimizer, "adadelta"),
    (RMSPropOptimizer, "rmsprop"),
    (FtrlOptimizer, "ftrl"),
    (AdamOptimizer, "adam"),
):
    _cls.__module__ = f"tensorflow.python.training.{_module}"
