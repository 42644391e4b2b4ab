"""`tf.signal`: Fourier and cosine transforms, frames, windows, the mel scale."""

from __future__ import annotations

from .inputs import COMPLEX, FLOATS, WIDE_FLOATS, c64, f32, f64, i64, ints, rand
from .runner import Case, Program, over

CLOSE = dict(rtol=1e-4, atol=1e-5)
SUMS = dict(rtol=1e-4, atol=1e-4)
NO_ORACLE = {"value": "TensorFlow has no kernel of this op on the CPU; test_fourier_nd.py compares with NumPy"}

fourier = [
    *(
        case
        for name, shapes in {
            "fft": [(7,), (2, 8), (0, 4), (3, 1)],
            "ifft": [(7,), (2, 8), (0, 4)],
            "fft2d": [(3, 4), (2, 5, 2)],
            "ifft2d": [(3, 4), (2, 5, 2)],
            "fft3d": [(2, 3, 4)],
            "ifft3d": [(2, 3, 4), (2, 2, 3, 1)],
        }.items()
        for case in over(name, f"signal.{name}", COMPLEX, shapes, grad=2, **SUMS)
    ),
    *over("fft-refused", "signal.fft", ("float32", "int32"), [(4,)]),
    Case("fft2d-rank", "signal.fft2d", [c64(3)]),
    *(
        case
        for name, shapes in {
            "rfft": [(7,), (2, 8), (0, 4), (3, 1)],
            "rfft2d": [(3, 4), (2, 4, 3)],
            "rfft3d": [(2, 3, 4)],
        }.items()
        for case in over(name, f"signal.{name}", WIDE_FLOATS, shapes, grad=name != "rfft3d", **SUMS)
    ),
    *(
        case
        for name, shapes in {
            "irfft": [(5,), (2, 4)],
            "irfft2d": [(3, 4), (2, 4, 3)],
            "irfft3d": [(2, 3, 4)],
        }.items()
        for case in over(name, f"signal.{name}", COMPLEX, shapes, grad=name != "irfft3d", **SUMS)
    ),
    *(
        # TensorFlow's gradient fails where the transform cuts its input, or is that of an input of another length.
        Case(f"{name}-length-{n}", f"signal.{name}", [make(2, 6)], kwargs={"fft_length": [n]}, grad=n >= whole, **SUMS)
        for name, make, whole in (("rfft", f32, 6), ("irfft", c64, 10))
        for n in (1, 4, 5, 6, 9, 16)
        if (name, n) != ("irfft", 1)
    ),
    *(
        Case(
            f"{name}-length-{a}x{b}",
            f"signal.{name}",
            [make(3, 6)],
            kwargs={"fft_length": [a, b]},
            grad=a >= 3 and b >= whole,
            **SUMS,
        )
        for name, make, whole in (("rfft2d", f32, 6), ("irfft2d", c64, 10))
        for a, b in ((2, 4), (5, 9), (2, 12), (3, 6), (4, 12))
    ),
    Case("rfft3d-length", "signal.rfft3d", [f32(2, 3, 4)], kwargs={"fft_length": [3, 2, 5]}, **SUMS),
    Case("irfft3d-length", "signal.irfft3d", [c64(2, 3, 4)], kwargs={"fft_length": [3, 2, 5]}, **SUMS),
    *over("rfft-refused", "signal.rfft", ("float16", "int32", "complex64"), [(4,)]),
    Case("rfft-scalar", "signal.rfft", [f32()]),
    Case("irfft-refused", "signal.irfft", [f32(4)]),
    Case(
        "rfft-length-tensor",
        lambda tf, x, n: tf.signal.rfft(x, [n]),
        [f32(2, 6), ints(low=4, high=5)],
        finer_shapes="the batch is known",
        **SUMS,
    ),
    Case("rfft-raw-short", lambda tf, x: tf.raw_ops.RFFT(input=x, fft_length=[6]), [f32(2, 4)]),
    Case("rfft-raw-length", lambda tf, x: tf.raw_ops.RFFT(input=x, fft_length=[2, 2]), [f32(2, 4)]),
    Case("rfft-inverse", lambda tf, x: tf.signal.irfft(tf.signal.rfft(x)), [f64(3, 8)], grad=2),
    *(
        Case(name, f"signal.{name}", [make(3, 4)], accept=NO_ORACLE)
        for name, make in (("fftnd", c64), ("ifftnd", c64), ("rfftnd", f32), ("irfftnd", c64))
    ),
    Case("fftnd-refused", "signal.fftnd", [f32(3, 4)], accept={"ValueError": "named before the op refuses the dtype"}),
]

shifts = [
    *(
        Case(f"{name}-{axes}", f"signal.{name}", [f32(4, 5, 3)], kwargs={"axes": axes}, grad=True)
        for name in ("fftshift", "ifftshift")
        for axes in (None, 1, -1, (0, 1), [0, -1])
    ),
    *over("fftshift", "signal.fftshift", ("int32", "float16", "complex64", "bool"), [(5,), (2, 4)]),
]

cosine = [
    *(
        Case(
            f"{name}-{type}-{norm}-{n}-{dtype}",
            f"signal.{name}",
            [rand(dtype, 2, 6)],
            kwargs={"type": type, "norm": norm, "n": n},
            grad=True,
            **SUMS,
        )
        for name in ("dct", "idct")
        for type in (1, 2, 3, 4)
        for norm in (None, "ortho")
        for n in (None, 4, 9)
        for dtype in (WIDE_FLOATS if n is None else ("float32",))
    ),
    *(
        Case(f"dct-bad-{i}", "signal.dct", [f32(2, 4)], kwargs=kwargs)
        for i, kwargs in enumerate(({"type": 5}, {"axis": 0}, {"norm": "x"}, {"n": 0}, {"n": -2}))
    ),
    Case(
        "dct-1-short",
        "signal.dct",
        [f32(2, 1)],
        kwargs={"type": 1},
        modes=("eager", "function"),
        reason="checked statically",
    ),
    *over(
        "dct-refused",
        "signal.dct",
        ("float16", "int32"),
        [(4,)],
        accept={"TypeError": "TensorFlow fails within a range of halves"},
    ),
]

frames = [
    *(
        Case(
            f"frame-{length}-{step}-{pad}-{axis}",
            "signal.frame",
            [f32(3, 10)],
            kwargs={"frame_length": length, "frame_step": step, "pad_end": pad, "axis": axis, "pad_value": 2},
            grad=True,
        )
        for length, step in ((4, 3), (1, 1), (3, 5), (12, 4), (2, 2))
        for pad in (False, True)
        for axis in (-1, 0)
    ),
    *over(
        "frame",
        lambda tf, x: tf.signal.frame(x, 3, 2),
        (*FLOATS, "int32", "bool", "complex64"),
        [(7,), (0,), (2, 1, 5)],
    ),
    Case("frame-scalar", lambda tf, x: tf.signal.frame(x, 2, 1), [f32()]),
    Case("frame-bad-length", lambda tf, x: tf.signal.frame(x, [2], 1), [f32(4)]),
    Case(
        "frame-step-0", lambda tf, x: tf.signal.frame(x, 2, 0), [f32(4)], modes=("eager",), reason="fails when it runs"
    ),
    Case(
        "frame-tensors",
        lambda tf, x, n, s: tf.signal.frame(x, n, s, pad_end=True),
        [f32(2, 9), ints(low=4, high=5), ints(low=2, high=3)],
        grad=True,
    ),
    *(
        Case(
            f"overlap-{s}-{'x'.join(map(str, shape))}",
            lambda tf, x, s=s: tf.signal.overlap_and_add(x, s),
            [f32(*shape)],
            grad=2,
        )
        for s in (1, 2, 3, 4, 6)
        for shape in ((3, 4), (2, 2, 5))
    ),
    *over(
        "overlap", lambda tf, x: tf.signal.overlap_and_add(x, 2), (*FLOATS, "int32", "complex64"), [(3, 4), (2, 0, 3)]
    ),
    Case("overlap-rank", lambda tf, x: tf.signal.overlap_and_add(x, 2), [f32(3)]),
    Case("overlap-float-step", lambda tf, x: tf.signal.overlap_and_add(x, 2.0), [f32(3, 4)]),
    Case(
        "overlap-tensor", lambda tf, x, s: tf.signal.overlap_and_add(x, s), [f32(3, 4), ints(low=2, high=3)], grad=True
    ),
]

short_time = [
    *(
        Case(
            f"stft-{i}",
            lambda tf, x, k=kwargs: tf.signal.stft(x, **k),
            [rand(dtype, 2, 20)],
            grad=True,
            **SUMS,
        )
        for i, kwargs in enumerate(
            (
                {"frame_length": 4, "frame_step": 2},
                {"frame_length": 5, "frame_step": 3, "pad_end": True},
                {"frame_length": 6, "frame_step": 2, "fft_length": 16},
                {"frame_length": 8, "frame_step": 8, "window_fn": None},
            )
        )
        for dtype in ("float32",)
    ),
    Case("stft-double", lambda tf, x: tf.signal.stft(x, 6, 2), [f64(20)], grad=True),
    Case("stft-window", lambda tf, x: tf.signal.stft(x, 6, 2, window_fn=tf.signal.hamming_window), [f32(20)], **SUMS),
    Case("stft-scalar", lambda tf, x: tf.signal.stft(x, 6, 2), [f32()]),
    Case("stft-half", lambda tf, x: tf.signal.stft(x, 6, 2), [rand("float16", 20)]),
    *(
        Case(f"istft-{i}", lambda tf, x, k=kwargs: tf.signal.inverse_stft(x, **k), [c64(2, 4, 5)], grad=True, **SUMS)
        for i, kwargs in enumerate(
            (
                {"frame_length": 8, "frame_step": 3},
                {"frame_length": 5, "frame_step": 2},
                {"frame_length": 10, "frame_step": 4, "fft_length": 8},
                {"frame_length": 8, "frame_step": 4, "window_fn": None},
            )
        )
    ),
    Case(
        "istft-restores",
        lambda tf, x: tf.signal.inverse_stft(
            tf.signal.stft(x, 8, 3), 8, 3, window_fn=tf.signal.inverse_stft_window_fn(3)
        ),
        [f32(2, 23)],
        grad=True,
        **SUMS,
    ),
    *(
        Program(
            f"istft-window-{length}-{step}",
            lambda tf, n=length, s=step: tf.signal.inverse_stft_window_fn(s, tf.signal.hamming_window)(n, tf.float32),
            **CLOSE,
        )
        for length, step in ((8, 2), (9, 4), (3, 5))
    ),
    *(
        Case(
            f"mdct-{n}-{norm}-{window}-{pad}",
            lambda tf, x, n=n, norm=norm, w=window, pad=pad: tf.signal.mdct(
                x, n, window_fn=w and getattr(tf.signal, w), norm=norm, pad_end=pad
            ),
            [f32(2, 18)],
            grad=True,
            **SUMS,
        )
        for n in (4, 8)
        for norm in (None, "ortho")
        for window in (None, "vorbis_window", "kaiser_bessel_derived_window")
        for pad in (False, True)
    ),
    *(
        Case(
            f"imdct-{norm}-{window}",
            lambda tf, x, norm=norm, w=window: tf.signal.inverse_mdct(
                x, window_fn=w and getattr(tf.signal, w), norm=norm
            ),
            [f32(2, 3, 4)],
            grad=True,
            accept={"value": "an unknown size works too"},
            **SUMS,
        )
        for norm in (None, "ortho")
        for window in (None, "vorbis_window")
    ),
    Case("mdct-default", lambda tf, x: tf.signal.inverse_mdct(tf.signal.mdct(x, 8)), [f64(32)], grad=True),
    Case("mdct-bad-length", lambda tf, x: tf.signal.mdct(x, 6), [f32(20)]),
]

NAMES = ("hann_window", "hamming_window", "kaiser_window", "kaiser_bessel_derived_window", "vorbis_window")

windows = [
    *(
        Program(
            f"{name}-{n}-{dtype}",
            lambda tf, f=name, n=n, d=dtype: getattr(tf.signal, f)(n, dtype=getattr(tf, d)),
            **CLOSE,
        )
        for name in NAMES
        for n in (1, 2, 5, 8)
        for dtype in ("float32", "float64")
    ),
    *(
        Program(
            f"{name}-{dtype}",
            lambda tf, f=name, d=dtype: getattr(tf.signal, f)(6, dtype=getattr(tf, d)),
            rtol=2e-2,
            atol=1e-2,
            accept={"value": "TensorFlow's BesselI0e does not take bfloat16 on the CPU"},
        )
        for name in NAMES
        for dtype in ("float16", "bfloat16")
    ),
    *(
        Case(f"{name}-length", lambda tf, n, f=name: getattr(tf.signal, f)(n), [ints(low=8, high=9)], **CLOSE)
        for name in NAMES
    ),
    *(Case(f"{name}-bad", lambda tf, f=name: getattr(tf.signal, f)(4, dtype=tf.int32)) for name in NAMES),
    *(Case(f"{name}-vector", lambda tf, f=name: getattr(tf.signal, f)([4])) for name in NAMES),
    *(
        Program(f"{name}-symmetric-{n}", lambda tf, f=name, n=n: getattr(tf.signal, f)(n, periodic=False), **CLOSE)
        for name in ("hann_window", "hamming_window")
        for n in (4, 7)
    ),
    Program("kaiser-beta", lambda tf: [tf.signal.kaiser_window(7, beta=b) for b in (0.5, 4.0, 20.0)], **CLOSE),
]

mel = [
    *(
        Program(f"mel-{i}", lambda tf, k=kwargs: tf.signal.linear_to_mel_weight_matrix(**k), rtol=1e-3, atol=1e-5)
        for i, kwargs in enumerate(
            (
                {},
                {"num_mel_bins": 4, "num_spectrogram_bins": 10},
                {"num_mel_bins": 8, "num_spectrogram_bins": 33, "sample_rate": 16000, "upper_edge_hertz": 7600},
            )
        )
    ),
    Program("mel-double", lambda tf: tf.signal.linear_to_mel_weight_matrix(5, 12, dtype=tf.float64)),
    *(
        Case(f"mel-bad-{i}", lambda tf, k=kwargs: tf.signal.linear_to_mel_weight_matrix(4, 10, **k))
        for i, kwargs in enumerate(
            (
                {"sample_rate": 0},
                {"lower_edge_hertz": -1.0},
                {"lower_edge_hertz": 200.0, "upper_edge_hertz": 100.0},
                {"upper_edge_hertz": 10000.0},
            )
        )
    ),
    Case(
        "mel-rate",
        lambda tf, r: tf.signal.linear_to_mel_weight_matrix(4, 10, r),
        [i64(low=8000, high=8001)],
        rtol=1e-3,
        atol=1e-5,
    ),
    *over("mfcc", "signal.mfccs_from_log_mel_spectrograms", WIDE_FLOATS, [(2, 5), (8,)], grad=True, **SUMS),
    Case(
        "mfcc-empty",
        "signal.mfccs_from_log_mel_spectrograms",
        [f32(2, 0)],
        modes=("eager", "function"),
        reason="checked statically",
    ),
]

paddings = [Case("frame-pad-vector", lambda tf: tf.signal.frame([1], 1, 1, pad_end=True, pad_value=[1]), [])]

CASES = [*paddings, *fourier, *shifts, *cosine, *frames, *short_time, *windows, *mel]
