"""Candidate samplers: classes drawn for losses over very many classes."""

from __future__ import annotations

from collections import namedtuple

from tfshim import seeds
from tfshim.export import export
from tfshim.ops import op

_all = op("AllCandidateSampler")
_fixed_unigram = op("FixedUnigramCandidateSampler")
_hits = op("ComputeAccidentalHits")
_learned_unigram = op("LearnedUnigramCandidateSampler")
_log_uniform = op("LogUniformCandidateSampler")
_uniform = op("UniformCandidateSampler")


_RESULTS = {
    run.name: namedtuple(run.name, [output.name for output in run.definition.outputs])
    for run in (_all, _fixed_unigram, _hits, _learned_unigram, _log_uniform, _uniform)
}


def _run(run, true_classes, num_true, num_sampled, unique, seed, name, **attrs):
    first, second = seeds.get_seed(seed)
    options = {"num_true": num_true, "num_sampled": num_sampled, "unique": unique, **attrs}
    return _RESULTS[run.name](*run(true_classes, seed=first or 0, seed2=second or 0, name=name, **options))


@export("random.uniform_candidate_sampler", "compat.v1.nn.uniform_candidate_sampler")
def uniform_candidate_sampler(true_classes, num_true, num_sampled, unique, range_max, seed=None, name=None):
    """Draws classes that are all as likely.

    Args:
      true_classes: int64 [batch, num_true].
      num_true: number of true classes of an example.
      num_sampled: how many to draw for the whole batch.
      unique: whether all drawn classes differ.
      range_max: number of classes.
      seed: op seed, see `tf.random.set_seed`.
      name: name of the op in a graph.

    Returns:
      Drawn classes (int64 [num_sampled]), and how often each true class (float32 [batch, num_true]) and each
      drawn one (float32 [num_sampled]) is expected among them.
    """
    return _run(_uniform, true_classes, num_true, num_sampled, unique, seed, name, range_max=range_max)


@export("random.log_uniform_candidate_sampler", "compat.v1.nn.log_uniform_candidate_sampler")
def log_uniform_candidate_sampler(true_classes, num_true, num_sampled, unique, range_max, seed=None, name=None):
    """Draws classes with probabilities like 1 / (class + 1); see `uniform_candidate_sampler`."""
    return _run(_log_uniform, true_classes, num_true, num_sampled, unique, seed, name, range_max=range_max)


@export("random.learned_unigram_candidate_sampler", "nn.learned_unigram_candidate_sampler")
def learned_unigram_candidate_sampler(true_classes, num_true, num_sampled, unique, range_max, seed=None, name=None):
    """Draws classes as often as they were true in earlier calls; see `uniform_candidate_sampler`.

    Calls in a graph count for each node, eager ones for each seed and set of arguments.
    """
    if range_max > 2147483647:
        raise ValueError(f"Value of range_max:{range_max} is too large to handle")
    return _run(_learned_unigram, true_classes, num_true, num_sampled, unique, seed, name, range_max=range_max)


@export("random.fixed_unigram_candidate_sampler", "nn.fixed_unigram_candidate_sampler")
def fixed_unigram_candidate_sampler(
    true_classes,
    num_true,
    num_sampled,
    unique,
    range_max,
    vocab_file="",
    distortion=1.0,
    num_reserved_ids=0,
    num_shards=1,
    shard=0,
    unigrams=(),
    seed=None,
    name=None,
):
    """Draws classes with given weights; see `uniform_candidate_sampler`.

    Args:
      true_classes: int64 [batch, num_true].
      num_true: number of true classes of an example.
      num_sampled: how many to draw for the whole batch.
      unique: whether all drawn classes differ.
      range_max: number of classes.
      vocab_file: file with a line `name,weight` for each class, instead of `unigrams`.
      distortion: power to which weights are raised.
      num_reserved_ids: number of first classes that are never drawn.
      num_shards: draw only classes whose number leaves the rest `shard` when divided by this.
      shard: see `num_shards`.
      unigrams: list of weights.
      seed: op seed, see `tf.random.set_seed`.
      name: name of the op in a graph.
    """
    return _run(
        _fixed_unigram,
        true_classes,
        num_true,
        num_sampled,
        unique,
        seed,
        name,
        range_max=range_max,
        vocab_file=vocab_file,
        distortion=distortion,
        num_reserved_ids=num_reserved_ids,
        num_shards=num_shards,
        shard=shard,
        unigrams=list(unigrams),
    )


@export("random.all_candidate_sampler", "nn.all_candidate_sampler")
def all_candidate_sampler(true_classes, num_true, num_sampled, unique, seed=None, name=None):
    """Returns all of the `num_sampled` classes, each expected once; see `uniform_candidate_sampler`."""
    return _run(_all, true_classes, num_true, num_sampled, unique, seed, name)


@export("nn.compute_accidental_hits")
def compute_accidental_hits(true_classes, sampled_candidates, num_true, seed=None, name=None):
    """Finds the drawn classes that are true.

    Args:
      true_classes: int64 [batch, num_true].
      sampled_candidates: int64 [num_sampled].
      num_true: number of true classes of an example.
      seed: not used.
      name: name of the op in a graph.

    Returns:
      Rows (int32 [hits]), places among the drawn classes (int64 [hits]), and the least float for each.
    """
    first, second = seeds.get_seed(seed)
    options = {"num_true": num_true, "seed": first or 0, "seed2": second or 0}
    return _RESULTS[_hits.name](*_hits(true_classes, sampled_candidates, name=name, **options))
