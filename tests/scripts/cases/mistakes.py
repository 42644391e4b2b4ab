"""What goes wrong, eagerly and inside a function: the classes of the errors, and that nothing has changed after."""

import tensorflow as tf

v = tf.Variable([1.0, 2.0])
t = tf.constant([[1, 2], [3, 4]])


def attempt(label, fn, traced=True):
    answers = []
    for run in (fn, tf.function(fn)) if traced else (fn,):
        try:
            run()
            answers.append("fine")
        except Exception as error:
            answers.append(type(error).__name__)
    print(label, *answers)


attempt("dtypes differ", lambda: tf.constant(1) + tf.constant(1.0))
attempt("float to int", lambda: tf.constant(1) + 1.5)
attempt("shapes differ", lambda: tf.constant([1, 2]) + tf.constant([1, 2, 3]))
attempt("matmul ranks", lambda: tf.matmul(tf.constant([1.0]), tf.constant([[1.0]])))
attempt("matmul sizes", lambda: tf.matmul(tf.ones([2, 3]), tf.ones([2, 3])))
attempt("reshape", lambda: tf.reshape(tf.range(6), [4, 2]))
attempt("axis", lambda: tf.reduce_sum(t, axis=2))
attempt("concat", lambda: tf.concat([tf.ones([2, 2]), tf.ones([3, 3])], axis=0))
attempt("bool matmul", lambda: tf.matmul(tf.constant([[True]]), tf.constant([[True]])))
attempt("ragged list", lambda: tf.constant([[1, 2], [3]]))
attempt("mixed list", lambda: tf.constant([1, "a"]))
attempt("none", lambda: tf.convert_to_tensor(None))
attempt("object", lambda: tf.convert_to_tensor(object()))
attempt("keyword", lambda: tf.add(1, 2, axis=3))
attempt("missing argument", lambda: tf.add(1))
attempt("unknown dtype", lambda: tf.cast(t, "no_such_type"))
attempt("gather eager", lambda: tf.gather([1, 2, 3], [5]), traced=False)
attempt("index", lambda: tf.constant([1, 2, 3])[5], traced=False)
attempt("too many indices", lambda: t[0, 0, 0])
attempt("item assignment", lambda: t.__setitem__(0, 1), traced=False)
attempt("hash", lambda: hash(t), traced=False)
attempt("truth of many", lambda: bool(t), traced=False)
attempt("int of many", lambda: int(t), traced=False)
attempt("len of scalar", lambda: len(tf.constant(1)), traced=False)
attempt("iterate scalar", lambda: list(tf.constant(1)), traced=False)
attempt("divide by zero", lambda: tf.constant([1, 2]) // tf.constant([1, 0]), traced=False)
attempt("assign shape", lambda: v.assign([1.0]))
attempt("assign dtype", lambda: v.assign(tf.constant([1, 2])))
attempt("overflow", lambda: tf.constant(300, tf.uint8))
attempt("squeeze", lambda: tf.squeeze(tf.ones([2, 3]), axis=0))
attempt("transpose", lambda: tf.transpose(t, perm=[0, 0]), traced=False)
attempt("shape merge", lambda: tf.TensorShape([2]).merge_with([3]), traced=False)
attempt("numpy in function", lambda: tf.function(lambda x: x.numpy())(t), traced=False)
attempt("no attribute", lambda: t.no_such_attribute, traced=False)
attempt("no symbol", lambda: tf.no_such_symbol, traced=False)
attempt("string + int", lambda: tf.constant("a") + tf.constant(1))
attempt("broadcast", lambda: tf.broadcast_to(tf.ones([3]), [2, 4]))
print(v.numpy(), t.numpy().tolist())
try:
    raise tf.errors.NotFoundError(None, None, "gone")
except tf.errors.OpError as error:
    print(error.message, error.error_code == tf.errors.NOT_FOUND, isinstance(error, Exception), error.op)
