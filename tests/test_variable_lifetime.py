"""The life of variables and their device buffers: released with the last reference, whole under failures."""

from __future__ import annotations

import gc
import weakref

import jax
import numpy as np
import pytest

import tfshim as tf

MIB = 1 << 20


def live_bytes() -> int:
    gc.collect()
    return sum(a.nbytes for a in jax.live_arrays())


def big(value=1.0):
    return tf.Variable(tf.fill([MIB // 4], value))


def test_buffer_is_released_with_the_variable():
    before = live_bytes()
    v = big()
    # A few bytes that other tests left may go meanwhile.
    assert live_bytes() - before > MIB // 2
    del v
    assert live_bytes() - before < MIB // 2


def test_no_reference_cycle_holds_a_variable():
    gc.collect()
    gc.disable()
    try:
        v = big()
        v.assign_add(tf.ones([MIB // 4]))
        v.scatter_add(tf.IndexedSlices(tf.ones([1]), tf.constant([0])))
        v[1:3].assign([5.0, 6.0])
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(v * v)
        tape.gradient(loss, v)
        ref = weakref.ref(v)
        del v, tape, loss
        assert ref() is None
    finally:
        gc.enable()


def test_module_of_variables_is_released():
    before = live_bytes()
    module = tf.Module()
    module.layers = [{"w": big()}, (big(), 1)]
    assert len(module.variables) == 2
    del module
    assert live_bytes() - before < MIB // 2


def test_repeated_writes_hold_one_buffer():
    v = big(0.0)
    delta = tf.ones([MIB // 4])
    before = live_bytes()
    for _ in range(20):
        v.assign_add(delta)
    assert live_bytes() - before < MIB // 2
    for _ in range(20):
        v.assign(v + delta)
    assert live_bytes() - before < MIB // 2
    assert float(v[0]) == 40.0


def test_values_handed_out_are_released_too():
    v = big()
    before = live_bytes()
    for _ in range(10):
        kept = v.read_value()
        v.assign_add(tf.ones([MIB // 4]))
    assert live_bytes() - before < 4 * MIB
    del kept
    assert live_bytes() - before < MIB


def test_a_function_keeps_the_value_that_it_captured():
    # As in TensorFlow: the function holds the handle, and the handle the value.
    def make():
        v = tf.Variable([1.0, 2.0])
        return tf.function(lambda: v + 1.0).get_concrete_function(), weakref.ref(v)

    concrete, variable = make()
    gc.collect()
    assert variable() is None
    np.testing.assert_array_equal(concrete().numpy(), [2.0, 3.0])


def test_function_releases_its_variables():
    before = live_bytes()

    def make():
        v = big()
        f = tf.function(lambda: v.assign_add(tf.ones([MIB // 4])))
        f()
        f()

    make()
    assert live_bytes() - before < MIB // 2


def test_result_of_a_write_keeps_the_value_alive():
    result = tf.Variable(1.0).assign(2.0)
    gc.collect()
    assert float(result) == 2.0


def test_ten_thousand_variables_leave_nothing():
    gc.collect()
    before = len(jax.live_arrays())
    for _ in range(10_000):
        tf.Variable(0.0).assign_add(1.0)
    gc.collect()
    assert len(jax.live_arrays()) - before < 10


def test_read_survives_later_writes():
    v = tf.Variable(tf.zeros([1000]))
    reads = [v.read_value()]
    step = tf.function(lambda: v.assign_add(tf.ones([1000])))
    for _ in range(3):
        step()
        reads.append(v.read_value())
        v.assign_add(tf.ones([1000]))
        reads.append(tf.convert_to_tensor(v))
    assert [float(r[0]) for r in reads] == [0, 1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    "write",
    [
        lambda v: v.assign([1.0]),
        lambda v: v.assign("a"),
        lambda v: v.assign_add([1.0, 2.0, 3.0]),
        lambda v: v.assign_sub(tf.constant([1, 2])),
        lambda v: v.scatter_add(tf.IndexedSlices(tf.constant([1.0]), tf.constant([7]))),
        lambda v: v.scatter_update(tf.IndexedSlices(tf.constant([1.0]), tf.constant([-1]))),
        lambda v: v.scatter_nd_update([[2]], [1.0]),
        lambda v: v[4].assign(1.0),
        lambda v: v[:1].assign([1.0, 2.0, 3.0]),
    ],
)
def test_failed_write_leaves_the_variable_whole(write):
    v = tf.Variable([1.0, 2.0])
    kept = v.read_value()
    with pytest.raises((ValueError, TypeError, tf.errors.InvalidArgumentError)):
        write(v)
    assert v.numpy().tolist() == [1.0, 2.0]
    v.assign_add([1.0, 1.0])
    assert v.numpy().tolist() == [2.0, 3.0]
    assert kept.numpy().tolist() == [1.0, 2.0]


def test_large_scatter_in_place_keeps_values_that_were_read():
    v = tf.Variable(tf.zeros([MIB]))
    kept = v.read_value()
    rows = tf.IndexedSlices(tf.ones([2]), tf.constant([3, 5]))
    for _ in range(3):
        v.scatter_add(rows)
    assert kept.numpy().sum() == 0.0
    assert v.numpy().sum() == 6.0


def address(variable):
    return variable._cell.array.unsafe_buffer_pointer()


WRITES = {
    "assign_add": lambda v: v.assign_add(tf.ones(v.shape)),
    "scatter_add": lambda v: v.scatter_add(tf.IndexedSlices(tf.ones([1, 4]), tf.constant([1]))),
    "scatter_update": lambda v: v.scatter_update(tf.IndexedSlices(tf.ones([1, 4]), tf.constant([1]))),
    "scatter_nd_add": lambda v: v.scatter_nd_add([[1, 2]], [1.0]),
    "slice": lambda v: v[1].assign([1.0] * 4),
    "slice-range": lambda v: v[1:3].assign([[1.0] * 4] * 2),
}
FAILING = {
    "scatter_add": lambda v: v.scatter_add(tf.IndexedSlices(tf.ones([2, 4]), tf.constant([1, MIB]))),
    "scatter_div": lambda v: v.scatter_div(tf.IndexedSlices(tf.ones([2, 4]) * 3.0, tf.constant([1, -1]))),
    "scatter_nd_update": lambda v: v.scatter_nd_update([[0, 0], [0, 4]], [7.0, 7.0]),
    "slice": lambda v: v[tf.constant(MIB)].assign([7.0] * 4),
    "slice-negative": lambda v: v[tf.constant(-MIB), 1].assign(7.0),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_large_write_reuses_the_memory(write):
    v = tf.Variable(tf.zeros([MIB // 8, 4]))
    write(v)
    before = address(v)
    for _ in range(3):
        write(v)
    assert address(v) == before
    kept = v.read_value()
    old = kept.numpy()
    write(v)
    write(v)
    assert address(v) != before
    np.testing.assert_array_equal(kept.numpy(), old)


def test_picking_rows_does_not_cost_a_copy():
    v = tf.Variable(tf.zeros([MIB // 8, 4]))
    v.assign_add(tf.ones([MIB // 8, 4]))
    before = address(v)
    for _ in range(3):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(tf.gather(v, [1, 5]) ** 2) + tf.reduce_sum(v.gather_nd([[1]]))
        gradient = tape.gradient(loss, v)
        v.scatter_sub(tf.IndexedSlices(tf.ones([2, 4]), tf.constant([1, 5])))
    assert isinstance(gradient, tf.IndexedSlices)
    rows = v.sparse_read(tf.constant([1, 2]))
    v.scatter_add(tf.IndexedSlices(tf.ones([1, 4]), tf.constant([1])))
    assert rows.numpy()[:, 0].tolist() == [-2.0, 1.0]
    assert v[1, 0] == -1.0
    assert address(v) == before


@pytest.mark.parametrize("write", FAILING.values(), ids=FAILING)
@pytest.mark.parametrize("exposed", [False, True])
def test_failed_large_write_leaves_the_variable_whole(write, exposed):
    v = tf.Variable(tf.zeros([MIB // 8, 4]))
    v.assign_add(tf.ones([MIB // 8, 4]))
    kept = v.read_value() if exposed else None
    with pytest.raises(tf.errors.InvalidArgumentError):
        write(v)
    assert (v.numpy() == 1.0).all()
    assert kept is None or (kept.numpy() == 1.0).all()
    v.assign_add(tf.ones([MIB // 8, 4]))
    assert (v.numpy() == 2.0).all()


def test_numpy_memory_is_not_shared():
    source = np.zeros(100_000, np.float32)
    v = tf.Variable(source)
    source[:] = 1.0
    assert v.numpy().sum() == 0.0
    v.assign(source)
    source[:] = 5.0
    assert v.numpy().max() == 1.0
    v.numpy()[:] = 9.0
    assert v.numpy().max() == 1.0


def test_uninitialised_variable_says_so():
    v = tf.Variable._uninitialized(shape=[2], dtype=tf.float32, name="late")
    assert not bool(v.is_initialized())
    with pytest.raises(tf.errors.FailedPreconditionError, match="late"):
        v.read_value()
    v._initialize(tf.constant([1.0, 2.0]))
    assert bool(v.is_initialized())
    assert v.numpy().tolist() == [1.0, 2.0]
