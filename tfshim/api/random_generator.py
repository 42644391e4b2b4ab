"""`tf.random.Generator`: random numbers from a state that is a variable."""

from __future__ import annotations

from typing import Any

from tfshim import dtypes, seeds
from tfshim.api.random import Algorithm, known_algorithm
from tfshim.convert import convert_to_tensor
from tfshim.export import export
from tfshim.ops import op
from tfshim.scopes import init_scope
from tfshim.tracking.auto import AutoTrackable
from tfshim.variable import Variable

_add = op("AddV2")
_binomial = op("StatefulRandomBinomial")
_cast = op("Cast")
_concat = op("ConcatV2")
_full_int = op("StatefulUniformFullInt")
_mul = op("Mul")
_non_deterministic_ints = op("NonDeterministicInts")
_normal = op("StatefulStandardNormalV2")
_pack = op("Pack")
_read_and_skip = op("RngReadAndSkip")
_reshape = op("Reshape")
_sub = op("Sub")
_truncated_normal = op("StatefulTruncatedNormal")
_uniform = op("StatefulUniform")
_uniform_int = op("StatefulUniformInt")
_unpack = op("Unpack")
_zeros_like = op("ZerosLike")

# The stateful ops allow any dtype; TensorFlow draws with stateless ones, which do not.
_ALLOWED = {
    run.name: op(stateless).definition
    for run, stateless in (
        (_full_int, "StatelessRandomUniformFullIntV2"),
        (_normal, "StatelessRandomNormalV2"),
        (_truncated_normal, "StatelessTruncatedNormalV2"),
        (_uniform, "StatelessRandomUniformV2"),
        (_uniform_int, "StatelessRandomUniformIntV2"),
    )
}

# The counter (two numbers for Philox), then the key.
_STATE_SIZES = {Algorithm.PHILOX.value: 3, Algorithm.THREEFRY.value: 2, Algorithm.AUTO_SELECT.value: 3}
_MASK = 2**64 - 1


def _signed(value: Any) -> Any:
    """Python integers that only fit uint64 as the int64 with the same bits, in nested lists too."""
    if isinstance(value, (list, tuple)):
        return [_signed(v) for v in value]
    if isinstance(value, int) and value >= 2**63:
        return value - 2**64
    return value


def _int64(value: Any) -> Any:
    if isinstance(value, (int, list, tuple)):
        return convert_to_tensor(_signed(value), dtypes.int64)
    return _cast(convert_to_tensor(value), DstT=dtypes.int64)


@export("random.create_rng_state", "random.experimental.create_rng_state")
def create_rng_state(seed, alg):
    """Returns the state (int64 [3]) that a generator starts with.

    Args:
      seed: integer, or integers that are cut or padded with zeros in front to the size of the state.
      alg: `tf.random.Algorithm`, its number or its name.
    """
    wanted = _STATE_SIZES[known_algorithm(alg)]
    if isinstance(seed, int):
        seed = [(seed >> (64 * i)) & _MASK for i in range(wanted)]
    state = _reshape(_int64(seed), [-1])
    size = state.shape[0]
    if size is None:
        raise ValueError("The seed of a generator must have a known size.")
    state = state[:wanted]
    if size < wanted:
        state = _concat([convert_to_tensor([0] * (wanted - size), dtypes.int64), state], 0)
    return state


def _key_counter_state(key: Any, counter: Any, alg: int) -> Any:
    counter, key = _int64(counter), _int64(key)
    counter.shape.assert_is_compatible_with([_STATE_SIZES[alg] - 1])
    key.shape.assert_is_compatible_with([])
    return _concat([counter, _reshape(key, [1])], 0)


def _shape(shape: Any) -> Any:
    return convert_to_tensor(shape, dtypes.int64 if isinstance(shape, (tuple, list)) and not shape else None)


@export("random.Generator", "random.experimental.Generator")
class Generator(AutoTrackable):
    """A random generator whose state is a `tf.Variable`, so that it is saved, restored and captured as one.

    Make it with `from_seed`, `from_non_deterministic_state`, `from_state` or `from_key_counter`. Each method
    that draws advances the state. Only the Philox algorithm can draw.
    """

    def __init__(self, copy_from=None, state=None, alg=None):
        """Makes a generator with a copy of the state of another, or with a state (or variable) of its own."""
        if copy_from is not None:
            if state is not None or alg is not None:
                raise AssertionError("Give either `copy_from`, or `state` and `alg`.")
            self._alg = copy_from.algorithm
            self._state_var = self._create_variable(copy_from.state)
            return
        if state is None or alg is None:
            raise AssertionError("Give either `copy_from`, or `state` and `alg`.")
        self._alg = known_algorithm(alg)
        if not isinstance(state, Variable):
            state = _int64(state)
        state.shape.assert_is_compatible_with([_STATE_SIZES[self._alg]])
        self._state_var = state if isinstance(state, Variable) else self._create_variable(state)

    @classmethod
    def from_state(cls, state, alg):
        """Returns a generator with a state (int64 [3]): counter low, counter high, key."""
        return cls(alg=alg, state=state)

    @classmethod
    def from_seed(cls, seed, alg=None):
        """Returns a generator whose state is made from a seed; see `tf.random.create_rng_state`."""
        alg = Algorithm.PHILOX.value if alg is None else known_algorithm(alg)
        return cls(state=create_rng_state(seed, alg), alg=alg)

    @classmethod
    def from_non_deterministic_state(cls, alg=None):
        """Returns a generator whose state comes from the operating system.

        Raises:
          RuntimeError: determinism is enabled.
        """
        if seeds.is_deterministic():
            raise RuntimeError('"from_non_deterministic_state" cannot be called when determinism is enabled.')
        alg = Algorithm.PHILOX.value if alg is None else known_algorithm(alg)
        return cls(state=_non_deterministic_ints([_STATE_SIZES[alg]], dtype=dtypes.int64), alg=alg)

    @classmethod
    def from_key_counter(cls, key, counter, alg):
        """Returns a generator with a key (scalar) and a counter (two integers)."""
        alg = known_algorithm(alg)
        return cls(state=_key_counter_state(key, counter, alg), alg=alg)

    def _create_variable(self, value: Any) -> Variable:
        return Variable(value, dtype=dtypes.int64, trainable=False, name="StateVar")

    def reset(self, state):
        """Sets the state (int64 [3])."""
        state = _int64(state)
        state.shape.assert_is_compatible_with([_STATE_SIZES[self._alg]])
        self._state_var.assign(state)

    def reset_from_seed(self, seed):
        """Sets the state to that of `from_seed(seed)`."""
        self._state_var.assign(create_rng_state(seed, self.algorithm))

    def reset_from_key_counter(self, key, counter):
        """Sets the state to that of `from_key_counter(key, counter)`."""
        self._state_var.assign(_key_counter_state(key, counter, self._alg))

    @property
    def state(self):
        """The variable (int64 [3]): counter low, counter high, key."""
        return self._state_var

    @property
    def algorithm(self):
        """The number of the algorithm."""
        return self._alg

    @property
    def key(self):
        """The key: the last number of the state."""
        return self._state_var[-1]

    def skip(self, delta):
        """Advances the counter as drawing `delta` numbers would; returns the state before."""
        delta = convert_to_tensor(delta)
        return _read_and_skip(self._handle(), self.algorithm, _cast(delta, DstT=dtypes.uint64))

    def _handle(self) -> Any:
        self._state_var._accessed()
        return self._state_var.handle

    def _draw(self, run: Any, shape: Any, *inputs: Any, **options: Any) -> Any:
        _ALLOWED[run.name].check_attr("dtype", inputs[-1].dtype if inputs else options["dtype"])
        return run(self._handle(), self.algorithm, _shape(shape), *inputs, **options)

    def normal(self, shape, mean=0.0, stddev=1.0, dtype=dtypes.float32, name=None):
        """Returns samples of a normal distribution; see `tf.random.normal`."""
        mean, stddev = convert_to_tensor(mean, dtype), convert_to_tensor(stddev, dtype)
        return _add(_mul(self._draw(_normal, shape, dtype=dtypes.as_dtype(dtype)), stddev), mean, name=name)

    def truncated_normal(self, shape, mean=0.0, stddev=1.0, dtype=dtypes.float32, name=None):
        """Returns samples of a truncated normal distribution; see `tf.random.truncated_normal`."""
        mean, stddev = convert_to_tensor(mean, dtype), convert_to_tensor(stddev, dtype)
        return _add(_mul(self._draw(_truncated_normal, shape, dtype=dtypes.as_dtype(dtype)), stddev), mean, name=name)

    def uniform(self, shape, minval=0, maxval=None, dtype=dtypes.float32, name=None):
        """Returns samples that are uniform in [minval, maxval).

        `maxval` None means 1 for floating dtypes; integer dtypes need both bounds, or None for both: the whole
        range.
        """
        dtype = dtypes.as_dtype(dtype)
        if dtype.is_integer:
            if (minval is None) != (maxval is None):
                raise ValueError(
                    f"For integer dtype {dtype}, minval and maxval must be both `None` or both non-`None`; "
                    f"got minval={minval} and maxval={maxval}"
                )
            if minval is None:
                return self._draw(_full_int, shape, dtype=dtype, name=name)
        low = convert_to_tensor(minval, dtype)
        high = convert_to_tensor(1 if maxval is None else maxval, dtype)
        if dtype.is_integer:
            return self._draw(_uniform_int, shape, low, high, name=name)
        samples = self._draw(_uniform, shape, dtype=dtype)
        return _add(_mul(samples, _sub(high, low)), low, name=name)

    def uniform_full_int(self, shape, dtype=dtypes.uint64, name=None):
        """Returns integers over the whole range of int32, int64, uint32 or uint64."""
        return self._draw(_full_int, shape, dtype=dtypes.as_dtype(dtype), name=name)

    def binomial(self, shape, counts, probs, dtype=dtypes.int32, name=None):
        """Returns samples of binomial distributions; `shape` ends with that of `counts` and `probs`."""
        counts, probs = convert_to_tensor(counts), convert_to_tensor(probs)
        options = {"dtype": dtypes.as_dtype(dtype), "name": name}
        return _binomial(self._handle(), self.algorithm, _shape(shape), counts, probs, **options)

    def make_seeds(self, count=1):
        """Returns `count` seeds for stateless ops, as the columns of an int64 [2, count]."""
        keys = self.uniform_full_int([count], dtypes.int64)
        return _pack([keys, _zeros_like(keys)])

    def split(self, count=1):
        """Returns a list of `count` generators whose keys are drawn from this one."""
        keys = self.uniform_full_int([count], dtypes.int64)
        states = [_pack([0, 0, key]) for key in _unpack(keys, num=count)]
        return [Generator(state=state, alg=self.algorithm) for state in states]


_global: Generator | None = None


@export("random.get_global_generator", "random.experimental.get_global_generator")
def get_global_generator():
    """Returns the generator of the process; the first call makes one with a random state.

    Raises:
      RuntimeError: determinism is enabled and `set_global_generator` was not called.
    """
    global _global
    if _global is None:
        if seeds.is_deterministic():
            raise RuntimeError(
                '"get_global_generator" cannot be called if determinism is enabled, unless '
                '"set_global_generator" has already been called. Please call "set_global_generator" first.'
            )
        with init_scope():
            _global = Generator.from_non_deterministic_state()
    return _global


@export("random.set_global_generator", "random.experimental.set_global_generator")
def set_global_generator(generator):
    """Replaces the generator of the process. Functions traced before keep the old one."""
    global _global
    _global = generator
