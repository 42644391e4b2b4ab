"""Raw ops of staging areas, and of k-means."""

from __future__ import annotations

import itertools

import numpy as np

from .inputs import arr, f32
from .runner import Case, Program, raised

_serial = itertools.count()


def _stage(tf):
    r = tf.raw_ops
    area = {"shared_name": f"stage{next(_serial)}", "dtypes": [tf.int32, tf.float32]}
    r.Stage(values=[1, [2.0, 3.0]], shared_name=area["shared_name"])
    r.Stage(values=[4, 5.0], shared_name=area["shared_name"])
    found = [r.StageSize(**area), r.StagePeek(index=1, **area), r.Unstage(**area), r.StageSize(**area)]
    r.Stage(values=[4], shared_name=area["shared_name"])
    return [*found, r.Unstage(**area), raised(lambda: r.Unstage(**area)), r.StageClear(**area), r.StageSize(**area)]


def _map(tf, prefix):
    area = {"shared_name": f"map{next(_serial)}", "dtypes": [tf.int32, tf.float32]}
    ops = {name: getattr(tf.raw_ops, f"{prefix}{name}") for name in ("Stage", "Peek", "Unstage", "UnstageNoKey")}

    def put(key, indices, *values):
        return raised(lambda: ops["Stage"](key=key, indices=indices, values=list(values), **area))

    def sizes():
        return [getattr(tf.raw_ops, f"{prefix}{name}Size")(**area) for name in ("", "Incomplete")]

    part = {"shared_name": area["shared_name"], "dtypes": [tf.float32]}
    found = [put(5, [0, 1], 1, 2.0), put(3, [1], 2.0), sizes(), put(3, [1], 7.0), put(3, [0], 7), sizes()]
    found += [put(4, [1, 0], 8.0, 9), put(4, [0, 0], 8, 9), put(4, [2], 8), sizes()]
    found += [ops["Peek"](key=5, indices=[0, 1], **area), ops["Peek"](key=5, indices=[1], **part)]
    found += [raised(lambda: ops["Peek"](key=5, indices=[], **part)), ops["Unstage"](key=5, indices=[1], **part)]
    found += [raised(lambda: ops["Unstage"](key=5, indices=[1], **part)), sizes()]
    found += [ops["UnstageNoKey"](indices=[0, 1], **area), sizes()]
    getattr(tf.raw_ops, f"{prefix}Clear")(**area)
    return [*found, sizes()]


def _in_function(tf):
    name = f"stage{next(_serial)}"

    @tf.function
    def run(x):
        tf.raw_ops.Stage(values=[x], shared_name=name)
        tf.raw_ops.Stage(values=[x + 1], shared_name=name)
        return tf.raw_ops.Unstage(dtypes=[tf.int32], shared_name=name)

    return [run(tf.constant(3)), run(tf.constant(5)), tf.raw_ops.StageSize(dtypes=[tf.int32], shared_name=name)]


POINTS = f32(20, 3)


def _starts(tf, points):
    return [
        tf.raw_ops.KmeansPlusPlusInitialization(
            points=points, num_to_sample=4, seed=seed, num_retries_per_sample=retries
        )
        for seed, retries in ((0, 0), (7, 2), (-1, 5))
    ]


def _refused(tf):
    r = tf.raw_ops
    plus = r.KmeansPlusPlusInitialization
    return [
        raised(lambda: plus(points=[[1.0]], num_to_sample=2, seed=1, num_retries_per_sample=0)),
        raised(lambda: plus(points=[[1.0]], num_to_sample=0, seed=1, num_retries_per_sample=0)),
        raised(lambda: plus(points=[1.0], num_to_sample=1, seed=1, num_retries_per_sample=0)),
        raised(lambda: r.KMC2ChainInitialization(distances=[[1.0]], seed=1)),
        raised(lambda: r.KMC2ChainInitialization(distances=tf.zeros([0]), seed=1)),
        raised(lambda: r.NearestNeighbors(points=[[1.0]], centers=[[1.0, 2.0]], k=1)),
        raised(lambda: r.NearestNeighbors(points=[1.0], centers=[[1.0]], k=1)),
    ]


CASES = [
    Program("stage", _stage),
    Program("map-stage", lambda tf: _map(tf, "Map")),
    Program("ordered-map-stage", lambda tf: _map(tf, "OrderedMap")),
    Program("stage-in-function", _in_function),
    Case(
        "nearest-neighbors",
        lambda tf, p, c: [list(tf.raw_ops.NearestNeighbors(points=p, centers=c, k=k)) for k in (0, 1, 3, 9)],
        [POINTS, f32(5, 3)],
    ),
    Case(
        "nearest-neighbors-ties",
        lambda tf, p: list(tf.raw_ops.NearestNeighbors(points=p, centers=[[0.0], [2], [2], [0]], k=4)),
        [arr([[1.0], [0.0], [2.0]], "float32")],
    ),
    Case("k-means-starts", _starts, [POINTS]),
    Case(
        "k-means-chain",
        lambda tf, d: [tf.raw_ops.KMC2ChainInitialization(distances=d, seed=seed) for seed in (0, 6, -3)],
        [arr(np.linspace(0.1, 2, 30) % 0.7, "float32")],
    ),
    Program("k-means-refused", _refused),
]
