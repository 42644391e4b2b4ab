"""The callable ops, `op("MatMul")(a, b)`: inputs are converted, attributes completed; what ran before runs quickly."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

import jax
import numpy as np

from tfshim import dtypes, host_values, traceback_filter
from tfshim.context import context
from tfshim.convert import constant_value, convert_to_tensor
from tfshim.dtypes import DType
from tfshim.errors import OpError, UnimplementedError
from tfshim.execute import (
    all_on_host,
    as_op_error,
    as_tensors,
    by_numpy,
    execute,
    on_several_devices,
    raise_failed,
    record,
)
from tfshim.ops import op_table, registry
from tfshim.ops.computation import OPAQUE, Computation, OpComputation, canonical_attrs, op_computation
from tfshim.ops.type_errors import wrong_dtype
from tfshim.tensor import SMALL, EagerTensor, Tensor, host_tensor


def _outputs(
    computation: Computation, statics: Sequence[np.ndarray], operands: Sequence[Any], result: Any
) -> tuple[EagerTensor, ...]:
    """The tensors of a compiled program's result; raises what its checks report."""
    if type(result) is list:
        result, ok = result
        if not np.asarray(ok):  # bool() of a jax.Array takes five times as long
            raise_failed(computation.diagnosis(statics, jax.default_backend(), operands))
    return tuple([EagerTensor(r) for r in result]) if type(result) is tuple else (EagerTensor(result),)


_scalars: dict[Any, Any] = {}


def _scalar_operand(value: Any, dtype: np.dtype) -> Any:
    """A Python number as an operand; frequent ones are kept on the device, where a call takes them faster."""
    key = (value, dtype)
    found = _scalars.get(key)
    if found is None:
        found = np.asarray(value, dtype)
        # Zeros of either sign, and NaN, are poor keys.
        if value and value == value and len(_scalars) < 256:
            found = _scalars[key] = jax.device_put(found)
    return found


# Classes whose `_read()` gives an eager tensor: the hot path takes their instances for their values.
variable_types: set[type] = set()


class Op:
    """A TensorFlow op as a function of tensors and convertible values.

    `op("MatMul")(a, b, transpose_a=True)`: inputs by position, attributes by keyword. Returns one tensor, a list of
    tensors (several outputs: a tuple; a list output: a list), or None for an op without outputs.
    """

    __slots__ = (
        "_by_attrs",
        "_deciding",
        "_default",
        "_flags",
        "_inferred",
        "_one_type",
        "_quick",
        "_single",
        "_static_by_value",
        "definition",
        "kernel",
        "name",
    )

    _instances: dict[str, Op] = {}
    # In a graph, an input that is no tensor yet takes the dtype of a later one that is.
    _adapts = True

    def __init__(self, name: str):
        if not op_table.is_known(name):
            raise KeyError(name)
        self.name = name

    def __getattr__(self, attribute: str) -> Any:
        # Nothing is looked up, and no kernel imported, before the first call.
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        self._prepare()
        return object.__getattribute__(self, attribute)

    def _prepare(self) -> None:
        self.definition = op_table.op_def(self.name)
        self.kernel = registry.find_kernel(self.name)
        self._by_attrs: dict[Any, tuple[OpComputation, dict[str, Any]]] = {}
        self._flags = tuple(name for name, attr in self.definition.attrs.items() if attr.type == "bool")
        self._inferred: tuple[tuple[str, int], ...] = ()
        self._default: OpComputation | None = None
        # The default computation, if it takes one or two tensors and gives one, on devices alone.
        self._quick: Any = None
        self._one_type = False
        self._static_by_value = False
        # Inputs that are not static, whose dtype is also that of numbers given for a static one.
        self._deciding: tuple[int, ...] = ()
        outputs = self.definition.outputs
        self._single = len(outputs) == 1 and not outputs[0].is_list
        if self.kernel is not None:
            self._prepare_kernel(self.kernel)

    @classmethod
    def get(cls, name: str) -> Op:
        """The one object for the op `name`; KeyError if TensorFlow has no such op."""
        found = cls._instances.get(name)
        if found is None:
            found = cls._instances[name] = cls(name)
        return found

    def _prepare_kernel(self, kernel: registry.Kernel) -> None:
        definition = self.definition
        # Static inputs known from the declaration alone, and nothing else about the call that is special.
        self._static_by_value = (
            bool(kernel.static)
            and not (kernel.host or kernel.rng or kernel.shapes_only or kernel.static_choice is not None)
            and all(a.dtype not in OPAQUE for a in (*definition.inputs, *definition.outputs))
        )
        static_types = {a.type_attr for i, a in enumerate(definition.inputs) if i in kernel.static and a.type_attr}
        self._deciding = tuple(
            i for i, a in enumerate(definition.inputs) if a.type_attr in static_types and i not in kernel.static
        )
        first_use = {a.type_attr: i for i, a in reversed(list(enumerate(definition.inputs))) if a.type_attr}
        inferred = []
        for name in kernel.attr_names:
            if name in first_use:
                inferred.append((name, first_use[name]))
        self._inferred = tuple(inferred)
        complete = all(definition.attrs[n].has_default for n in kernel.attr_names)
        if definition.flat and complete and not inferred:
            self._default = op_computation(kernel, tuple(definition.attrs[n].default for n in kernel.attr_names))
            attrs = {a.type_attr for a in definition.inputs}
            self._one_type = len(attrs) == 1 and None not in attrs and len(definition.inputs) > 1
            if self._default.simple and self._single and len(definition.inputs) in (1, 2):
                self._quick = self._default

    def __repr__(self) -> str:
        return f"<op {self.name}>"

    def __call__(self, *inputs: Any, name: str | None = None, **attrs: Any) -> Any:
        quick = self._quick
        if quick is not None and context.plain and not attrs:
            # The hottest path of all: one or two tensors on a device.
            value = None
            try:
                if len(inputs) == 2:
                    x, y = inputs
                    if type(x) is EagerTensor is type(y):
                        one, other = x._value, y._value
                        # What is on the host alone is NumPy's, unless it is combined with what is not.
                        if one is None and (other is not None or quick.hot):
                            one = x._placed
                        if other is None and (x._value is not None or quick.hot):
                            other = y._placed
                        if one is not None is not other:
                            value = quick.program_for_default(one, other)
                elif len(inputs) == 1:
                    x = inputs[0]
                    if type(x) is EagerTensor:
                        one = x._placed if x._value is None and quick.hot else x._value
                        if one is not None:
                            value = quick.program_for_default(one)
            except Exception:
                value = None  # the call below raises it again
            if value is not None and type(value) is not list:
                value = EagerTensor(value)
                if not context.bare:
                    record(quick, inputs, (value,))
                return value
        try:
            if context.plain:
                result = self._call_quickly(inputs, attrs)
                if result is not None:
                    return result
            return self._call_general(inputs, attrs, name)
        except Exception as error:
            # The traceback ends here, near the user's line: what lies below says nothing about the mistake.
            if traceback_filter.enabled:
                error.__traceback__ = None
            raise

    def _call_quickly(self, inputs: tuple[Any, ...], attrs: dict[str, Any]) -> Any:
        """The result for inputs like those of an earlier call, without conversion. None: not for this path."""
        computation = self._default
        flat: Any = inputs
        if not self.definition.flat:
            computation, flat = self._lookup_lists(inputs, attrs)
        elif attrs or computation is None:
            computation = self._lookup(attrs)
        if computation is None:
            return None
        if computation.simple:
            return self._call_simple(computation, flat)
        if computation.static_positions and self._static_by_value and not computation.crowded:
            return self._call_static(computation, flat, inputs)
        return None

    def _lookup(self, attrs: dict[str, Any]) -> OpComputation | None:
        # Raw values as key: what compares equal has one canonical form, for the attribute's type decides. What equals
        # a truth value without being one is refused in the general way.
        for flag in self._flags:
            if flag in attrs and type(attrs[flag]) is not bool:
                return None
        try:
            found = self._by_attrs.get(tuple(attrs.items()))
        except TypeError:
            return None
        return None if found is None else found[0]

    def _lookup_lists(self, inputs: tuple[Any, ...], attrs: dict[str, Any]) -> tuple[OpComputation | None, Any]:
        """What was computed before for lists of these lengths, and the flat inputs. None: not for a fast path."""
        flat: list[Any] = []
        lens: list[int | None] = []
        for arg, value in zip(self.definition.inputs, inputs, strict=False):
            if not arg.is_list:
                flat.append(value)
                lens.append(None)
            elif type(value) is list or type(value) is tuple:
                flat.extend(value)
                lens.append(len(value))
            else:
                return None, None
        try:
            found = self._by_attrs.get((*lens, *attrs.items()))
        except TypeError:
            return None, None
        return (None, None) if found is None else (found[0], tuple(flat))

    def _call_simple(self, computation: OpComputation, inputs: tuple[Any, ...]) -> Any:
        """The hot path: eager tensors and Python scalars into the compiled program. None: not for this path."""
        operands = []
        anchor = None
        mixed = False
        on_host = 0
        for x in inputs:
            if type(x) is EagerTensor:
                value = x._value
                if value is None:
                    value = x._host
                    if value is None or value.dtype.hasobject or value.dtype.names:
                        return None
                    if value.size <= SMALL and not computation.hot:
                        on_host += 1
                    else:
                        value = x.operand()
                anchor = value
                operands.append(value)
            elif type(x) in variable_types:
                inputs = tuple([y._read() if type(y) in variable_types else y for y in inputs])
                return self._call_simple(computation, inputs)
            else:
                mixed = True
                operands.append(x)
        if mixed:
            if anchor is None or not self._one_type:
                return None
            for i, x in enumerate(inputs):
                if type(x) is not EagerTensor:
                    kind = type(x)
                    numpy_kind = anchor.dtype.kind
                    # Only what converts exactly and without a rule of TensorFlow's: the rest goes the general way.
                    if (kind is float and numpy_kind == "f") or (
                        kind is int and numpy_kind in "if" and -(2**15) <= x < 2**15 and anchor.dtype.itemsize > 1
                    ):
                        if on_host:
                            operands[i] = np.asarray(x, anchor.dtype)
                            on_host += 1
                        else:
                            operands[i] = _scalar_operand(x, anchor.dtype)
                    else:
                        return None
        if computation.kernel.numpy is not None and all_on_host(operands):
            return None
        result = by_numpy(computation, (), operands) if on_host == len(operands) else None
        if result is not None:
            outputs = as_tensors(result)
        else:
            if on_host:
                operands = [x.operand() if type(x) is EagerTensor else o for x, o in zip(inputs, operands, strict=True)]
            try:
                result = computation.program_for_default(*operands)
            except Exception as error:
                if on_several_devices(operands):
                    return None
                raise as_op_error(error, self.name) from None
            outputs = _outputs(computation, (), operands, result)
        if context.tapes or context.accumulators:
            if mixed:
                inputs = tuple(
                    [
                        x if type(x) is EagerTensor else host_tensor(o) if type(o) is np.ndarray else EagerTensor(o)
                        for x, o in zip(inputs, operands, strict=True)
                    ]
                )
            record(computation, inputs, outputs)
        return outputs[0] if self._single else self._pack(outputs, {})

    def _call_static(self, computation: OpComputation, inputs: tuple[Any, ...], given: tuple[Any, ...]) -> Any:
        """Like `_call_simple`, with static inputs given as Python integers or host arrays. None: not for this path."""
        positions = computation.static_positions
        operands = []
        key: list[Any] = []
        on_host = 0
        for i, x in enumerate(inputs):
            if i in positions:
                kind = type(x)
                if kind is int:
                    key.append(x)
                elif kind is list or kind is tuple:
                    for v in x:
                        if type(v) is not int:
                            return None
                    key.append(tuple(x))
                elif kind is EagerTensor and x._host is not None and x._host.dtype != object:
                    key.append((x._host.dtype.char, x._host.shape, x._host.tobytes()))
                elif kind is np.ndarray and x.dtype != object:
                    key.append((x.dtype.char, x.shape, x.tobytes()))
                else:
                    return None
            elif type(x) is EagerTensor:
                value = x._value
                if value is None:
                    value = x._host
                    if value is None or value.dtype.hasobject or value.dtype.names:
                        return None
                    if value.size <= SMALL and not computation.hot:
                        on_host += 1
                    else:
                        value = x.operand()
                operands.append(value)
                if i in self._deciding:
                    key.append(x._dtype)
            else:
                return None
        if computation.kernel.numpy is not None and all_on_host(operands):
            return None
        entry = computation.by_values.get(tuple(key))
        if entry is None:
            computation.by_values[tuple(key)] = self._static_entry(computation, given)
            entry = computation.by_values[tuple(key)]
        program, statics, tensors = entry
        result = by_numpy(computation, statics, operands) if on_host == len(operands) else None
        if result is not None:
            outputs = as_tensors(result)
        else:
            if on_host:
                operands = [x.operand() for i, x in enumerate(inputs) if i not in positions]
            try:
                result = program(*operands)
            except Exception as error:
                if on_several_devices(operands):
                    return None
                raise as_op_error(error, self.name) from None
            outputs = _outputs(computation, statics, operands, result)
        if context.tapes or context.accumulators:
            full = tuple([tensors[i] if i in positions else x for i, x in enumerate(inputs)])
            record(computation, full, outputs)
        return outputs[0] if self._single else self._pack(outputs, {})

    def _static_entry(self, computation: OpComputation, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        """The program for these static inputs, their arrays, and their tensors by position."""
        converted, _ = self._convert(inputs, {})
        tensors = {i: converted[i] for i in computation.static_positions}
        statics = tuple([tensors[i].host_value() for i in computation.static_positions])  # type: ignore[attr-defined]
        return computation.program(statics, jax.default_backend()), statics, tensors

    def _call_general(self, inputs: Sequence[Any], attrs: dict[str, Any], name: str | None) -> Any:
        if len(inputs) != len(self.definition.inputs):
            expected = ", ".join(a.name for a in self.definition.inputs)
            raise TypeError(f"{self.name} takes the inputs ({expected}), got {len(inputs)} values")
        graph = context.graph
        if graph is not None and (home := graph.home_of(inputs)) is not graph:
            with home.as_default():
                return self._call_general(inputs, attrs, name)
        scope = graph.node_scope(name or self.name) if graph is not None else None
        canonical = canonical_attrs(self.definition, attrs)
        if scope is not None:
            with scope as node_name:
                tensors, lens = self._convert(inputs, canonical)
                outputs = self._run(tensors, lens, canonical, attrs, node_name)
        else:
            tensors, lens = self._convert(inputs, canonical)
            outputs = self._run(tensors, lens, canonical, attrs, name)
        return self._pack(outputs, {**_lists(self.definition, lens), **canonical, **_counts(self.definition, lens)})

    def _run(self, tensors, lens, canonical, attrs, name):
        computation, canonical = self._computation(tensors, lens, canonical, attrs)
        return execute(computation, tensors, canonical, name)

    def _computation(
        self,
        tensors: Sequence[Tensor],
        lens: tuple[int | None, ...] | None,
        canonical: dict[str, Any],
        attrs: dict[str, Any],
    ) -> tuple[OpComputation, dict[str, Any]]:
        kernel = self.kernel
        if kernel is None:
            raise UnimplementedError(
                None,
                None,
                f"tfshim has no kernel for the op {self.name} yet: compose it from other tf functions, or bring in a "
                "JAX function for it",
            )
        if self._inferred or lens is not None:
            counts = _counts(self.definition, lens)
            canonical = {**canonical, **counts}
            for attr, position in self._inferred:
                if attr not in canonical:
                    canonical[attr] = _first_of(tensors, position, lens).dtype
            if lens is not None:
                for i, arg in enumerate(self.definition.inputs):
                    if arg.type_list_attr in kernel.attr_names:
                        start = sum(1 if n is None else n for n in lens[:i])
                        canonical[arg.type_list_attr] = tuple(t.dtype for t in tensors[start : start + lens[i]])
        values = []
        for attr in kernel.attr_names:
            if attr in canonical:
                values.append(canonical[attr])
            elif self.definition.attrs[attr].has_default:
                values.append(self.definition.attrs[attr].default)
            else:
                raise TypeError(f"{self.name} is missing the required attribute '{attr}'")
        static = None
        if kernel.static_choice is not None:
            names = [a.name for a in self.definition.inputs]
            static = kernel.static_inputs(
                values, lambda name: constant_value(_first_of(tensors, names.index(name), lens))
            )
        computation = op_computation(kernel, tuple(values), lens, static)
        typed = any(a.type_list_attr for a in self.definition.inputs)
        if not self._inferred and not typed and len(self._by_attrs) < 1000:
            # An attribute given as a list has a canonical form, but is no key for the fast path.
            with contextlib.suppress(TypeError):
                self._by_attrs[(*(lens or ()), *attrs.items())] = (computation, canonical)
        return computation, canonical

    def _convert(
        self, inputs: Sequence[Any], attrs: dict[str, Any]
    ) -> tuple[list[Tensor], tuple[int | None, ...] | None]:
        """Flat tensors for the inputs, and the lengths of list inputs (None if there are none)."""
        definition = self.definition
        types = {n: v for n, v in attrs.items() if definition.attrs[n].type == "type"}
        graph = context.graph
        adapts = self._adapts or graph is None
        if graph is None and not definition.flat:
            # Eagerly, anything that has a sequence of elements is a list.
            inputs = [
                list(value) if arg.is_list and isinstance(value, (EagerTensor, np.ndarray, str)) else value
                for arg, value in zip(definition.inputs, inputs, strict=True)
            ]
        for arg, value in zip(definition.inputs, inputs, strict=True):
            if adapts and arg.type_attr is not None and arg.type_attr not in types:
                found = _dtype_of(value if not arg.number_attr else _first_tensor(value))
                if found is not None:
                    types[arg.type_attr] = found
        flat: list[Tensor] = []
        lens: list[int | None] = []
        for arg, value in zip(definition.inputs, inputs, strict=True):
            if type(value) is float and graph is None and arg.type_attr is not None and arg.type_attr not in types:
                self._refuse_fraction(arg, value, inputs)
            if not arg.is_list:
                scope_name = arg.name if graph is not None else None
                flat.append(self._convert_one(arg, value, types, scope_name))
                lens.append(None)
                continue
            if not isinstance(value, (list, tuple)):
                raise TypeError(f"Expected list for '{arg.name}' argument to '{self.name}' Op, not {value!r}.")
            lens.append(len(value))
            for i, item in enumerate(value):
                if graph is None:
                    flat.append(self._convert_one(arg, item, types, None))
                    continue
                try:
                    flat.append(self._convert_one(arg, item, types, f"{arg.name}_{i}"))
                except ValueError as error:
                    # One element that does not convert makes the list of the wrong type, in graphs.
                    raise TypeError(str(error)) from None
        return flat, (None if definition.flat else tuple(lens))

    def _convert_one(self, arg: op_table.Arg, value: Any, types: dict[str, DType], name: str | None) -> Tensor:
        if type(value) is EagerTensor and context.graph is None:
            return value
        try:
            if arg.type_attr is None:
                if arg.dtype is dtypes.resource and not isinstance(value, Tensor):
                    value = getattr(value, "handle", value)
                tensor = convert_to_tensor(value, None if isinstance(value, Tensor) else arg.dtype, name)
            elif arg.type_attr in types:
                dtype = types[arg.type_attr]
                tensor = convert_to_tensor(value, None if isinstance(value, Tensor) else dtype, name)
            else:
                attr = self.definition.attrs[arg.type_attr]
                hint = attr.default if attr.has_default else None
                if hint is not None and hint.is_floating and context.graph is None:
                    value = host_values.taken_as(value, hint)
                tensor = convert_to_tensor(value, None, name, hint=hint, own=attr.allowed)
                types[arg.type_attr] = tensor.dtype
        except (TypeError, ValueError) as error:
            if context.graph is None or isinstance(error, OpError):
                raise
            known = arg.dtype if arg.type_attr is None else types.get(arg.type_attr)
            if known is not None and type(error) is ValueError and not isinstance(value, Tensor):
                self._refuse_other_dtype(arg, value, known)
            if known is None or type(error) is not TypeError or isinstance(value, Tensor):
                raise type(error)(f"{error} (input '{arg.name}' of '{self.name}' Op)") from None
            raise TypeError(
                f"Expected {known.name} passed to parameter '{arg.name}' of op '{self.name}', got {value!r} of type "
                f"'{type(value).__name__}' instead. Error: {error}"
            ) from None
        return tensor

    def _refuse_fraction(self, arg: op_table.Arg, value: float, inputs: Sequence[Any]) -> None:
        """Raises TypeError for a number with a fraction where an integer is the default.

        Eager TensorFlow tries no other dtype than the default, unless it has already met a list among the inputs.
        """
        attr = self.definition.attrs[arg.type_attr]  # type: ignore[index]
        if not attr.has_default or not attr.default.is_integer:
            return
        before = inputs[: self.definition.inputs.index(arg)]
        if not any(isinstance(v, (list, tuple)) for v in before):
            raise TypeError(f"Cannot convert {value!r} to EagerTensor of dtype {attr.default.name}")

    def _refuse_other_dtype(self, arg: op_table.Arg, value: Any, known: DType) -> None:
        """Raises TypeError if a value that does not convert to the `known` dtype converts to one of its own."""
        try:
            dtype = convert_to_tensor(value).dtype
        except (TypeError, ValueError):
            return
        raise TypeError(wrong_dtype(self.definition, arg, 0, dtype, known, (dtype,)).in_graph) from None

    def _pack(self, outputs: Sequence[Tensor], attrs: dict[str, Any]) -> Any:
        """Outputs as the caller sees them: one tensor, a tuple with lists for list outputs, or None."""
        if self._single:
            return outputs[0]
        declared = self.definition.outputs
        if not declared:
            return None
        if not any(a.is_list for a in declared):
            return tuple(outputs)
        result: list[Any] = []
        position = 0
        for arg in declared:
            if not arg.is_list:
                result.append(outputs[position])
                position += 1
                continue
            if len(declared) == 1:
                return list(outputs)
            count = attrs[arg.number_attr] if arg.number_attr else len(attrs[arg.type_list_attr])
            result.append(list(outputs[position : position + count]))
            position += count
        return tuple(result)


class OrderedOp(Op):
    """An op as TensorFlow's users call it: in a graph, the first of the inputs of one type decides it.

    `tf.multiply(1, x)` of a float `x` is an error there, as it is in TensorFlow; `tf.multiply(x, 1)` is none.
    """

    __slots__ = ()
    _instances: dict[str, Op] = {}
    _adapts = False


def _counts(definition: op_table.OpDef, lens: tuple[int | None, ...] | None) -> dict[str, int]:
    if lens is None:
        return {}
    return {
        arg.number_attr: n
        for arg, n in zip(definition.inputs, lens, strict=True)
        if arg.number_attr is not None and n is not None
    }


def _lists(definition: op_table.OpDef, lens: tuple[int | None, ...] | None) -> dict[str, range]:
    """By attribute, as many entries as the list of dtypes has that the inputs determine."""
    return {
        arg.type_list_attr: range(n)
        for arg, n in zip(definition.inputs, lens or (), strict=False)
        if arg.type_list_attr is not None and n is not None
    }


def _first_of(tensors: Sequence[Tensor], position: int, lens: tuple[int | None, ...] | None) -> Tensor:
    if lens is None:
        return tensors[position]
    return tensors[sum(1 if n is None else n for n in lens[:position])]


def _dtype_of(value: Any) -> DType | None:
    """The dtype of what already is a tensor or variable; None for values that adapt to others."""
    if isinstance(value, Tensor) or hasattr(type(value), "__tf_tensor__"):
        dtype = getattr(value, "dtype", None)
        return dtype if isinstance(dtype, DType) else None
    return None


def _first_tensor(values: Any) -> Any:
    if isinstance(values, (list, tuple)):
        for value in values:
            if _dtype_of(value) is not None:
                return value
    return None
