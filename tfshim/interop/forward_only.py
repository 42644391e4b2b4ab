"""Tangents that cannot be transposed, for a reason that the error names."""

from __future__ import annotations

import functools
from typing import Any, NoReturn

from tfshim.errors import UnimplementedError


def forward_only(tangent: Any, reason: str) -> Any:
    """`tangent` itself; reverse mode through it raises UnimplementedError with `reason`."""
    return _primitive().bind(tangent, reason=reason)


@functools.cache
def _primitive() -> Any:
    from jax.extend.core import Primitive  # not above: it brings Pallas with it, which takes long
    from jax.interpreters import ad, batching, mlir

    def refuse(cotangent: Any, tangent: Any, *, reason: str) -> NoReturn:
        raise UnimplementedError(None, None, reason)

    def same(tangent: Any, *, reason: str) -> Any:
        return tangent

    primitive = Primitive("forward_only")
    primitive.def_impl(same)
    primitive.def_abstract_eval(same)
    ad.deflinear2(primitive, refuse)
    batching.defvectorized(primitive)
    mlir.register_lowering(primitive, mlir.lower_fun(same, multiple_results=False))
    return primitive
