"""Differential cases of `tf.compat.v1.distributions`."""

from __future__ import annotations

from .inputs import f32, f64, py
from .runner import Case, Program, raised

# Of each kind: how it is made, and values to ask about.
KINDS = {
    "normal": ("Normal", {"loc": [1.0, -2.0], "scale": [[0.5], [3.0]]}, [0.25, 0.75]),
    "laplace": ("Laplace", {"loc": [1.0, -2.0], "scale": [[0.5], [3.0]]}, [0.25, -4.0]),
    "uniform": ("Uniform", {"low": [1.0, -2.0], "high": 4.0}, [0.5, 4.0]),
    "student-t": ("StudentT", {"df": [0.5, 1.5, 4.0], "loc": 1.0, "scale": 2.0}, [0.5, 4.0, -1.0]),
    "gamma": ("Gamma", {"concentration": [0.5, 2.0], "rate": [[1.0], [4.0]]}, [0.5, 4.0]),
    "exponential": ("Exponential", {"rate": [0.5, 2.0]}, [0.5, 4.0]),
    "beta": ("Beta", {"concentration1": [0.5, 2.0], "concentration0": 3.0}, [0.5, 0.25]),
    "dirichlet": ("Dirichlet", {"concentration": [[0.5, 2.0, 1.0], [2.0, 3.0, 4.0]]}, [0.25, 0.25, 0.5]),
    "bernoulli": ("Bernoulli", {"logits": [0.5, -2.0]}, [0, 1]),
    "bernoulli-probs": ("Bernoulli", {"probs": [0.5, 0.1], "dtype": "float32"}, [0.0, 1.0]),
    "categorical": ("Categorical", {"logits": [[0.5, -2.0, 1.0], [0.0, 1.0, 2.0]]}, [0, 2]),
    "categorical-probs": ("Categorical", {"probs": [0.5, 0.25, 0.25], "dtype": "int64"}, [0, 2, 1]),
    "multinomial": ("Multinomial", {"total_count": [4.0, 2.0], "probs": [0.5, 0.25, 0.25]}, [2.0, 1.0, 1.0]),
    "dirichlet-multinomial": ("DirichletMultinomial", {"total_count": 4.0, "concentration": [1.0, 2.0]}, [3.0, 1.0]),
}
AT = "prob log_prob cdf log_cdf survival_function log_survival_function quantile".split()
OF = "entropy mean variance stddev covariance mode is_scalar_event is_scalar_batch batch_shape_tensor".split()


def attempt(compute):
    """What is computed, or the class of the error."""
    try:
        return compute()
    except Exception as error:
        return type(error).__name__


def made(tf, kind, arguments):
    """A distribution; `dtype` is given by name."""
    types = {"dtype": tf.as_dtype(arguments["dtype"])} if "dtype" in arguments else {}
    return getattr(tf.compat.v1.distributions, kind)(**{**arguments, **types})


def table(tf, kind, arguments, values):
    """All that a distribution answers."""
    d = made(tf, kind, arguments)
    answers = [attempt(lambda m=m: getattr(d, m)(values)) for m in AT] + [attempt(getattr(d, m)) for m in OF]
    facts = [repr(d), str(d), d.batch_shape, d.event_shape, d.dtype, sorted(d.parameters), d.allow_nan_stats]
    other = d.copy(name="other")
    return answers, facts, repr(d.reparameterization_type), attempt(lambda: d.kl_divergence(other)), other.name


def draws(tf, kind, arguments):
    """Seeded samples."""
    d = made(tf, kind, arguments)
    return d.sample(seed=5), d.sample(3, seed=6), d.sample([2, 2], seed=7), attempt(lambda: d.sample([[1]]))


def in_graph(tf, kind, arguments, values):
    """Names and static shapes of a graph's tensors."""
    v1 = tf.compat.v1
    with tf.Graph().as_default():
        d = made(tf, kind, arguments)
        n = v1.placeholder(tf.int32, [None])
        sample = d.sample(n, seed=1)
        return d.name, repr(d), sample.shape, d.sample([2, 3]).shape, d.log_prob(values).shape, d.mean().shape


def registered(tf):
    """Divergences between classes, and their subclasses."""
    ds = tf.compat.v1.distributions

    class Mine(ds.Normal):
        """A class of its own."""

    class Other(ds.Distribution):
        """Another."""

        def __init__(self):
            super().__init__(tf.float32, ds.NOT_REPARAMETERIZED, False, True)

        def _log_prob(self, x):
            return -x

        def _stddev(self):
            return tf.constant(2.0)

    mine, other = Mine(0.0, 1.0), Other()
    before = ds.kl_divergence(mine, ds.Normal(1.0, 2.0)), raised(lambda: ds.kl_divergence(mine, other))
    ds.RegisterKL(Mine, Other)(lambda a, b, name=None: tf.constant(3.0))
    after = ds.kl_divergence(mine, other), raised(lambda: ds.RegisterKL(Mine, Other)(lambda a, b: a))
    own = other.prob(1.0), other.variance(), raised(other.sample), raised(lambda: other.cdf(1.0))
    return before, after, own, mine.cross_entropy(ds.Normal(1.0, 2.0)), raised(lambda: ds.RegisterKL(Mine, Mine)(1))


REFUSED = {
    "no-logits": lambda ds, tf: ds.Bernoulli(),
    "both": lambda ds, tf: ds.Categorical(logits=[1.0], probs=[1.0]),
    "integers": lambda ds, tf: ds.Normal(1, 2),
    "types": lambda ds, tf: ds.Normal(1.0, tf.constant(2.0, tf.float64)),
    "negative": lambda ds, tf: ds.Normal(0.0, -1.0, validate_args=True),
    "empty": lambda ds, tf: ds.Uniform(1.0, 1.0, validate_args=True),
    "not-1": lambda ds, tf: ds.Categorical(probs=[0.5, 0.2], validate_args=True),
    "one-class": lambda ds, tf: ds.Categorical(logits=[1.0], validate_args=True),
    "fraction": lambda ds, tf: ds.Bernoulli(0.5, validate_args=True).prob(0.5),
    "2-of-1": lambda ds, tf: ds.Bernoulli(0.5, validate_args=True).prob(2),
    "sum": lambda ds, tf: ds.Multinomial(4.0, [1.0, 2.0], validate_args=True).prob([1.0, 1.0]),
    "no-mode": lambda ds, tf: ds.Gamma(0.5, 1.0, allow_nan_stats=False).mode(),
    "no-mean": lambda ds, tf: ds.StudentT(0.5, 1.0, 1.0, allow_nan_stats=False).mean(),
    "no-beta-mode": lambda ds, tf: ds.Beta(0.5, 1.0, allow_nan_stats=False).mode(),
    "outside": lambda ds, tf: ds.Beta(0.5, 1.0, validate_args=True).prob(1.5),
    "gamma-integer": lambda ds, tf: ds.Gamma(1.0, 1.0).prob(tf.constant(1)),
    "shapes": lambda ds, tf: ds.Normal.param_static_shapes(tf.TensorShape([None])),
    "no-shapes": lambda ds, tf: ds.Dirichlet.param_shapes([1]),
    "half-cdf": lambda ds, tf: ds.Normal(tf.constant(0.0, tf.float16), tf.constant(1.0, tf.float16)).cdf(1.0),
    "parent": lambda ds, tf: ds.Distribution(tf.float32, ds.NOT_REPARAMETERIZED, False, True, graph_parents=[1]),
}

CASES = [
    *[Program(f"table-{name}", lambda tf, k=k: table(tf, *k)) for name, k in KINDS.items()],
    *[Program(f"draws-{name}", lambda tf, k=k: draws(tf, *k[:2])) for name, k in KINDS.items()],
    *[Program(f"graph-{name}", lambda tf, k=k: in_graph(tf, *k)) for name, k in KINDS.items()],
    Program("registered", registered),
    Program("refused", lambda tf: {k: raised(lambda f=f: f(tf.compat.v1.distributions, tf)) for k, f in REFUSED.items()}),
    Case("normal-cdf", lambda tf, x: tf.compat.v1.distributions.Normal(x * 0, x * 0 + 1).log_cdf(x * 12), [f64(9)], grad=2),
    Case("normal-cdf-32", lambda tf, x: tf.compat.v1.distributions.Normal(x, x + 4).cdf(1.0), [f32(9)], grad=True),
    Case("laplace", lambda tf, x: tf.compat.v1.distributions.Laplace(x, 2.0).log_survival_function(1.0), [f32(9)], grad=True),
    Case("sample", lambda tf, x: tf.compat.v1.distributions.Normal(x, x + 5).sample(2, seed=1), [f32(3)], grad=True),
    Case("gamma", lambda tf, x: tf.compat.v1.distributions.Gamma(x + 5, x + 6).log_prob(x + 4), [f32(3)], grad=True),
    Case("probs", lambda tf, x: tf.compat.v1.distributions.Bernoulli(logits=x).entropy(), [f32(3)], grad=True),
    Case("shapes", lambda tf, n: tf.compat.v1.distributions.Normal.param_static_shapes([n, 2])["loc"].as_list(), [py(3)]),
]  # fmt: skip
