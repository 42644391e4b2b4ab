"""Kullback-Leibler divergences, by the classes of the two distributions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tfshim import namespaces
from tfshim.context import context
from tfshim.export import export
from tfshim.scopes import control_dependencies, name_scope

tf: Any = namespaces.root()

_REGISTERED: dict[tuple[type, type], Callable[..., Any]] = {}


@export("compat.v1.distributions.RegisterKL")
class RegisterKL:
    """Registers the function under it, `f(a, b, name=None)`, as the divergence of two classes and their subclasses.

    Raises:
      TypeError: for what cannot be called.
      ValueError: if the two have one already.
    """

    def __init__(self, dist_cls_a, dist_cls_b):
        self._key = (dist_cls_a, dist_cls_b)

    def __call__(self, kl_fn):
        """Registers the function, and returns it."""
        if not callable(kl_fn):
            raise TypeError(f"kl_fn must be callable, received: {kl_fn}")
        if self._key in _REGISTERED:
            a, b = (cls.__name__ for cls in self._key)
            raise ValueError(f"KL({a} || {b}) has already been registered to: {_REGISTERED[self._key]}")
        _REGISTERED[self._key] = kl_fn
        return kl_fn


def _nearest(a: type, b: type) -> Callable[..., Any] | None:
    """The function for the two nearest base classes, counted together along both method resolution orders."""
    found = [
        (i + j, i, _REGISTERED[x, y])
        for i, x in enumerate(a.__mro__)
        for j, y in enumerate(b.__mro__)
        if (x, y) in _REGISTERED
    ]
    return min(found, key=lambda entry: entry[:2])[2] if found else None


@export("compat.v1.distributions.kl_divergence")
def kl_divergence(distribution_a, distribution_b, allow_nan_stats=True, name=None):
    """The divergence of `distribution_a` from `distribution_b`, in nats, for each pair of the batches.

    Raises:
      NotImplementedError: if nobody registered a function for such a pair.
      InvalidArgumentError: for nan, unless `allow_nan_stats`.
    """
    compute = _nearest(type(distribution_a), type(distribution_b))
    if compute is None:
        raise NotImplementedError(
            "No KL(distribution_a || distribution_b) registered for distribution_a type "
            f"{type(distribution_a).__name__} and distribution_b type {type(distribution_b).__name__}"
        )
    if context.graph is None:
        result = compute(distribution_a, distribution_b, name=name)
    else:
        with name_scope("KullbackLeibler"):
            result = compute(distribution_a, distribution_b, name=name)
    if allow_nan_stats:
        return result
    fine = tf.logical_not(tf.reduce_any(tf.math.is_nan(result)))
    text = f"KL calculation between {distribution_a.name} and {distribution_b.name} returned NaN values:"
    with control_dependencies([tf.debugging.Assert(fine, [text, result])]):
        return tf.identity(result)


def register(cls: type) -> Callable[[Callable[[Any, Any], Any]], Callable[..., Any]]:
    """Registers the divergence between two distributions of the same class, under a scope named after it."""

    def decorate(compute: Callable[[Any, Any], Any]) -> Callable[..., Any]:
        kind = cls.__name__.lower()

        def scoped(a: Any, b: Any, name: str | None = None) -> Any:
            if context.graph is None:
                return compute(a, b)
            with name_scope(name or f"kl_{kind}_{kind}"):
                return compute(a, b)

        return RegisterKL(cls, cls)(scoped)

    return decorate
