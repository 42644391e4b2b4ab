"""Devices of the nodes of a graph: scopes, functions that choose, and the setter for replicas."""

from __future__ import annotations

from .runner import Program, raised


def _device_functions(tf):
    seen = []

    def on_adders(op):
        seen.append((op.name, op.device))
        return "/cpu:1" if op.type == "AddV2" else ""

    with tf.Graph().as_default() as g:
        with tf.compat.v1.device(on_adders):
            a = tf.constant(1.0, name="a")
            with tf.device("/job:w"):
                b = a + a
        with tf.device("/job:q/task:2"):
            with g.device(on_adders), g.device(lambda op: tf.DeviceSpec(job="r")):
                c, d = a + a, a * a
                with tf.device(None), g.device("/gpu:0"):
                    e = a + a
            f = a + a
        with g.device(lambda op: None):
            error = raised(lambda: a * a)
        return [t.op.device for t in (a, b, c, d, e, f)], seen, error, raised(lambda: g.device("/no").__enter__())


def _replica_device_setter(tf):
    setter = tf.compat.v1.train.replica_device_setter
    with tf.Graph().as_default() as g:
        with g.device(setter(ps_tasks=2)):
            v, w = tf.Variable(1.0), tf.Variable(2.0)
            made = [v, w, v + w, v.initializer, v.initial_value]
        cluster = {"ps": ["a:1", "b:2", "c:3"], "worker": ["d:1"]}
        with g.device(setter(cluster=cluster, worker_device="/job:worker/task:1")):
            made += [tf.Variable(1.0) for _ in range(4)]
            with tf.device("/cpu:0"):
                made += [tf.Variable(1.0), v * 1.0]
        with g.device(setter(ps_tasks=2, merge_devices=False)), tf.device("/gpu:1"):
            made.append(tf.Variable(1.0))
        with g.device(setter(ps_tasks=2, ps_strategy=lambda op: 1, ps_ops=["Const"], ps_device="/job:foo")):
            made += [tf.Variable(1.0), tf.constant(1.0)]
        errors = [raised(lambda: setter(cluster=3)), raised(lambda: setter(ps_tasks=2, ps_strategy=3))]
        return [x.device for x in made], setter(), setter(cluster={"worker": ["d:1"]}), errors


CASES = [
    Program("device-functions", _device_functions),
    Program("replica-device-setter", _replica_device_setter),
]
