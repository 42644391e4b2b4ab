"""The optimizers of `tf.compat.v1.train`: steps, slots and names in graphs and in eager mode, the global step."""

from __future__ import annotations

import numpy as np

from .runner import Program, raised

OPTIMIZERS = {
    "gradient-descent": lambda t: t.GradientDescentOptimizer(0.1),
    "momentum": lambda t: t.MomentumOptimizer(0.1, 0.9),
    "nesterov": lambda t: t.MomentumOptimizer(0.1, 0.9, use_nesterov=True),
    "adam": lambda t: t.AdamOptimizer(0.1),
    "adagrad": lambda t: t.AdagradOptimizer(0.1),
    "rmsprop": lambda t: t.RMSPropOptimizer(0.1),
    "rmsprop-centered": lambda t: t.RMSPropOptimizer(0.1, momentum=0.5, centered=True),
    "ftrl": lambda t: t.FtrlOptimizer(0.1, l1_regularization_strength=0.01, l2_regularization_strength=0.02),
    "ftrl-shrinkage": lambda t: t.FtrlOptimizer(0.1, l2_shrinkage_regularization_strength=0.1, beta=0.3),
    "adadelta": lambda t: t.AdadeltaOptimizer(1.0),
    "proximal-gradient-descent": lambda t: t.ProximalGradientDescentOptimizer(0.1, 0.01, 0.02),
    "proximal-adagrad": lambda t: t.ProximalAdagradOptimizer(0.1, 0.1, 0.01, 0.02),
    "adagrad-da": lambda t: t.AdagradDAOptimizer(0.1, t.get_or_create_global_step(), 0.1, 0.01, 0.02),
}
START = np.arange(8, dtype=np.float32).reshape(4, 2) / 4


def _loss(tf, w, b, sparse):
    rows = tf.gather(w, [0, 2, 2]) if sparse else tf.matmul([[0.1, 0.2, 0.3, 0.4]], w)
    return tf.reduce_mean(tf.square(rows + b - 1.0))


def in_graph(make, sparse):
    def program(tf):
        v1 = tf.compat.v1
        with tf.Graph().as_default() as graph:
            w = v1.get_variable("w", initializer=START)
            b = v1.get_variable("b", [2], initializer=v1.ones_initializer())
            loss = _loss(tf, w, b, sparse)
            optimizer = make(v1.train)
            step = v1.train.get_or_create_global_step()
            train = optimizer.minimize(loss, global_step=step)
            other = optimizer.minimize(loss, name="other")
            slots = optimizer.get_slot_names()
            with v1.Session() as session:
                session.run(v1.global_variables_initializer())
                losses = [session.run([loss, train])[0] for _ in range(4)]
                session.run(other)
                values = session.run([w, b, step, optimizer.variables()])
            return [
                optimizer.get_name(),
                [train.name, train.type, other.name, other.type],
                slots,
                [optimizer.get_slot(w, s).name for s in slots],
                optimizer.get_slot(w, "nothing"),
                [v.name for v in optimizer.variables()],
                [v.name for v in v1.global_variables()],
                [v.name for v in v1.trainable_variables()],
                len(graph.get_collection("train_op")),
                losses,
                values,
            ]

    return program


def eagerly(make, sparse):
    def program(tf):
        w, b = tf.Variable(START, name="w"), tf.Variable([1.0, 1.0], name="b")
        step = tf.Variable(0, dtype=tf.int64)
        optimizer = make(tf.compat.v1.train)
        results = [optimizer.minimize(lambda: _loss(tf, w, b, sparse), global_step=step) for _ in range(3)]
        pairs = optimizer.compute_gradients(lambda: _loss(tf, w, b, sparse), [w, b])
        results.append(optimizer.apply_gradients([(None, w), pairs[1]]))
        return results, w, b, step, optimizer.get_slot_names(), [v.numpy() for v in optimizer.variables()]

    return program


def _errors(tf):
    t = tf.compat.v1.train
    with tf.Graph().as_default():
        w, unused = tf.Variable(1.0), tf.Variable(2.0)
        tf.Variable(3)
        o = t.GradientDescentOptimizer(0.1)
        found = [(g is None, v.name) for g, v in o.compute_gradients(w * 2.0)]
        errors = [
            raised(lambda: o.minimize(tf.constant(1.0))),
            raised(lambda: o.minimize(w * 2.0, var_list=[unused])),
            raised(lambda: o.minimize(w * 2.0, var_list=[])),
            raised(lambda: o.apply_gradients([])),
            raised(lambda: o.apply_gradients([(None, w)])),
            raised(lambda: o.apply_gradients([(object(), w)])),
            raised(lambda: o.minimize(tf.constant(1))),
            raised(lambda: o.compute_gradients(w, gate_gradients=7)),
            raised(lambda: t.Optimizer(False, "")),
            raised(lambda: t.AdagradOptimizer(0.1, 0.0)),
            raised(lambda: t.FtrlOptimizer(0.1, 0.5)),
            raised(lambda: t.FtrlOptimizer(0.1, l1_regularization_strength=-1.0)),
        ]
    return found, errors, raised(lambda: o.minimize(tf.constant(1.0)))


def _constraint_and_callables(tf):
    v1 = tf.compat.v1
    with tf.Graph().as_default():
        w = tf.Variable(1.0, constraint=lambda v: tf.clip_by_value(v, 0.0, 0.5))
        rate = v1.placeholder_with_default(0.1, [])
        train = v1.train.GradientDescentOptimizer(lambda: rate).minimize(lambda: tf.square(w))
        with v1.Session() as session:
            session.run(v1.global_variables_initializer())
            values = []
            for feed in ({}, {rate: 0.5}):
                session.run(train, feed)
                values.append(session.run(w))
            return values


def _nested_variables(tf):
    with tf.Graph().as_default():
        w = {"b": tf.compat.v1.get_variable("b", [2]), "a": tf.compat.v1.get_variable("a", [])}
        loss, optimizer = tf.reduce_sum(w["a"] * w["b"]), tf.compat.v1.train.GradientDescentOptimizer(0.1)
        lists = (w.values(), w, [[w["a"]], w["b"]], w["a"])
        return [[v.name for _, v in optimizer.compute_gradients(loss, var_list=some)] for some in lists]


def _clipped(tf):
    v1 = tf.compat.v1
    with tf.Graph().as_default():
        w = tf.Variable([3.0, 4.0], name="w")
        optimizer = v1.train.GradientDescentOptimizer(1.0)
        pairs = optimizer.compute_gradients(tf.reduce_sum(w * w), grad_loss=tf.constant(2.0))
        gradients, norm = tf.clip_by_global_norm([g for g, _ in pairs], 1.0)
        train = optimizer.apply_gradients([(g, v) for g, (_, v) in zip(gradients, pairs)])
        with v1.Session() as session:
            session.run(v1.global_variables_initializer())
            return session.run([norm, train]), session.run(w)


def _global_step(tf):
    t = tf.compat.v1.train
    with tf.Graph().as_default() as graph:
        none = t.get_global_step()
        step = t.create_global_step()
        found = [
            t.get_global_step() is step,
            t.get_or_create_global_step(graph) is step,
            step.name,
            step.dtype,
            step.trainable,
            raised(lambda: t.create_global_step()),
            raised(lambda: t.assert_global_step(tf.constant(1.0))),
            raised(lambda: t.assert_global_step(tf.constant([1]))),
        ]
        with tf.compat.v1.Session() as session:
            session.run(step.initializer)
            return none, found, t.global_step(session, step)


CASES = [
    *(Program(f"graph-{n}", in_graph(m, False), rtol=1e-4) for n, m in OPTIMIZERS.items()),
    *(Program(f"graph-rows-{n}", in_graph(m, True), rtol=1e-4) for n, m in OPTIMIZERS.items()),
    *(Program(f"eager-{n}", eagerly(m, False), rtol=1e-4) for n, m in OPTIMIZERS.items()),
    *(Program(f"eager-rows-{n}", eagerly(m, True), rtol=1e-4) for n, m in OPTIMIZERS.items()),
    Program("errors", _errors),
    Program("constraint-and-callables", _constraint_and_callables),
    Program("nested-variables", _nested_variables),
    Program("clipped", _clipped),
    Program("global-step", _global_step),
]
