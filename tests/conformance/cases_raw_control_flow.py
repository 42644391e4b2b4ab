"""Ops of `tf.raw_ops` that run functions, eagerly and inside functions."""

from __future__ import annotations

from .inputs import f32
from .runner import Case, Program, raised


def _functions(tf):
    spec = tf.TensorSpec([3], tf.float32)
    double = tf.function(lambda x: x * 2.0).get_concrete_function(spec)
    plus = tf.function(lambda x: x + 1.0).get_concrete_function(spec)
    small = tf.function(lambda x: tf.reduce_sum(x) < 50.0).get_concrete_function(spec)
    scaled = tf.function(lambda i, x: x * tf.cast(i, tf.float32)).get_concrete_function(
        tf.TensorSpec([], tf.int32), spec
    )
    return double, plus, small, scaled


def _branches(tf, x):
    double, plus, _, _ = _functions(tf)
    raw, types = tf.raw_ops, [tf.float32]
    total = tf.reduce_sum(x)
    return [
        raw.If(cond=total > 0.0, input=[x], Tout=types, then_branch=double, else_branch=plus),
        raw.StatelessIf(cond=total, input=[x], Tout=types, then_branch=double, else_branch=plus),
        raw.If(cond=x, input=[x], Tout=types, then_branch=double, else_branch=plus, output_shapes=[[3]]),
        raw.Case(branch_index=7, input=[x], Tout=types, branches=[double, plus]),
        raw.StatelessCase(branch_index=tf.cast(total, tf.int32), input=[x], Tout=types, branches=[double, plus]),
    ]


def _branch(tf, x):
    double, plus, _, _ = _functions(tf)
    return tf.raw_ops.If(
        cond=tf.reduce_sum(x) > 0.0, input=[x], Tout=[tf.float32], then_branch=double, else_branch=plus
    )


def _loops(tf, x):
    double, _, small, scaled = _functions(tf)
    x = tf.abs(x) + 1.0
    return [
        tf.raw_ops.While(input=[x], cond=small, body=double),
        tf.raw_ops.StatelessWhile(input=[x], cond=small, body=double, output_shapes=[[3]]),
        tf.raw_ops.For(start=1, limit=5, delta=1, input=[x], body=scaled),
        tf.raw_ops.For(start=5, limit=tf.size(x), delta=-2, input=[x], body=scaled),
        tf.raw_ops.For(start=1, limit=1, delta=0, input=[x], body=scaled),
    ]


def _calls(tf, x):
    double, plus, _, _ = _functions(tf)
    device = "/job:localhost/replica:0/task:0/device:CPU:0"
    return [
        tf.raw_ops.PartitionedCall(args=[x], Tout=[tf.float32], f=double),
        tf.raw_ops.StatefulPartitionedCall(args=[x], Tout=[tf.float32], f=plus),
        tf.raw_ops.RemoteCall(target=device, args=[x], Tout=[tf.float32], f=plus),
    ]


def _captures(tf):
    v = tf.Variable(3.0)
    scale = tf.function(lambda x: v.assign_add(x) * 2.0).get_concrete_function(tf.TensorSpec([], tf.float32))
    given = {"Tout": [tf.float32], "then_branch": scale, "else_branch": scale}
    return [
        tf.raw_ops.If(cond=True, input=[5.0, v.handle], **given),
        tf.function(lambda c: tf.raw_ops.If(cond=c, input=[5.0, v.handle], **given))(tf.constant(False)),
        v,
        raised(lambda: tf.raw_ops.If(cond=True, input=[5.0], **given)),
    ]


def _errors(tf):
    double, _, _, scaled = _functions(tf)
    x = tf.ones([3])
    raw = tf.raw_ops
    return [
        raised(lambda: raw.For(start=1, limit=5, delta=0, input=[x], body=scaled)),
        raised(lambda: raw.For(start=5, limit=1, delta=1, input=[x], body=scaled)),
        raised(lambda: raw.PartitionedCall(args=[x, x], Tout=[tf.float32], f=double)),
        raised(lambda: raw.If(cond=True, input=[x], Tout=[tf.int32], then_branch=double, else_branch=double)),
        raised(
            lambda: raw.If(
                cond=True, input=[x], Tout=[tf.float32], then_branch=tf.function(tf.identity), else_branch=double
            )
        ),
        raised(lambda: raw.Assert(condition=False, data=[1.0, 2])),
        raised(lambda: raw.Placeholder(dtype=tf.float32)),
        raw.Assert(condition=True, data=[1.0]),
        raw.NoOp(),
        raw.ControlTrigger(),
    ]


FINER = "the functions' own shapes are known"


def _symbolic_gradient(tf):
    scalar = tf.TensorSpec([], tf.float32)
    traced = tf.function(lambda x, y, z: (x * x * y, tf.sin(y))).get_concrete_function(scalar, scalar, scalar)

    def gradient(*values):
        return tf.raw_ops.SymbolicGradient(input=list(values), Tout=[tf.float32] * 3, f=traced)

    seeds = [tf.constant(s) for s in (2.0, 3.0, 1.0, 1.0, 0.5)]
    return [tf.function(gradient)(*seeds), raised(lambda: gradient(*seeds))]


def _by_name(tf):
    """Raw ops take functions by their names too."""
    double, triple = (tf.function(lambda x, k=k: x * k).get_concrete_function(tf.TensorSpec([])) for k in (2.0, 3.0))
    one, float32 = [tf.constant(1.0)], [tf.float32]

    def branch(condition):
        return tf.raw_ops.StatelessIf(
            cond=condition, input=one, Tout=float32, then_branch=double.name, else_branch=triple.name
        )

    return [
        tf.raw_ops.PartitionedCall(args=one, Tout=float32, f=double.name),
        branch(True),
        tf.function(lambda: branch(False))(),
    ]


CASES = [
    Program("by-name", _by_name),
    Program("symbolic-gradient", _symbolic_gradient),
    Case(
        "branch-gradient",
        _branch,
        [f32(3)],
        grad=True,
        modes=("function",),
        reason="raw calls have no eager gradients",
        finer_shapes=FINER,
    ),
    Case("branches", _branches, [f32(3)], finer_shapes=FINER),
    Case("loops", _loops, [f32(3)], finer_shapes=FINER),
    Case("calls", _calls, [f32(3)], finer_shapes=FINER),
    Program("captures", _captures),
    Program("errors", _errors),
    Program("truth", lambda tf: [tf.raw_ops.ToBool(input=v) for v in (1.0, 0, "", "a", [], [0.0])]),
    Program(
        "old-nodes",
        lambda tf: [
            tf.raw_ops.Switch(data=1.0, pred=True).output_true,
            tf.raw_ops.Merge(inputs=[1.0, 2.0]),
            tf.raw_ops.LoopCond(input=True),
            tf.raw_ops.Enter(data=1.0, frame_name="a"),
            tf.raw_ops.Exit(data=1.0),
            tf.raw_ops.NextIteration(data=1.0),
        ],
    ),
    Case(
        "assert",
        lambda tf, x: [tf.raw_ops.Assert(condition=tf.reduce_all(x < 100.0), data=[x]), x + 1.0][1],
        [f32(3)],
    ),
    Case("to-bool", lambda tf, x: [tf.raw_ops.ToBool(input=x), tf.raw_ops.ToBool(input=x[0])], [f32(3)]),
]
