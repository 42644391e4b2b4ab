"""Concrete functions: their type, how they print, how they are called, and what else they offer."""

from __future__ import annotations

import collections
import inspect
import re

from .runner import Program, raised

Pair = collections.namedtuple("Pair", "a b")


def _texts(function):
    """What a concrete function prints, without addresses and the keys of captures."""
    texts = [
        str(function),
        repr(function),
        function.pretty_printed_signature(),
        function.pretty_printed_signature(verbose=False),
        str(function.function_type),
        repr(function.function_type),
    ]
    return [re.sub(r"\b(0x[0-9A-Fa-f]+|\d{9,})\b", "ID", t) for t in texts]


def printed(make):
    def program(tf):
        concrete = make(tf)
        parameters = [
            (p.name, p.kind.name, p.optional, repr(p.type_constraint))
            for p in concrete.function_type.parameters.values()
        ]
        return _texts(concrete), parameters, concrete.structured_input_signature, [t.name for t in concrete.inputs]

    return program


def _many_parameters(tf):
    @tf.function
    def f(x, y=2, *args, k, z=3.0, **kw):
        return {"a": x * z, "b": (k, None)}

    return f.get_concrete_function(tf.TensorSpec([None]), k=tf.TensorSpec([2], tf.int32, name="kk"))


def _variadic(tf):
    @tf.function
    def f(x, *args, **kw):
        return x

    return f.get_concrete_function(tf.constant(1), tf.constant(2.0), 5, [tf.constant(3)], b=tf.constant(1), a="q")


def _structures(tf):
    v = tf.Variable([1.0, 2.0])

    @tf.function
    def f(d, items, s="hi"):
        return d["x"] + items[0] + v, [d["y"]]

    specs = {"x": tf.TensorSpec([2]), "y": tf.TensorSpec([], tf.int32)}
    concrete = f.get_concrete_function(specs, [tf.TensorSpec([2])])
    concrete.kept = v
    return concrete


def _named_tuple_and_variable(tf):
    @tf.function
    def f(pair, v):
        return Pair(pair.a, pair.a), v + 1

    return f.get_concrete_function(Pair(tf.constant(1), 2), tf.Variable([1.0, 2.0]))


def _input_signature(tf):
    @tf.function(input_signature=[tf.TensorSpec([None, 2], name="inp"), tf.TensorSpec([], tf.int32)])
    def f(a, b=3):
        return a

    return f.get_concrete_function()


def _nothing(tf):
    return tf.function(lambda: None).get_concrete_function()


def _nested_result(tf):
    @tf.function
    def f(x):
        return x, (x, [x]), {"q": x}, 3

    return f.get_concrete_function(tf.constant([1, 2]))


def _method(tf):
    class Module(tf.Module):
        @tf.function
        def method(self, x, flag=True):
            return x

    module = Module()
    concrete = module.method.get_concrete_function(tf.constant(1))
    concrete.kept = module
    return concrete


def _function_type(tf):
    concrete, other = _nested_result(tf), _nested_result(tf)
    traced, same = concrete.function_type, other.function_type
    general = tf.function(lambda x: x).get_concrete_function(tf.TensorSpec([None], tf.int32)).function_type
    polymorphic = type(traced).from_callable(lambda x, y=1, *a, k, **kw: x)
    return [
        isinstance(traced, tf.types.experimental.FunctionType),
        isinstance(traced, inspect.Signature),
        traced == same,
        traced.is_supertype_of(same),
        general.is_supertype_of(traced),
        traced.is_supertype_of(general),
        repr(traced.output),
        traced.flat_inputs,
        traced.flat_outputs,
        traced.flat_captures,
        list(traced.captures),
        traced.most_specific_common_subtype([general]).flat_inputs,
        str(polymorphic),
        repr(polymorphic),
        repr(polymorphic.parameters["y"]),
        raised(lambda: polymorphic.is_supertype_of(polymorphic)),
        str(tf.types.experimental.FunctionType.from_callable(lambda x, y=1: x)),
    ]


def _calls(tf):
    f, variadic = _nested_result(tf), _variadic(tf)
    one, two, three = tf.constant(1), tf.constant(2.0), [tf.constant(3)]
    return [
        f([3, 4])[0],
        f(x=tf.constant([5, 6]))[3],
        f(tf.constant([1, 2, 3]))[0],  # shapes are not checked
        raised(lambda: f()),
        raised(lambda: f(1, 2)),
        raised(lambda: f(y=1)),
        raised(lambda: f(tf.constant(1.0))),
        raised(lambda: f("a")),
        raised(lambda: f([1, 2], x=3)),
        variadic(one, two, 5, three, b=one, a="q"),
        raised(lambda: variadic(one, two, 6, three, b=one, a="q")),
        raised(lambda: variadic(x=one)),
    ]


def _members(tf):
    v = tf.Variable([1.0, 2.0])
    f = tf.function(lambda x: x * v).get_concrete_function(tf.constant(1.0))
    w = tf.Variable([10.0, 20.0])
    before = f(tf.constant(2.0))
    kinds = {n.op for n in f.function_def.node_def}
    f.replace_capture_with_deferred_capture(v.handle, lambda: w.handle, tf.TensorSpec([], tf.resource))
    after = f(tf.constant(2.0))
    f.set_variables([w])
    return [
        before,
        after,
        sorted(kinds & {"Mul", "ReadVariableOp"}),
        [a.type for a in f.function_def.signature.input_arg],
        f.variables[0] is w,
        f.output_shapes,
        f.output_dtypes,
        len(f.captured_inputs),
        f.add_to_graph(tf.Graph()),
    ]


def _polymorphic(tf):
    @tf.function
    def f(x, y=2):
        return x

    f(tf.constant(1))
    f(tf.constant([1.0]))
    signed = tf.function(lambda a, b=3: a, input_signature=[tf.TensorSpec([None]), tf.TensorSpec([], tf.int32)])
    return [
        f.pretty_printed_concrete_signatures(),
        f.pretty_printed_concrete_signatures(verbose=False),
        str(f.function_type),
        repr(f.function_type),
        str(signed.function_type),
        f.function_spec.arg_names,
        f.function_spec.default_values,
        f.function_spec.input_signature,
        f.function_spec.is_pure,
        f.function_spec.fullargspec.args,
        signed.function_spec.flat_input_signature,
        raised(lambda: f.experimental_get_compiler_ir(tf.constant(1))("hlo")),
    ]


CASES = [
    *(
        Program(f"printed-{name}", printed(make))
        for name, make in {
            "many-parameters": _many_parameters,
            "variadic": _variadic,
            "structures": _structures,
            "named-tuple-and-variable": _named_tuple_and_variable,
            "input-signature": _input_signature,
            "nothing": _nothing,
            "nested-result": _nested_result,
            "method": _method,
        }.items()
    ),
    Program("function-type", _function_type),
    Program("calls", _calls),
    Program("members", _members),
    Program("polymorphic", _polymorphic),
]
