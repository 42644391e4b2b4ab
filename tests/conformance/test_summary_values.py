"""Summaries as TensorBoard reads them. Real TensorFlow reads the files; it cannot write these without TensorBoard."""

from __future__ import annotations

import glob

import numpy as np
import pytest

import tfshim as tf

from .runner import load_real

real = load_real()


def values(folder):
    """What the event files hold: a dict from tag to (step, plugin, data class, array)."""
    found = {}
    for path in sorted(glob.glob(f"{folder}/*")):
        for event in real.compat.v1.train.summary_iterator(path):
            for v in event.summary.value:
                array = real.make_ndarray(v.tensor)
                found[v.tag] = event.step, v.metadata.plugin_data.plugin_name, v.metadata.data_class, array
    return found


def test_scalars(tmp_path):
    with tf.summary.create_file_writer(tmp_path).as_default(step=3):
        assert tf.summary.scalar("eager", 2, description="why").numpy()
        step = tf.Variable(10, dtype=tf.int64)

        @tf.function
        def train(x):
            step.assign_add(1)
            with tf.name_scope("inside"):
                tf.summary.scalar("loss", x * 2, step=step)
            return x

        train(tf.constant(1.5))
    found = values(tmp_path)
    assert found["eager"] == (3, "scalars", 1, np.float32(2))
    assert found["inside/loss"] == (11, "scalars", 1, np.float32(3))
    with pytest.raises(ValueError, match="scalar"), tf.summary.create_file_writer(tmp_path).as_default(step=1):
        tf.summary.scalar("vector", [1.0, 2.0])


def test_histograms(tmp_path):
    with tf.summary.create_file_writer(tmp_path).as_default(step=1):
        tf.summary.histogram("several", [0.0, 1.0, 2.0, 4.0], buckets=4)
        tf.summary.histogram("alike", [2, 2], buckets=3)
        tf.summary.histogram("empty", tf.zeros([0]), buckets=2)
        tf.function(lambda x: tf.summary.histogram("traced", x))(tf.random.normal([100]))
    found = values(tmp_path)
    step, plugin, kind, array = found["several"]
    assert (step, plugin, kind, array.dtype) == (1, "histograms", 2, np.float64)
    np.testing.assert_allclose(array, [[0, 1, 1], [1, 2, 1], [2, 3, 1], [3, 4, 1]])
    np.testing.assert_allclose(found["alike"][3], [[2, 2, 0], [2, 2, 0], [2, 2, 2]])
    np.testing.assert_allclose(found["empty"][3], np.zeros([2, 3]))
    traced = found["traced"][3]
    assert traced.shape == (30, 3)
    assert traced[:, 2].sum() == 100


def test_text_and_images(tmp_path):
    pixels = np.arange(2 * 3 * 4 * 3, dtype=np.uint8).reshape(2, 3, 4, 3)
    with tf.summary.create_file_writer(tmp_path).as_default(step=1):
        tf.summary.text("words", ["a", "b"])
        tf.summary.image("bytes", pixels, max_outputs=1)
        tf.summary.image("floats", tf.constant([[[[0.0], [0.5], [1.0]]]]))
    found = values(tmp_path)
    assert found["words"][1:3] == ("text", 2)
    assert found["words"][3].tolist() == [b"a", b"b"]
    assert found["bytes"][1:3] == ("images", 3)
    width, height, *images = found["bytes"][3].tolist()
    assert (width, height, len(images)) == (b"4", b"3", 1)
    np.testing.assert_array_equal(real.io.decode_png(images[0]), pixels[0])
    np.testing.assert_array_equal(real.io.decode_png(found["floats"][3][2]).numpy().ravel(), [0, 127, 255])


def test_sounds(tmp_path):
    sounds = np.random.RandomState(0).uniform(-1, 1, (4, 5, 2)).astype(np.float32)
    with tf.summary.create_file_writer(tmp_path).as_default(step=3):
        assert tf.summary.audio("eager", sounds, 16000, max_outputs=2).numpy()
        tf.function(lambda x: tf.summary.audio("traced", x, 8000))(sounds[:1])
        with pytest.raises(ValueError, match="encoding"):
            tf.summary.audio("other", sounds, 1, encoding="flac")
    found = values(tmp_path)
    step, plugin, _, eager = found["eager"]
    assert (step, plugin, eager.shape, found["traced"][3].shape) == (3, "audio", (2, 2), (1, 2))
    decoded = real.audio.decode_wav(eager[1, 0])
    assert int(decoded.sample_rate) == 16000
    np.testing.assert_allclose(decoded.audio, sounds[1], atol=2 / 32768)
