"""Kernels of the optimizer steps: dense (`ResourceApply*`) and for some rows (`ResourceSparseApply*`).

Each step is one pure function from the old values of the variables it writes, the gradient and scalars, to the new
values. The form for rows applies the same function to the rows and puts them back; a row should occur once.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
from jax import lax

from tfshim.ops import op_table
from tfshim.ops.registry import kernel, runtime_check, shape_function
from tfshim.ops.shape_helpers import invalid, shape_text

# Steps by the name that follows `ResourceApply`. Their positional parameters have the names of the op's inputs; they
# return the new values of the variables in the order of the inputs.
_STEPS: dict[str, tuple[Callable[..., Any], tuple[str, ...]]] = {}


def _step(*names: str, writes: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def declare(fn: Callable[..., Any]) -> Callable[..., Any]:
        for name in names:
            _STEPS[name] = (fn, tuple(writes.split()))
        return fn

    return declare


@_step("GradientDescent", writes="var")
def _gradient_descent(var, alpha, delta):
    return (var - alpha * delta,)


@_step("ProximalGradientDescent", writes="var")
def _proximal_gradient_descent(var, alpha, l1, l2, delta):
    return (_shrunk(var - delta * alpha, alpha, l1, l2),)


def _shrunk(value, rate, l1, l2):
    return jnp.sign(value) * jnp.maximum(jnp.abs(value) - rate * jnp.maximum(l1, 0), 0) / (1 + l2 * rate)


@_step("Momentum", writes="var accum")
def _momentum(var, accum, lr, grad, momentum, *, use_nesterov):
    accum = accum * momentum + grad
    step = grad * lr + accum * momentum * lr if use_nesterov else accum * lr
    return var - step, accum


@_step("KerasMomentum", writes="var accum")
def _keras_momentum(var, accum, lr, grad, momentum, *, use_nesterov):
    accum = accum * momentum - grad * lr
    return var + (accum * momentum - grad * lr if use_nesterov else accum), accum


def _moments(m, v, beta1, beta2, grad):
    return m + (grad - m) * (1 - beta1), v + (jnp.square(grad) - v) * (1 - beta2)


@_step("Adam", writes="var m v")
def _adam(var, m, v, beta1_power, beta2_power, lr, beta1, beta2, epsilon, grad, *, use_nesterov):
    alpha = lr * jnp.sqrt(1 - beta2_power) / (1 - beta1_power)
    m, v = _moments(m, v, beta1, beta2, grad)
    first = grad * (1 - beta1) + beta1 * m if use_nesterov else m
    return var - first * alpha / (jnp.sqrt(v) + epsilon), m, v


@_step("AdamWithAmsgrad", writes="var m v vhat")
def _amsgrad(var, m, v, vhat, beta1_power, beta2_power, lr, beta1, beta2, epsilon, grad):
    alpha = lr * jnp.sqrt(1 - beta2_power) / (1 - beta1_power)
    m, v = _moments(m, v, beta1, beta2, grad)
    vhat = jnp.maximum(vhat, v)
    return var - m * alpha / (jnp.sqrt(vhat) + epsilon), m, v, vhat


@_step("AdaMax", writes="var m v")
def _adamax(var, m, v, beta1_power, lr, beta1, beta2, epsilon, grad):
    m = m + (grad - m) * (1 - beta1)
    v = jnp.maximum(beta2 * v, jnp.abs(grad))
    return var - lr / (1 - beta1_power) * (m / (v + epsilon)), m, v


@_step("Adadelta", writes="var accum accum_update")
def _adadelta(var, accum, accum_update, lr, rho, epsilon, grad):
    accum = accum * rho + jnp.square(grad) * (1 - rho)
    update = jnp.sqrt(accum_update + epsilon) * lax.rsqrt(accum + epsilon) * grad
    return var - update * lr, accum, accum_update * rho + jnp.square(update) * (1 - rho)


@_step("Adagrad", writes="var accum")
def _adagrad(var, accum, lr, grad, *, update_slots):
    accum = accum + jnp.square(grad) if update_slots else accum
    return var - grad * lr * lax.rsqrt(accum), accum


@_step("AdagradV2", writes="var accum")
def _adagrad_v2(var, accum, lr, epsilon, grad, *, update_slots):
    accum = accum + jnp.square(grad) if update_slots else accum
    return var - grad * lr / (jnp.sqrt(accum) + epsilon), accum


@_step("ProximalAdagrad", writes="var accum")
def _proximal_adagrad(var, accum, lr, l1, l2, grad):
    accum = accum + jnp.square(grad)
    rate = lr * lax.rsqrt(accum)
    return _shrunk(var - grad * rate, rate, l1, l2), accum


@_step("AdagradDA", writes="var gradient_accumulator gradient_squared_accumulator")
def _adagrad_dual_averaging(var, gradient_accumulator, gradient_squared_accumulator, grad, lr, l1, l2, global_step):
    # From the sums of all gradients alone: the old value of the variable has no part.
    step = global_step.astype(var.dtype)
    total = gradient_accumulator + grad
    squares = gradient_squared_accumulator + jnp.square(grad)
    shrunk = jnp.where(l1 > 0, jnp.sign(total) * jnp.maximum(jnp.abs(total) - l1 * step, 0), total)
    return -lr * shrunk / (l2 * step * lr + jnp.sqrt(squares)), total, squares


@_step("RMSProp", writes="var ms mom")
def _rms_prop(var, ms, mom, lr, rho, momentum, epsilon, grad):
    ms = ms + (jnp.square(grad) - ms) * (1 - rho)
    mom = mom * momentum + grad * lr * lax.rsqrt(ms + epsilon)
    return var - mom, ms, mom


@_step("CenteredRMSProp", writes="var mg ms mom")
def _centered_rms_prop(var, mg, ms, mom, lr, rho, momentum, epsilon, grad):
    ms = ms + (jnp.square(grad) - ms) * (1 - rho)
    mg = mg + (grad - mg) * (1 - rho)
    mom = mom * momentum + grad * lr * lax.rsqrt(ms - jnp.square(mg) + epsilon)
    return var - mom, mg, ms, mom


@_step("Ftrl", writes="var accum linear")
def _ftrl(var, accum, linear, grad, lr, l1, l2, lr_power, *, multiply_linear_by_lr):
    return _follow_the_leader(var, accum, linear, grad, grad, lr, l1, l2, lr_power, multiply_linear_by_lr)


@_step("FtrlV2", writes="var accum linear")
def _ftrl_v2(var, accum, linear, grad, lr, l1, l2, l2_shrinkage, lr_power, *, multiply_linear_by_lr):
    shrunk = grad + 2 * l2_shrinkage * var
    return _follow_the_leader(var, accum, linear, grad, shrunk, lr, l1, l2, lr_power, multiply_linear_by_lr)


def _follow_the_leader(var, accum, linear, grad, shrunk, lr, l1, l2, lr_power, by_lr):
    new_accum = accum + jnp.square(grad)
    new_power, old_power = jnp.power(new_accum, -lr_power), jnp.power(accum, -lr_power)
    # With `by_lr`, `linear` and all that it is compared with are scaled by the learning rate.
    unit = lr if by_lr else jnp.ones_like(lr)
    rate = jnp.ones_like(lr) if by_lr else lr
    linear = linear + shrunk * unit - (new_power - old_power) / rate * var
    quadratic = new_power / rate + 2 * l2 * unit
    clipped = jnp.clip(linear, -l1 * unit, l1 * unit)
    return (clipped - linear) / quadratic, new_accum, linear


@_step("AddSign", writes="var m")
def _add_sign(var, m, lr, alpha, sign_decay, beta, grad):
    m = m * beta + grad * (1 - beta)
    return var - lr * (alpha + sign_decay * jnp.sign(grad) * jnp.sign(m)) * grad, m


@_step("PowerSign", writes="var m")
def _power_sign(var, m, lr, logbase, sign_decay, beta, grad):
    m = m * beta + grad * (1 - beta)
    return var - lr * jnp.exp(logbase * sign_decay * jnp.sign(grad) * jnp.sign(m)) * grad, m


# Registration ----------------------------------------------------------------------------------------------


def _checked(names: list[str], values: Any, writes: tuple[str, ...], rows: bool) -> dict[str, Any]:
    given = dict(zip(names, values, strict=True))
    var = given["var"]
    for name, value in given.items():
        if name == "indices":
            if value.ndim != 1:
                raise invalid("indices must be one-dimensional")
        elif name in writes:
            if value.shape != var.shape:
                raise invalid(
                    f"var and {name} do not have the same shape{shape_text(var.shape)} {shape_text(value.shape)}"
                )
        elif name in ("grad", "delta"):
            expected = (*given["indices"].shape, *var.shape[1:]) if rows else var.shape
            if value.shape != expected:
                raise invalid(
                    f"var and {name} do not have the same shape{shape_text(expected)} {shape_text(value.shape)}"
                )
        elif value.ndim:
            raise invalid(f"{name} is not a scalar: {shape_text(value.shape)}")
        if name not in ("indices", "global_step") and value.dtype != var.dtype:
            raise invalid(f"var and {name} do not have the same dtype: {var.dtype} and {value.dtype}")
    return given


def _register_dense(kind: str) -> None:
    step, writes = _STEPS[kind]
    name = f"ResourceApply{kind}"
    definition = op_table.op_def(name)
    names = [a.name for a in definition.inputs]

    def apply(*inputs, **attrs):
        return step(**_checked(names, inputs, writes, rows=False), **attrs)

    _register(name, apply, names, step, definition, writes)


def _register_rows(kind: str) -> None:
    step, writes = _STEPS[kind]
    name = f"ResourceSparseApply{kind}"
    definition = op_table.op_def(name)
    names = [a.name for a in definition.inputs]
    parameters = inspect.signature(step).parameters

    def apply(*inputs, **attrs):
        given = _checked(names, inputs, writes, rows=True)
        indices = given.pop("indices")
        size = given["var"].shape[0]
        good = (indices >= 0) & (indices < size)
        runtime_check(good, "indices are not in the range of the rows of var")
        indices = jnp.where(jnp.all(good), indices, size)
        old = {w: given[w] for w in writes}
        given.update({w: jnp.take(value, indices, axis=0, mode="clip") for w, value in old.items()})
        if "delta" in parameters:
            given["delta"] = given.pop("grad")
        new = step(**given, **attrs)
        return tuple(old[w].at[indices].set(value, mode="drop") for w, value in zip(writes, new, strict=True))

    _register(name, apply, names, step, definition, writes)


def _register(name: str, apply: Any, names: list[str], step: Any, definition: Any, writes: Any) -> None:
    wanted = [
        p
        for p in inspect.signature(step).parameters.values()
        if p.kind is inspect.Parameter.KEYWORD_ONLY and p.name in definition.attrs
    ]
    apply.__signature__ = inspect.Signature(
        [inspect.Parameter(n, inspect.Parameter.POSITIONAL_ONLY) for n in names] + wanted
    )
    kernel(name, writes=writes)(apply)
    shape_function(name)(lambda op: [])


for _kind in _STEPS:
    _register_dense(_kind)
    if op_table.is_known(f"ResourceSparseApply{_kind}"):
        _register_rows(_kind)
