"""The threads of `tf.data`: they work ahead, they end with their iterator, and they let the interpreter exit."""

import gc
import subprocess
import sys
import textwrap
import threading
import time

import numpy as np

import tfshim as tf


def _workers():
    return [t for t in threading.enumerate() if t.name == "tf_data"]


def _wait_until(condition):
    deadline = time.monotonic() + 20
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert condition()


def test_threads_end_with_their_iterator():
    numbers = tf.data.Dataset.range(10).repeat()
    slow = numbers.map(lambda x: tf.numpy_function(lambda v: v, [x], tf.int64), num_parallel_calls=3)
    iterator = iter(slow.batch(2).prefetch(2))
    next(iterator)
    assert _workers()
    del iterator
    gc.collect()
    _wait_until(lambda: not _workers())


def test_prefetch_works_ahead():
    made = []

    def generate():
        for i in range(5):
            made.append(i)
            yield i

    dataset = tf.data.Dataset.from_generator(generate, output_signature=tf.TensorSpec([], tf.int32)).prefetch(3)
    iterator = iter(dataset)
    assert not made
    next(iterator)
    _wait_until(lambda: len(made) >= 4)


def test_parallel_calls_overlap_and_keep_their_order():
    meeting = threading.Barrier(3, timeout=100)

    def meet(x):
        # Passes only if three calls are under way at a time.
        meeting.wait()
        return x

    dataset = tf.data.Dataset.range(6).map(lambda x: tf.numpy_function(meet, [x], tf.int64), num_parallel_calls=3)
    assert list(dataset.as_numpy_iterator()) == [np.int64(i) for i in range(6)]


def test_threads_share_an_iterator():
    iterator = iter(tf.data.Dataset.range(300).map(lambda x: x).prefetch(4))
    found = []
    threads = [threading.Thread(target=lambda: found.extend(int(x) for x in iterator)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == list(range(300))


def test_the_interpreter_exits_in_the_middle_of_a_pass():
    program = textwrap.dedent(
        """
        import tfshim as tf

        dataset = tf.data.Dataset.range(10).repeat().map(lambda x: x * 2, num_parallel_calls=4).batch(4).prefetch(3)
        iterator = iter(dataset)
        print(next(iterator).numpy().tolist())
        """
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=400)
    assert (done.returncode, done.stdout.strip()) == (0, "[0, 2, 4, 6]"), done.stderr
