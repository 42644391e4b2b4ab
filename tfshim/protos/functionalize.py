"""Control flow of TensorFlow 1 as that of TensorFlow 2, before a graph is imported.

`Switch` and `Merge` become `If`, and loops of `Enter`, `Merge`, `NextIteration` and `Exit` become `While`. Frames are
taken from the inside out, and in each the conditionals that it holds. What a graph reads from outside, the outputs of a
`Merge` and of an `Exit`, keep their names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tfshim import dtypes, protos
from tfshim.dtypes import DType
from tfshim.errors import UnimplementedError
from tfshim.ops import op_table
from tfshim.protos import convert
from tfshim.protos.call_import import LibraryFunction
from tfshim.protos.ordering import in_order, source

_OLD = frozenset(["Switch", "Merge", "Enter", "Exit", "NextIteration", "LoopCond"])


def is_old(nodes: Iterable[Any]) -> bool:
    """Whether there is control flow of TensorFlow 1 among `NodeDef`s."""
    return any(_kind(n) in _OLD for n in nodes)


def functionalize(nodes: Iterable[Any], library: MutableMapping[str, LibraryFunction]) -> list[Any]:
    """The `NodeDef`s with control flow by functions alone, which are added to `library`.

    Raises:
      UnimplementedError: control flow of a shape that TensorFlow's own functions do not make.
    """
    graph = _Rewriting(nodes, library)
    frames = graph.frames()
    for around, frame in sorted(frames.items(), key=lambda item: -len(item[0])):
        graph.conditionals(frame.members)
        loop = graph.replace_loop(frame)
        if around[:-1] in frames:
            frames[around[:-1]].members.add(loop)
    graph.conditionals(set(graph.nodes))
    return list(graph.nodes.values())


def _kind(node: Any) -> str:
    return node.op.removeprefix("Ref")


def outputs_of(node: Any, library: Mapping[str, LibraryFunction]) -> list[tuple[str, DType]]:
    """The outputs of a node: the place of each among its op's outputs (`"y:0"`), and its dtype."""
    if node.op in library:
        return [(f"{a.name}:0", dtypes.as_dtype(a.type)) for a in library[node.op].proto.signature.output_arg]
    definition = op_table.op_def(node.op)

    def attr(name: str) -> Any:
        return convert.attr_from_proto(node.attr[name]) if name in node.attr else definition.attrs[name].default

    found: list[tuple[str, DType]] = []
    for arg in definition.outputs:
        if arg.type_list_attr:
            kinds = [dtypes.as_dtype(t) for t in attr(arg.type_list_attr)]
        else:
            dtype = arg.dtype or dtypes.as_dtype(attr(arg.type_attr))
            kinds = [dtype] * (int(attr(arg.number_attr)) if arg.number_attr else 1)
        found.extend((f"{arg.name}:{i}", dtype) for i, dtype in enumerate(kinds))
    return found


def _full(reference: str) -> str:
    """`"x:0"` for `"x"`; control inputs as they are."""
    return reference if ":" in reference or reference.startswith("^") else f"{reference}:0"


@dataclass
class _Frame:
    """A loop: the names of the nodes that are directly in it."""

    name: str
    members: set[str]


@dataclass
class _Bare:
    """What the ordering of nodes looks at."""

    name: str
    op: str
    input: list[str]


class _Rewriting:
    """The graph under way: nodes by name."""

    def __init__(self, nodes: Iterable[Any], library: MutableMapping[str, LibraryFunction]):
        self.nodes: dict[str, Any] = {n.name: n for n in nodes}
        self.library = library

    # What is known of nodes

    def _is_back_edge(self, node: Any, reference: str) -> bool:
        found = self.nodes.get(source(reference))
        return _kind(node) == "Merge" and found is not None and _kind(found) == "NextIteration"

    def _forward(self, names: Iterable[str]) -> list[Any]:
        """Nodes in an order in which they can be computed, loops entered once."""
        bare = [
            _Bare(n, self.nodes[n].op, [i for i in self.nodes[n].input if not self._is_back_edge(self.nodes[n], i)])
            for n in names
        ]
        return [self.nodes[b.name] for b in in_order(bare)]

    def _is_constant(self, reference: str) -> bool:
        """Whether functions may have copies of a tensor of their own: shapes stay known that way."""
        node = self.nodes.get(source(reference))
        return node is not None and node.op == "Const"

    def _dtype(self, reference: str) -> DType:
        """The dtype of a tensor, from the attributes of its node."""
        name, _, index = _full(reference).rpartition(":")
        return outputs_of(self.nodes[name], self.library)[int(index)][1]

    def _unique(self, name: str) -> str:
        found, n = name, 0
        while found in self.nodes or found in self.library:
            n += 1
            found = f"{name}_{n}"
        return found

    def _redirect(self, controls: Mapping[str, str]) -> None:
        """Makes nodes wait for others in place of those that are gone."""
        for node in self.nodes.values():
            if any(r.startswith("^") and r[1:] in controls for r in node.input):
                data = [r for r in node.input if not r.startswith("^")]
                waits = [controls.get(r[1:], r[1:]) for r in node.input if r.startswith("^")]
                del node.input[:]
                node.input.extend([*data, *(f"^{w}" for w in dict.fromkeys(waits))])

    def _add(self, op: str, name: str, inputs: Sequence[str], **attrs: tuple[str, Any]) -> None:
        node = protos.NodeDef(op=op, name=name, input=inputs)  # type: ignore[attr-defined]
        for attr, (kind, value) in attrs.items():
            node.attr[attr].CopyFrom(convert.attr_to_proto(kind, value))
        self.nodes[name] = node

    def _function(
        self,
        name: str,
        arguments: Mapping[str, int],
        types: Sequence[DType],
        nodes: Sequence[Any],
        outputs: Sequence[str],
    ) -> convert.FunctionRef:
        """Adds the function of some nodes to the library: `arguments` are the tensors that are its inputs."""
        proto = protos.FunctionDef()  # type: ignore[attr-defined]
        proto.signature.name = name = self._unique(name)
        for i, dtype in enumerate(types):
            proto.signature.input_arg.add(name=f"arg_{i}", type=dtype.as_datatype_enum)
        taken = [r for n in nodes for r in n.input if not r.startswith("^")] + list(outputs)
        constants = {source(r) for r in taken if _full(r) not in arguments and self._is_constant(r)}
        nodes = [*(self.nodes[c] for c in constants - {n.name for n in nodes}), *nodes]
        inside = {n.name: n for n in nodes}

        def translate(reference: str) -> str:
            full = _full(reference)
            if full in arguments:
                return f"arg_{arguments[full]}"
            producer, _, index = full.rpartition(":")
            return f"{producer}:{outputs_of(inside[producer], self.library)[int(index)][0]}"

        for node in nodes:
            copy = proto.node_def.add()
            copy.CopyFrom(node)
            del copy.input[:]
            copy.input.extend(translate(r) for r in node.input if not r.startswith("^"))
            copy.input.extend(r for r in node.input if r.startswith("^") and r[1:] in inside)
        for i, reference in enumerate(outputs):
            index = arguments.get(_full(reference))
            producer, _, output = _full(reference).rpartition(":")
            dtype = types[index] if index is not None else outputs_of(inside[producer], self.library)[int(output)][1]
            proto.signature.output_arg.add(name=f"out_{i}", type=dtype.as_datatype_enum)
            proto.ret[f"out_{i}"] = translate(reference)
        self.library[name] = LibraryFunction(proto, self.library)
        return convert.FunctionRef(name)

    # Loops

    def frames(self) -> dict[tuple[str, ...], _Frame]:
        """The loops, by their names after those of the loops around them."""
        stacks: dict[str, tuple[str, ...]] = {}
        frames: dict[tuple[str, ...], _Frame] = {}
        for node in self._forward(self.nodes):
            around = [stacks[source(i)] for i in node.input if source(i) in stacks]
            stack = max(around, key=len, default=())
            if _kind(node) == "Enter":
                stack = (*stack, node.attr["frame_name"].s.decode())
            elif _kind(node) == "Exit":
                stack = stack[:-1]
            stacks[node.name] = stack
            if stack:
                frames.setdefault(stack, _Frame(stack[-1], set())).members.add(node.name)
        return frames

    def replace_loop(self, frame: _Frame) -> str:
        """Puts a `While` in place of a frame, and returns its name."""
        members = self._forward(frame.members & self.nodes.keys())
        merges = [n for n in members if any(self._is_back_edge(n, i) for i in n.input)]
        conditions = [n for n in members if _kind(n) == "LoopCond"]
        if len(conditions) != 1 or not merges:
            raise UnimplementedError(None, None, f"the loop {frame.name!r} has no single condition: it cannot be run")
        enters = {n.name for n in members if _kind(n) == "Enter"}
        first = [next(i for i in m.input if not self._is_back_edge(m, i)) for m in merges]
        backs = [next(i for i in m.input if self._is_back_edge(m, i)) for m in merges]
        constants = [n for n in members if n.name in enters and n.name not in map(source, first)]
        initial = [self.nodes[source(i)].input[0] for i in first] + [n.input[0] for n in constants]
        types = [self._dtype(f"{source(i)}:0") for i in first] + [self._dtype(f"{n.name}:0") for n in constants]
        positions = {f"{m.name}:0": i for i, m in enumerate(merges)}
        shared = {**positions, **{f"{n.name}:0": len(merges) + i for i, n in enumerate(constants)}}
        switches = {
            n.name: positions[_full(n.input[0])]
            for n in members
            if _kind(n) == "Switch" and source(n.input[1]) == conditions[0].name
        }
        inside = {**shared, **{f"{n}:1": i for n, i in switches.items()}}
        structural = {*enters, *(m.name for m in merges), *switches, conditions[0].name, *map(source, backs)}
        results = [self.nodes[source(i)].input[0] for i in backs]
        tests = self._behind([conditions[0].input[0]], structural)
        needed = self._behind(results, structural)
        idle = structural | tests
        steps = [n for n in members if n.name in needed or (n.name not in idle and _kind(n) != "Exit")]
        base = frame.name.rstrip("/")
        cond = self._function(
            f"{base}_cond", shared, types, [n for n in members if n.name in tests], [conditions[0].input[0]]
        )
        body = self._function(f"{base}_body", inside, types, steps, [*results, *(f"{n.name}:0" for n in constants)])
        removed = {n.name for n in members}
        waits = self._outside_controls(members)
        name = self._unique(base)
        exits = [n for n in self.nodes.values() if _kind(n) == "Exit" and source(n.input[0]) in switches]
        for node in members:
            del self.nodes[node.name]
        self._add(
            "While",
            name,
            [*initial, *waits],
            T=("list(type)", tuple(types)),
            cond=("func", cond),
            body=("func", body),
        )
        for node in exits:
            i = switches[source(node.input[0])]
            self._add("Identity", node.name, [f"{name}:{i}"], T=("type", types[i]))
        self._redirect(dict.fromkeys(removed - self.nodes.keys(), name))
        return name

    def _behind(self, references: Iterable[str], borders: set[str]) -> set[str]:
        """The nodes that tensors are computed from, up to `borders`."""
        found: set[str] = set()
        stack = [source(r) for r in references]
        while stack:
            name = stack.pop()
            if name in found or name in borders or name not in self.nodes:
                continue
            found.add(name)
            stack.extend(source(r) for r in self.nodes[name].input)
        return found

    def _outside_controls(self, members: Sequence[Any]) -> list[str]:
        own = {n.name for n in members}
        found = (r for n in members for r in n.input if r.startswith("^") and r[1:] not in own)
        return list(dict.fromkeys(found))

    # Conditionals

    def conditionals(self, scope: set[str]) -> None:
        """Puts an `If` in place of each `Switch` and `Merge` among the nodes `scope`, which is brought up to date."""
        while True:
            order = self._forward(scope & self.nodes.keys())
            alive, merged = self._liveness(order)
            predicates = {self._predicate(n): len(alive[n.name]) for n in order if self._is_switch(n)}
            if not predicates:
                return
            innermost = max(predicates, key=lambda p: predicates[p])
            scope |= self._replace_conditional(innermost, order, alive, merged)

    def _is_switch(self, node: Any) -> bool:
        return _kind(node) == "Switch" and _kind(self.nodes[source(node.input[1])]) != "LoopCond"

    def _predicate(self, switch: Any) -> str:
        """The condition of a `Switch`. The pivot of a conditional takes it where others take a copy of their own."""
        data, condition = (_full(r) for r in switch.input[:2])
        copy = f"{switch.name.rpartition('/')[0]}/pred_id"
        if data == condition and copy in self.nodes and _full(self.nodes[copy].input[0]) == condition:
            return f"{copy}:0"
        return condition

    def _liveness(self, order: Sequence[Any]) -> tuple[dict[str, frozenset], dict[str, str]]:
        """Under which (predicate, side)s nodes run, and the predicate of each `Merge`."""
        alive: dict[str, frozenset] = {}
        merged: dict[str, str] = {}

        def of(reference: str) -> frozenset:
            node = self.nodes[source(reference)]
            conditions = alive.get(node.name, frozenset())
            if node.name in alive and self._is_switch(node) and not reference.startswith("^"):
                return conditions | {(self._predicate(node), int(_full(reference).rpartition(":")[2]))}
            return conditions

        for node in order:
            inputs = [of(i) for i in node.input if source(i) in self.nodes and not self._is_back_edge(node, i)]
            every: frozenset = frozenset().union(*inputs)
            if _kind(node) == "Merge" and not any(self._is_back_edge(node, i) for i in node.input):
                both = [p for p, side in every if side == 0 and (p, 1) in every]
                if len(both) != 1:
                    raise UnimplementedError(
                        None, None, f"the Merge {node.name!r} is not of one condition: use tf.cond"
                    )
                merged[node.name] = both[0]
                every -= {(both[0], 0), (both[0], 1)}
            alive[node.name] = every
        return alive, merged

    def _replace_conditional(
        self, predicate: str, order: Sequence[Any], alive: Mapping[str, frozenset], merged: Mapping[str, str]
    ) -> set[str]:
        """Puts `If`s in place of what depends on `predicate`: one for what runs before its first results are used, one
        for what is computed from these (gradients), and so on. Returns the names of the new nodes."""
        levels: dict[str, int] = {}
        for node in order:
            level = max((levels.get(source(i), 0) for i in node.input), default=0)
            levels[node.name] = level + (merged.get(node.name) == predicate)
        sides = {n.name: side for n in order for p, side in alive[n.name] if p == predicate}
        switches = {n.name: n for n in order if self._is_switch(n) and self._predicate(n) == predicate}
        places = {f"{n}:{k}": _full(s.input[0]) for n, s in switches.items() for k in (0, 1)}
        new: list[str] = []
        moved: dict[str, str] = {}
        for level in sorted({levels[n] for n in sides} | {levels[n] - 1 for n, p in merged.items() if p == predicate}):
            branches = [[n for n in order if sides.get(n.name) == s and levels[n.name] == level] for s in (0, 1)]
            merges = [n for n in order if merged.get(n.name) == predicate and levels[n.name] == level + 1]
            new.append(self._add_if(predicate, branches, merges, places, sides, moved))
        for name in (*sides, *switches):
            del self.nodes[name]
        if new:
            self._redirect(dict.fromkeys((*sides, *switches), new[-1]))
        return set(new)

    def _add_if(
        self,
        predicate: str,
        branches: Sequence[Sequence[Any]],
        merges: Sequence[Any],
        places: Mapping[str, str],
        sides: Mapping[str, int],
        moved: dict[str, str],
    ) -> str:
        own = {n.name for branch in branches for n in branch}
        # What comes from outside, by the tensor that is taken there.
        captures: dict[str, int] = {}
        arguments: dict[str, int] = {}
        references = [r for branch in branches for n in branch for r in n.input] + [r for m in merges for r in m.input]
        for reference in map(_full, references):
            if reference.startswith("^") or source(reference) in own or self._is_constant(reference):
                continue
            taken = places.get(reference, reference)
            taken = moved.get(taken, taken)
            arguments[reference] = captures.setdefault(taken, len(captures))
        types = [self._dtype(r) for r in captures]
        outputs: list[list[str]] = [[], []]
        result_types: list[DType] = []
        extra: list[list[Any]] = [[], []]
        name = self._unique(f"{source(predicate)}/If")

        def constant(side: int, value: Any, dtype: DType) -> str:
            node = protos.NodeDef(op="Const", name=f"constant_{side}_{len(extra[side])}")  # type: ignore[attr-defined]
            node.attr["dtype"].type = dtype.as_datatype_enum
            node.attr["value"].tensor.CopyFrom(convert.array_to_proto(np.array(value), dtype))
            extra[side].append(node)
            return f"{node.name}:0"

        for merge in merges:
            given = [r for r in merge.input if not r.startswith("^")]
            order = given if self._side(given[0], sides) == 0 else given[::-1]
            result_types += [dtypes.as_dtype(merge.attr["T"].type), dtypes.int32]
            for side in (0, 1):
                outputs[side] += [order[side], constant(side, given.index(order[side]), dtypes.int32)]
        # What is computed from here on in the same branch; the other branch has nothing to give.
        for side, branch in enumerate(branches):
            for reference in self._used_later({n.name for n in branch}, own, merges):
                moved[reference] = f"{name}:{len(result_types)}"
                dtype = self._dtype(reference)
                result_types.append(dtype)
                outputs[side].append(reference)
                outputs[1 - side].append(constant(1 - side, b"" if dtype is dtypes.string else 0, dtype))
        else_branch, then_branch = (
            self._function(f"{name}_{label}", arguments, types, [*branches[i], *extra[i]], outputs[i])
            for i, label in enumerate(("false", "true"))
        )
        taken = [n for branch in branches for n in branch] + list(merges)
        removed = {*own, *(source(p) for p in places)}
        waits = [r for r in self._outside_controls(taken) if r[1:] not in removed]
        self._add(
            "If",
            name,
            [predicate, *captures, *waits],
            Tcond=("type", dtypes.bool),
            Tin=("list(type)", tuple(types)),
            Tout=("list(type)", tuple(result_types)),
            then_branch=("func", then_branch),
            else_branch=("func", else_branch),
        )
        for i, merge in enumerate(merges):
            kinds = tuple(result_types[2 * i : 2 * i + 2])
            self._add("IdentityN", merge.name, [f"{name}:{2 * i}", f"{name}:{2 * i + 1}"], T=("list(type)", kinds))
        return name

    def _side(self, reference: str, sides: Mapping[str, int]) -> int:
        name, _, index = _full(reference).rpartition(":")
        return sides[name] if name in sides else int(index)

    def _used_later(self, branch: set[str], own: set[str], merges: Sequence[Any]) -> list[str]:
        results = {m.name for m in merges}
        others = (n for n in self.nodes.values() if n.name not in own and n.name not in results)
        found = (_full(r) for n in others for r in n.input if not r.startswith("^") and source(r) in branch)
        return list(dict.fromkeys(found))
