"""Kernels of k-means: nearest centers, and centers to start from, by TensorFlow's random numbers."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jax import lax

from tfshim.ops.kernels.candidates import HostRandom
from tfshim.ops.registry import kernel, shape_function
from tfshim.ops.shape_helpers import SCALAR, UNKNOWN, invalid


def _matrix(name: str, value: np.ndarray) -> None:
    if value.ndim != 2:
        raise invalid(f"Input {name} should be a matrix.")


@kernel("NearestNeighbors", static=("k",))
def nearest_neighbors(points, centers, k):
    _matrix("points", points)
    _matrix("centers", centers)
    if points.shape[1] != centers.shape[1]:
        raise invalid(f"Expected point_dimensions == center_dimensions: {points.shape[1]} vs {centers.shape[1]}.")
    if k.ndim or k < 0:
        raise invalid(f"Input k should be a scalar that is not negative, got {k}")
    products = jnp.matmul(points, centers.T, precision=lax.Precision.HIGHEST)
    squares = jnp.sum(points * points, 1)[:, None] + jnp.sum(centers * centers, 1) - 2 * products
    # Of centers as near as each other the first one comes first.
    nearest, places = lax.top_k(-squares, min(int(k), centers.shape[0]))
    return places.astype(jnp.int64), jnp.maximum(-nearest, 0)


def _random(seed: np.ndarray) -> HostRandom:
    return HostRandom(np.array([int(seed) % 2**64, 0, 0], np.uint64))


@kernel("KMC2ChainInitialization", host=True)
def kmc2_chain_initialization(distances, seed):
    if distances.ndim != 1:
        raise invalid("Input distances should be a vector.")
    if not distances.size:
        raise invalid("Expected distances_tensor.size() > 0.")
    words = _random(seed)
    chosen = 0
    for place in range(1, distances.size):
        # A step of the chain: always to what is farther, at times to what is nearer.
        if distances[place] > words.float() * distances[chosen]:
            chosen = place
    return np.int64(chosen)


@kernel("KmeansPlusPlusInitialization", host=True)
def kmeans_plus_plus_initialization(points, num_to_sample, seed, num_retries_per_sample):
    _matrix("points", points)
    count, tries = int(num_to_sample), max(int(num_retries_per_sample), 0) + 1
    if count <= 0:
        raise invalid("Expected num_to_sample > 0.")
    if count > len(points):
        raise invalid(f"Expected num_to_sample <= points.rows(). {count} vs {len(points)}.")
    words = _random(seed)
    chosen: list[int] = []
    # Half the square of each point's distance to the nearest one chosen.
    nearest = np.full(len(points), np.inf, np.float32)
    for _ in range(count):
        sums = np.cumsum(nearest, dtype=np.float32) if chosen else None
        options = []
        for _ in range(tries):
            place = (
                words.bits(64) % len(points) if sums is None else int(np.searchsorted(sums, words.float() * sums[-1]))
            )
            place = min(place, len(points) - 1)
            halves = np.float32(0.5) * np.square(points - points[place]).sum(1)
            options.append((place, np.minimum(nearest, halves)))
        place, nearest = min(options, key=lambda option: option[1].sum())
        chosen.append(place)
    return points[chosen]


@shape_function("NearestNeighbors")
def _(op):
    return [UNKNOWN] * 2


@shape_function("KmeansPlusPlusInitialization")
def _(op):
    return UNKNOWN


@shape_function("KMC2ChainInitialization")
def _(op):
    return SCALAR
