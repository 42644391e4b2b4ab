"""`tf.cond`, `tf.case` and `tf.switch_case`."""

from __future__ import annotations

import collections
import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tfshim import dtypes, nest
from tfshim.context import context
from tfshim.control_flow import dependencies
from tfshim.control_flow import graphs as graphs_module
from tfshim.control_flow.branches import Branches
from tfshim.convert import convert_to_tensor
from tfshim.execute import execute
from tfshim.export import export
from tfshim.function_type import is_variable
from tfshim.indexed_slices import IndexedSlices
from tfshim.ops import op
from tfshim.scopes import name_scope
from tfshim.tensor import SymbolicTensor, Tensor


@export("cond")
def cond(pred: Any, true_fn: Any = None, false_fn: Any = None, name: str | None = None) -> Any:
    """The result of `true_fn()` if `pred` is true, else of `false_fn()`.

    In a graph both functions are traced and one runs; eagerly, only one is called.

    Args:
      pred: boolean scalar.
      true_fn: callable without arguments.
      false_fn: likewise; both return the same structure of tensors of the same dtypes.
      name: of the node.

    Raises:
      TypeError: not callable, or results of different structure or dtypes.
    """
    _check_callable(true_fn, "true_fn")
    _check_callable(false_fn, "false_fn")
    if context.graph is None:
        return (true_fn if pred else false_fn)()
    if isinstance(pred, bool):
        raise TypeError(f"pred must not be a Python bool, got {pred}")
    scope = name or "cond"
    with name_scope(scope) as full:
        pred = convert_to_tensor(pred, name="pred")
        branches = [graphs_module.trace(f"{scope}_true", true_fn), graphs_module.trace(f"{scope}_false", false_fn)]
        return run_branches(pred, branches, full, boolean=True, names=("true_fn", "false_fn"), called="tf.cond")


def _check_callable(fn: Any, name: str) -> None:
    if not callable(fn):
        raise TypeError(f"'{name}' must be callable, got {fn!r}.")


def run_branches(
    index: Tensor,
    branches: list[graphs_module.ControlFlowGraph],
    name: str,
    boolean: bool,
    names: Sequence[str],
    called: str,
) -> Any:
    """Adds the node that runs one of the traced branches, and packs its outputs.

    `names` are those of the branches' functions, and `called` is what the user called, for errors.
    """
    structured = [graphs_module.as_tensors(g, g.structured_outputs, index) for g in branches]
    _agree_on_indices(branches, structured)
    _check_agreement(structured, names, called)
    structure = structured[0]
    for graph, result in zip(branches, structured, strict=True):
        graph.structured_outputs = result
        graph.outputs = [t for t in nest.flatten(result, expand_composites=True) if t is not None]
    captures = _link(branches)
    computation = Branches(branches, boolean)
    with dependencies.waiting(branches):
        outputs = iter(execute(computation, [index, *captures], _attrs(computation), name))
    # As in TensorFlow, a result has the name of an identity of its own: `cond/Identity_1:0`.
    flat = [_passed_on(None if t is None else next(outputs)) for t in nest.flatten(structure, expand_composites=True)]
    return nest.pack_sequence_as(_relaxed(structured), flat, expand_composites=True)


def _agree_on_indices(branches: Sequence[graphs_module.ControlFlowGraph], structured: list[Any]) -> None:
    """Gives slices the same type of indices in all branches: int64 where some have it."""
    slices = [[v for v in nest.flatten(s, expand_composites=False) if isinstance(v, IndexedSlices)] for s in structured]
    mixed = [len({s.indices.dtype for s in alternatives}) > 1 for alternatives in zip(*slices, strict=False)]
    if not any(mixed):
        return
    for i, graph in enumerate(branches):
        numbers = iter(mixed)

        def widened(value: Any, numbers: Any = numbers) -> Any:
            if not isinstance(value, IndexedSlices) or not next(numbers, False):
                return value
            return IndexedSlices(value.values, op("Cast")(value.indices, DstT=dtypes.int64), value.dense_shape)

        with graph.as_default():
            structured[i] = nest.map_structure(widened, structured[i], expand_composites=False)


def _link(branches: Sequence[graphs_module.ControlFlowGraph]) -> list[Tensor]:
    graphs_module.adopt(branches)
    dependencies.drop_idle(branches)
    graphs_module.capture_referred(branches)
    graphs_module.hoist_reads(branches)
    return graphs_module.share_captures(branches, 0)


def _attrs(computation: Branches) -> dict[str, Any]:
    names = [g.name for g in computation.graphs]
    if computation.boolean:
        return {"then_branch": names[0], "else_branch": names[1]}
    return {"branches": tuple(names)}


def _relaxed(structured: Sequence[Any]) -> Any:
    """The structure of the result: composite tensors as general as the branches differ."""
    first = structured[0]
    if not any(_composites(s) for s in structured):
        return first
    from tfshim.type_spec import type_spec_from_value

    def merge(*values: Any) -> Any:
        if not _composites(values[0]):
            return values[0]
        specs = [type_spec_from_value(v) for v in values]
        return specs[0].most_specific_common_supertype(specs[1:]) or specs[0]

    return nest.map_structure(merge, *structured, expand_composites=False)


def _composites(structure: Any) -> bool:
    from tfshim.type_spec import CompositeTensor

    return any(isinstance(v, CompositeTensor) for v in nest.flatten(structure, expand_composites=False))


def _check_agreement(structured: Sequence[Any], names: Sequence[str], called: str) -> None:
    """Raises what TensorFlow raises for branches that return different things."""
    leaves = [nest.flatten(s, expand_composites=False) for s in structured]
    if len({len(found) for found in leaves}) > 1:
        raise AssertionError(f"the branches of {called} return different numbers of values: {[*map(len, leaves)]}")
    for i, values in enumerate(zip(*leaves, strict=True)):
        if len({isinstance(v, IndexedSlices) for v in values}) > 1:
            raise TypeError(f"Cannot reconcile {called} {i}-th outputs:\n  branches returned: {values}")
    first = structured[0]
    counts = [sum(t is not None for t in nest.flatten(s, expand_composites=True)) for s in structured]
    for name, other, count in zip(names[1:], structured[1:], counts[1:], strict=True):
        try:
            nest.assert_same_structure(first, other, expand_composites=True)
            if count == counts[0]:
                for pair in zip(*(nest.flatten(s, expand_composites=True) for s in (first, other)), strict=True):
                    _check_alike(*pair)
        except (TypeError, ValueError) as error:
            raise TypeError(
                f"{names[0]} and {name} arguments to {called} must have the same number, type, and overall structure "
                f"of return values.\n\n{names[0]} output: {first}\n{name} output: {other}\n\nError details:\n{error}"
            ) from None
        if count != counts[0]:
            raise ValueError(f"Lengths of branch outputs of {called} must match: {counts[0]} and {count}.")


def _check_alike(value: Any, other: Any) -> None:
    if (value is None) != (other is None):
        raise TypeError(f"No common supertype of {value} and {other}.")
    if isinstance(value, SymbolicTensor) and value.dtype != other.dtype:
        raise TypeError(f"{value} and {other} have different types")


# switch_case and case ------------------------------------------------------------------------------------


@export("switch_case")
def switch_case(branch_index: Any, branch_fns: Any, default: Any = None, name: str = "switch_case") -> Any:
    """The result of `branch_fns[branch_index]()`.

    Args:
      branch_index: int32 scalar.
      branch_fns: list of callables, dict from int to callable, or list of pairs; all return the same structure.
      default: callable for an index that none of them has; without it, the last one.
      name: of the node.
    """
    fns = _branch_functions(branch_fns, default)
    if not isinstance(branch_index, Tensor) and not is_variable(branch_index):
        raise TypeError(f"'branch_index' must be a Tensor, got {type(branch_index)}")
    if context.graph is None:
        index = int(np.asarray(convert_to_tensor(branch_index).numpy()))
        return fns[index if 0 <= index < len(fns) else -1]()
    with name_scope(name):
        index = convert_to_tensor(branch_index, name="branch_index")
        if index.dtype is not dtypes.int32:
            raise TypeError(f"branch_index must be a Tensor of dtype int32, got {index.dtype.name}")
        branches = [graphs_module.trace(f"{name}_branch{i}", fn) for i, fn in enumerate(fns)]
        names = [f"branches[{i}]" for i in range(len(fns))]
        with name_scope("indexed_case") as full:
            return run_branches(index, branches, full, boolean=False, names=names, called="tf.switch_case")


def _branch_functions(branch_fns: Any, default: Any) -> list[Callable[..., Any]]:
    if isinstance(branch_fns, dict):
        pairs = list(branch_fns.items())
    elif not isinstance(branch_fns, (list, tuple)):
        raise TypeError(f"'branch_fns' must be a list, tuple, or dict. Received type {type(branch_fns)}.")
    elif all(callable(fn) for fn in branch_fns):
        pairs = list(enumerate(branch_fns))
    else:
        pairs = list(branch_fns)
    for pair in pairs:
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise TypeError(f"Each entry in 'branch_fns' must be a 2-tuple. Received {pair}.")
        if not isinstance(pair[0], int):
            raise TypeError(f"key must be a Python `int`, got {type(pair[0])}")
        if not callable(pair[1]):
            raise TypeError(f"fn for key {pair[0]} must be callable.")
    if not pairs:
        raise ValueError("Must provide at least one item in 'branch_fns'")
    if sorted(k for k, _ in pairs) != list(range(len(pairs))):
        raise ValueError(
            f"branch indices must form contiguous range of [0 to {len(pairs)}) but found {sorted(dict(pairs))}"
        )
    fns = [fn for _, fn in sorted(pairs, key=lambda p: p[0])]
    if default is not None:
        _check_callable(default, "default")
        fns.append(default)
    return fns


@export("case")
def case(
    pred_fn_pairs: Any, default: Any = None, exclusive: bool = False, strict: bool = False, name: str = "case"
) -> Any:
    """The result of the function whose predicate is the first that is true, else of `default`.

    Args:
      pred_fn_pairs: list of pairs of a boolean scalar tensor and a callable, or a dictionary of them.
      default: callable for the case that no predicate is true; without it, InvalidArgumentError is raised then.
      exclusive: raise InvalidArgumentError if more than one predicate is true.
      strict: kept for compatibility.
      name: of the name scope.
    """
    return case_by(cond, pred_fn_pairs, default, exclusive, name)


def case_by(
    cond_fn: Callable[..., Any],
    pred_fn_pairs: Any,
    default: Any,
    exclusive: bool,
    name: str,
    allow_python_preds: bool = False,
    **cond_kwargs: Any,
) -> Any:
    """`tf.case` by calls of `cond_fn(pred, true_fn, false_fn, **cond_kwargs)`.

    With `allow_python_preds`, predicates that are no tensors are passed to `cond_fn` as they are.
    """
    pairs = _case_pairs(pred_fn_pairs, exclusive, allow_python_preds)
    if default is not None:
        _check_callable(default, "default")
    with name_scope(name):
        preds = [p if allow_python_preds and not isinstance(p, Tensor) else convert_to_tensor(p) for p, _ in pairs]
        fns = [fn for _, fn in pairs]
        checks = []
        if default is None:
            checks.append(_assert_any(preds, name))
            fallback = fns.pop()
            preds = preds[:-1]
        else:
            fallback = default
        # As in TensorFlow, the last pair without a default may be true besides another one.
        if exclusive and len(preds) > 1:
            checks.append(_assert_exclusive(preds, name))
        for pred, fn in zip(reversed(preds), reversed(fns), strict=True):
            fallback = functools.partial(cond_fn, pred, true_fn=fn, false_fn=fallback, **cond_kwargs)
        result = fallback()
        if context.graph is None or not checks:
            return result
        # A session runs what the result depends on, and nothing else.
        with context.graph.control_dependencies(checks):
            return nest.map_structure(_passed_on, result, expand_composites=True)


def _passed_on(value: Any) -> Any:
    return None if value is None else op("Identity")(value)


def _case_pairs(pred_fn_pairs: Any, exclusive: bool, any_preds: bool) -> list[tuple[Any, Callable[..., Any]]]:
    if not isinstance(pred_fn_pairs, (list, tuple, dict)):
        raise TypeError(f"'pred_fn_pairs' takes a list, tuple or dict of pairs, not {type(pred_fn_pairs)}.")
    pairs = list(pred_fn_pairs.items() if isinstance(pred_fn_pairs, dict) else pred_fn_pairs)
    if isinstance(pred_fn_pairs, dict) and not isinstance(pred_fn_pairs, collections.OrderedDict):
        # TensorFlow counts on no order of a dictionary: in graphs it goes by the names of the predicates.
        if context.graph is not None:
            pairs.sort(key=lambda pair: pair[0].name)
        elif not exclusive:
            raise ValueError("Eagerly, the 'pred_fn_pairs' of a plain dictionary need `exclusive=True`.")
    for pair in pairs:
        if not isinstance(pair, tuple) or len(pair) != 2:
            raise TypeError(f"Each entry in 'pred_fn_pairs' must be a 2-tuple. Received {pair}.")
        if isinstance(pair[0], Tensor):
            if pair[0].dtype is not dtypes.bool:
                raise TypeError(f"pred must be Tensor of type bool: {pair[0].dtype.name}")
        elif not any_preds:
            raise TypeError(f"pred must be a Tensor, got {pair[0]!r}")
        elif not isinstance(pair[0], bool):
            raise TypeError(f"pred must be a Tensor or bool, got {pair[0]!r}")
        _check_callable(pair[1], "fn")
    if not pairs:
        raise ValueError("Must provide at least one item in 'pred_fn_pairs'")
    return pairs


def _assert_exclusive(preds: Sequence[Tensor], name: str) -> Any:
    from tfshim.api.assertions import Assert

    count = op("Sum")(op("Cast")(op("Pack")(list(preds)), DstT=dtypes.int32), [0])
    message = f"Input error: more than one condition evaluated as True but exclusive=True in {name}"
    return Assert(op("LessEqual")(count, 1), [message, *preds])


def _assert_any(preds: Sequence[Tensor], name: str) -> Any:
    from tfshim.api.assertions import Assert

    found = op("Any")(op("Pack")(list(preds)), [0])
    return Assert(found, [f"Input error: none of the conditions evaluated as True in {name}", *preds])
