"""Optimizers that programs derive from those of `tf.compat.v1.train`: what they override, and what they call."""

from __future__ import annotations

import numpy as np

from .runner import Program, raised

START = np.arange(8, dtype=np.float32).reshape(4, 2) / 4


def _amsgrad(tf):
    """An optimizer from the base class, with slots of every kind, that says which of its methods was called."""
    v1 = tf.compat.v1

    class Amsgrad(v1.train.Optimizer):
        def __init__(self, rate):
            super().__init__(False, "Amsgrad")
            self._rate, self.calls = rate, []

        def _create_slots(self, var_list):
            first = min(var_list, key=lambda v: v.name)
            self._create_non_slot_variable(initial_value=0.9, name="power", colocate_with=first)
            for v in var_list:
                self._zeros_slot(v, "m", self._name)
                self._get_or_make_slot(v, tf.ones_like(START[: v.shape[0]]) * 0.1, "v", "second")
                ones = v1.ones_initializer()
                self._get_or_make_slot_with_initializer(v, ones, tf.TensorShape([3]), tf.float64, "n", self._name)

        def _prepare(self):
            self._rate_t = tf.convert_to_tensor(self._call_if_callable(self._rate), name="rate")

        def _step(self, grad, var):
            m = self.get_slot(var, "m")
            m_t = m.assign(0.9 * m + 0.1 * grad)
            return var.assign_sub(tf.cast(self._rate_t, var.dtype.base_dtype) * m_t).op

        def _apply_dense(self, grad, var):
            self.calls.append("dense")
            return self._step(grad, var)

        def _resource_apply_dense(self, grad, var):
            self.calls.append("resource dense")
            return self._step(grad, var)

        def _apply_sparse(self, grad, var):
            self.calls.append(("sparse", type(grad).__name__, grad.dense_shape is None))
            return v1.scatter_sub(var, grad.indices, self._rate_t * grad.values).op

        def _resource_apply_sparse(self, grad, handle, indices):
            self.calls.append("resource sparse")
            return tf.raw_ops.ResourceScatterSub(resource=handle.handle, indices=indices, updates=self._rate_t * grad)

        def _finish(self, update_ops, name_scope):
            power = self._get_non_slot_variable("power", graph=tf.compat.v1.get_default_graph())
            with tf.control_dependencies(update_ops):
                return tf.group(*update_ops, power.assign(power * 0.9, use_locking=self._use_locking), name=name_scope)

    return Amsgrad


def _own(resource):
    def program(tf):
        v1 = tf.compat.v1
        with tf.Graph().as_default():
            w = v1.get_variable("w", initializer=START, use_resource=resource)
            table = v1.get_variable("table", initializer=START, use_resource=resource)
            optimizer = _amsgrad(tf)(lambda: 0.5)
            loss = tf.reduce_sum(w * w) + tf.reduce_sum(tf.gather(table, [1, 1, 3]) ** 2)
            train = optimizer.minimize(loss, global_step=v1.train.get_or_create_global_step())
            with v1.Session() as session:
                session.run(v1.global_variables_initializer())
                for _ in range(3):
                    session.run(train)
                values = session.run([w, table, *optimizer.variables()])
            return optimizer.calls, values, [v.name for v in v1.global_variables()], optimizer.get_slot_names()

    return program


def _decayed(base, resource):
    """Weight decay before the step of an optimizer of TensorFlow's."""

    def program(tf):
        v1 = tf.compat.v1

        class Decayed(getattr(v1.train, base)):
            def _decay(self, var, grad):
                with tf.control_dependencies([grad]):  # the gradient is of the variable as it was
                    return var.assign_sub(0.01 * var.read_value())

            def _apply_dense(self, grad, var):
                with tf.control_dependencies([self._decay(var, grad)]):
                    return super()._apply_dense(grad, var)

            def _resource_apply_dense(self, grad, var):
                with tf.control_dependencies([self._decay(var, grad)]):
                    return super()._resource_apply_dense(grad, var)

            def _apply_sparse(self, grad, var):
                with tf.control_dependencies([self._decay(var, grad.values)]):
                    return super()._apply_sparse(grad, var)

            def _resource_apply_sparse(self, grad, var, indices):
                with tf.control_dependencies([self._decay(var, grad)]):
                    return super()._resource_apply_sparse(grad, var, indices)

        with tf.Graph().as_default():
            w = v1.get_variable("w", initializer=START, use_resource=resource)
            table = v1.get_variable("table", initializer=START, use_resource=resource)
            loss = tf.reduce_sum(w * w) + tf.reduce_sum(tf.gather(table, [1, 1, 3]) ** 2)
            train = Decayed(0.1).minimize(loss)
            with v1.Session() as session:
                session.run(v1.global_variables_initializer())
                for _ in range(3):
                    session.run(train)
                return session.run([w, table])

    return program


def _hyperparameters(tf):
    """What derived optimizers read of TensorFlow's, and change between steps in eager mode."""
    t = tf.compat.v1.train
    w = tf.Variable([1.0, 2.0])
    adam, momentum, rms = t.AdamOptimizer(0.1), t.MomentumOptimizer(0.1, 0.9), t.RMSPropOptimizer(0.2)
    found = [adam._lr, adam._beta1, adam._epsilon, momentum._learning_rate, momentum._momentum, rms._decay]
    found.append(t.FtrlOptimizer(0.1, l1_regularization_strength=0.5)._l1_regularization_strength)
    for optimizer in (adam, momentum, rms):
        optimizer.minimize(lambda: tf.reduce_sum(w * w), var_list=[w])
    found += [adam._lr_t, adam._beta2_t, momentum._learning_rate_tensor, rms._momentum_tensor]
    adam._lr = 0.5
    adam.minimize(lambda: tf.reduce_sum(w * w), var_list=[w])
    return found, w, [v.numpy() for v in adam._get_beta_accumulators()]


def _undefined(tf):
    """A derived optimizer that lacks an update."""
    v1 = tf.compat.v1

    class Nothing(v1.train.Optimizer):
        pass

    found = []
    for resource in (True, False):
        with tf.Graph().as_default():
            w = v1.get_variable("w", initializer=START, use_resource=resource)
            for loss in (tf.reduce_sum(w), tf.reduce_sum(tf.gather(w, [1]))):
                optimizer = Nothing(False, "nothing")
                found.append(raised(lambda: optimizer.minimize(loss)))  # noqa: B023
    return found


CASES = [
    *(Program(f"own-{kind}", _own(r)) for kind, r in (("resource", True), ("reference", False))),
    *(
        Program(f"decayed-{base[:-9].lower()}-{kind}", _decayed(base, r), rtol=1e-5)
        for base in ("GradientDescentOptimizer", "AdamOptimizer", "AdagradOptimizer", "RMSPropOptimizer")
        for kind, r in (("resource", True), ("reference", False))
    ),
    Program("hyperparameters", _hyperparameters, rtol=1e-5),
    Program("undefined-update", _undefined),
]
