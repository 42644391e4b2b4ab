"""`tf.queue`, eagerly, in functions, in sessions and between threads; tables in sessions."""

from __future__ import annotations

import threading

from .runner import Program, raised


def _fifo(tf):
    q = tf.queue.FIFOQueue(3, [tf.int32, tf.float32], shapes=[[], [2]])
    found = [
        q.enqueue([1, [2.0, 3.0]]),
        q.enqueue_many([[4, 5], [[1.0, 2.0], [3.0, 4.0]]]),
        q.size(),
        q.dequeue(),
        q.dequeue_many(2),
        (q.dtypes, q.shapes, q.names, q.queue_ref.dtype),
        raised(lambda: q.enqueue([1, [2.0]])),
        raised(lambda: q.enqueue(1)),
        raised(lambda: q.enqueue([1.5, [2.0, 3.0]])),
        raised(lambda: q.enqueue({"a": 1})),
        q.is_closed(),
        q.enqueue([9, [0.0, 0.0]]),
        q.close(),
        q.is_closed(),
        raised(lambda: q.enqueue([1, [2.0, 3.0]])),
        q.dequeue_up_to(5),
        raised(q.dequeue),
        raised(lambda: q.dequeue_many(1)),
        raised(lambda: q.dequeue_up_to(1)),
        q.dequeue_many(0),
    ]
    texts = tf.queue.FIFOQueue(10, tf.string)
    texts.enqueue("a")
    texts.enqueue((["b", "c"],))
    return [*found, texts.dequeue(), texts.dequeue(), texts.shapes, raised(lambda: texts.dequeue_many(1))]


def _named(tf):
    q = tf.queue.FIFOQueue(10, [tf.int32, tf.int32], names=["a", "b"], shapes=[(), ()])
    q.enqueue({"a": 1, "b": 2})
    q.enqueue_many({"b": [2, 3], "a": [1, 2]})
    return [
        raised(lambda: q.enqueue([1, 2])),
        raised(lambda: q.enqueue({"a": 1})),
        q.dequeue(),
        q.dequeue_many(2),
        raised(lambda: tf.queue.FIFOQueue(2, [tf.int32], names=["a", "b"])),
        raised(lambda: tf.queue.FIFOQueue(2, [])),
        raised(lambda: tf.queue.FIFOQueue(2, [tf.int32], shapes=[[], []])),
        raised(lambda: tf.queue.FIFOQueue(2, [tf.int32], shapes=[[None]])),
        raised(lambda: tf.queue.RandomShuffleQueue(2, 3, tf.int32)),
        raised(lambda: tf.queue.PaddingFIFOQueue(10, [tf.int32], shapes=None)),
    ]


def _orders(tf):
    padding = tf.queue.PaddingFIFOQueue(10, [tf.int32, tf.string], shapes=[[None], [None, 2]])
    padding.enqueue([[1, 2], [["a", "b"]]])
    padding.enqueue([[3], [["c", "d"], ["e", "f"]]])
    padding.enqueue([[], [["g", "h"]]])
    priority = tf.queue.PriorityQueue(10, [tf.string], shapes=[()])
    priority.enqueue((5, "e"))
    priority.enqueue_many(([3, 1, 2], ["c", "a", "b"]))
    shuffled = tf.queue.RandomShuffleQueue(10, 1, [tf.int32], shapes=[()], seed=1)
    shuffled.enqueue_many([[1, 2, 3, 4]])
    some = [int(n) for n in shuffled.dequeue_many(3)]
    shuffled.close()
    return [
        padding.dequeue_many(2),
        padding.dequeue(),
        raised(lambda: padding.enqueue([1, [["a", "b"]]])),
        priority.dequeue(),
        priority.dequeue_many(3),
        priority.dtypes,
        sorted([*some, int(shuffled.dequeue())]),
        raised(shuffled.dequeue),
    ]


def _in_function(tf):
    q = tf.queue.FIFOQueue(4, tf.int32, shapes=())

    @tf.function
    def run(x):
        q.enqueue(x)
        q.enqueue_many([[x + 1, x + 2]])
        first = q.dequeue()
        rest = q.dequeue_many(2)
        return first, rest, q.size()

    return [run(tf.constant(5)), run(tf.constant(7))]


def _in_session(tf):
    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        q = v1.FIFOQueue(5, tf.float32, shapes=[[]])
        filled, one, several = q.enqueue_many([[1.0, 2.0, 3.0]]), q.dequeue(), q.dequeue_many(2)
        size, closed, close, closing = q.size(), q.is_closed(), q.close(), q.dequeue_up_to(4)
        found = [
            (one.name, size.name, several.shape, closing.shape, q.name, type(filled).__name__),
            session.run(filled),
            session.run(one),
            session.run(size),
            session.run(several),
            session.run(filled),
            session.run(close),
            session.run(closed),
            session.run(closing),
            raised(lambda: session.run(one)),
        ]
        with v1.Session() as other:
            found.append(other.run(size))
    return found


def _threads(tf):
    q = tf.queue.FIFOQueue(2, tf.int32, shapes=[])
    seen = []

    def produce():
        for i in range(20):
            q.enqueue(i)
        q.close()

    def consume():
        while True:
            try:
                seen.append(int(q.dequeue()))
            except tf.errors.OutOfRangeError:
                return

    workers = [threading.Thread(target=t) for t in (produce, consume)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return seen


def _tables(tf):
    v1 = tf.compat.v1
    with tf.Graph().as_default(), v1.Session() as session:
        growing = tf.lookup.experimental.MutableHashTable(tf.int64, tf.int64, -1)
        key = tf.constant([1], tf.int64)
        insert, read = growing.insert(key, key + 1), growing.lookup(key)
        session.run(insert)
        static = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(key, key + 4), -1)
        fixed = static.lookup(key)
        early = raised(lambda: session.run(fixed))
        session.run(v1.tables_initializer())
        return session.run([read, fixed]), early, len(v1.get_collection(v1.GraphKeys.TABLE_INITIALIZERS))


CASES = [
    Program("fifo", _fifo),
    Program("named", _named),
    Program("orders", _orders),
    Program("function", _in_function),
    Program("session", _in_session),
    Program("threads", _threads),
    Program("tables", _tables),
]
