"""Extension types, and what users register for public functions of their own types."""

import inspect
import pickle
import typing

from .runner import Program, raised


def _types(tf):
    class Masked(tf.experimental.ExtensionType):
        values: tf.Tensor
        mask: tf.Tensor

        def __validate__(self):
            self.values.shape.assert_is_compatible_with(self.mask.shape)

    class Store(tf.experimental.ExtensionType):
        name: str
        prices: typing.Mapping[str, tf.Tensor]
        sizes: typing.Tuple[typing.Union[int, float], ...] = (1, 2.0)  # noqa: UP006, UP007
        rows: typing.Optional[tf.RaggedTensor] = None  # noqa: UP045
        shape: tf.TensorShape = (None,)
        kind: tf.DType = "int32"

    class Batched(tf.experimental.BatchableExtensionType):
        values: typing.Union[tf.Tensor, tf.RaggedTensor]  # noqa: UP007
        outer: tf.TensorShape
        tag: str = "t"

        def __init__(self, values):
            self.values = values if isinstance(values, tf.RaggedTensor) else tf.convert_to_tensor(values)
            self.outer = self.values.shape[:1]
            self.tag = "t"

        class Spec:
            dtype = property(lambda self: self.values.dtype)

    return Masked, Store, Batched


def _construction(tf):
    masked, store, _ = _types(tf)
    made = store("s", {"b": [1], "a": 2.0}, sizes=[3])
    return [
        repr(masked([1, 2], [True, False])),
        repr(made),
        [str(inspect.signature(c.__init__)).count(",") for c in (masked, store, store.Spec)],
        [p.kind.name for p in inspect.signature(store.__init__).parameters.values()],
        made.prices["a"],
        type(made.prices).__name__,
        [raised(lambda v=v: store("s", **v)) for v in _WRONG],
        raised(lambda: masked([1, 2], [True])),
        raised(lambda: setattr(made, "name", "n")),
        raised(lambda: setattr(made, "other", 1)),
        raised(lambda: delattr(made, "name")),
        raised(lambda: made.missing),
        raised(lambda: hash(made)),
        raised(tf.experimental.ExtensionType),
    ]


_WRONG = (
    {},
    {"prices": 3},
    {"prices": {1: 2}},
    {"prices": {"a": None}},
    {"prices": {}, "sizes": 3},
    {"prices": {}, "sizes": ["x"]},
    {"prices": {}, "rows": [[1]]},
    {"prices": {}, "shape": "x"},
    {"prices": {}, "kind": "x"},
    {"prices": {}, "more": 1},
)


def _declare(tf, **names):
    return type(tf.experimental.ExtensionType)("Made", (tf.experimental.ExtensionType,), names)


_ANNOTATIONS = (
    lambda tf: int,
    lambda tf: None,
    lambda tf: "Later",
    lambda tf: tf.SparseTensor,
    lambda tf: tf.data.Dataset,
    lambda tf: typing.Tuple[int, ...],  # noqa: UP006
    lambda tf: typing.Mapping[int, str],
    lambda tf: list,
    lambda tf: tf.Variable,
    lambda tf: tf.TensorArray,
    lambda tf: typing.Mapping[tf.Tensor, int],
    lambda tf: typing.List[int],  # noqa: UP006
    lambda tf: typing.Any,
    lambda tf: tf.TensorSpec([]),
    lambda tf: complex,
    lambda tf: typing.Tuple,  # noqa: UP006
)


def _declarations(tf):
    return [
        [raised(lambda a=a: _declare(tf, __annotations__={"x": a(tf)})) for a in _ANNOTATIONS],
        [raised(lambda n=n: _declare(tf, __annotations__={n: int})) for n in ("Spec", "_type_spec", "self", "shape")],
        raised(lambda: _declare(tf, x=3)),
        raised(lambda: _declare(tf, f=lambda self: 1, p=property(lambda self: 2))),
        raised(lambda: _declare(tf, Spec=12)),
        raised(lambda: _declare(tf, __annotations__={"x": int}, x="s")),
        raised(lambda: _declare(tf, is_compatible_with=lambda self, other: True)),
    ]


def _specs(tf):
    masked, store, batched = _types(tf)
    value = masked([1, 2], [True, False])
    spec = masked.Spec(tf.TensorSpec(None, tf.int32), tf.TensorSpec(None, tf.bool))
    made = store("s", {"b": [1], "a": 2.0})
    of_store = store.Spec.from_value(made)
    batch = batched([[1, 2], [3, 4]])._type_spec
    return [
        repr(masked.Spec.from_value(value)).rpartition(".")[2],
        repr(of_store._serialize()),
        of_store == store.Spec._deserialize(of_store._serialize()),
        repr(of_store._component_specs),
        [c.shape for c in of_store._to_components(made)],
        repr(of_store._from_components(of_store._to_components(made))) == repr(made),
        spec.is_compatible_with(value),
        masked.Spec.from_value(value).is_subtype_of(spec),
        repr(spec.most_specific_common_supertype([masked.Spec.from_value(value)])).rpartition(".")[2],
        spec.value_type is masked,
        raised(lambda: masked.Spec(3, 4)),
        raised(lambda: masked.Spec(tf.TensorSpec([]))),
        raised(lambda: setattr(spec, "mask", 1)),
        raised(lambda: value._type_spec._to_legacy_output_shapes()),
        raised(lambda: pickle.dumps(spec)),
        repr(batch._batch(3)).rpartition(".")[2],
        repr(batch._unbatch()).rpartition(".")[2],
        repr(batch._flat_tensor_specs),
        batch.dtype,
    ]


def _use(tf):
    masked, store, batched = _types(tf)
    x = masked([1.0, 2.0, 3.0], [True, False, True])

    @tf.function
    def grow(value, n):
        for _ in tf.range(n):
            if value.values[0] < 100.0:
                value = masked(value.values * 2.0, value.mask)
        return value

    with tf.GradientTape() as tape:
        tape.watch(x.values)
        y = tf.reduce_sum(grow(x, 3).values)
    nested = store("s", {"a": [1.0], "b": x.values}, rows=tf.ragged.constant([[1], [2, 3]]))
    return [
        grow(x, tf.constant(8)).values,
        tape.gradient(y, x.values),
        raised(lambda: tape.gradient(y, x)),
        tf.nest.flatten(nested, expand_composites=True),
        tf.function(lambda s: s.prices["b"] + 1.0)(nested),
        tf.cond(tf.constant(False), lambda: x, lambda: masked([0.0], [True])).values,
        tf.while_loop(lambda i, v: i < 3, lambda i, v: (i + 1, masked(v.values + 1.0, v.mask)), [0, x])[1].values,
        [x == masked([1.0, 2.0, 3.0], [True, False, True]), x != x, x == 3, x == masked([1.0], [True])],
        raised(lambda: tf.add(x, x)),
        grow.experimental_get_tracing_count(),
    ]


def _batches(tf):
    _, _, batched = _types(tf)
    dense = batched([[1, 2], [3, 4], [5, 6]])
    rows = batched(tf.ragged.constant([[1], [2, 3], []]))
    slices = tf.data.Dataset.from_tensor_slices
    return [
        [v.values for v in slices(dense)],
        [v.values for v in slices(dense).batch(2)],
        [v.values for v in tf.data.Dataset.from_tensors(dense).unbatch()],
        [v.values for v in slices(rows).batch(3)],
        repr(slices(dense).element_spec).rpartition(".")[2],
        tf.map_fn(lambda v: v.values[0], dense, fn_output_signature=tf.int32),
        tf.map_fn(lambda v: batched(v.values * 2), dense).values,
        tf.function(lambda d: tf.map_fn(lambda v: batched(v.values * 2), d).values)(dense),
    ]


def _encoder(tf):
    """Half as many tensors, of twice the length."""

    class Encoder(tf.experimental.ExtensionTypeBatchEncoder):
        def batch(self, spec, batch_size):
            return Pair.Spec(*[tf.TensorSpec([batch_size, *s.shape], s.dtype) for s in (spec.x, spec.y)])

        def unbatch(self, spec):
            return Pair.Spec(*[tf.TensorSpec(s.shape[1:], s.dtype) for s in (spec.x, spec.y)])

        def encode(self, spec, value, minimum_rank=0):
            return tf.concat([value.x, value.y], -1)

        def encoding_specs(self, spec):
            return tf.TensorSpec([*spec.x.shape[:-1], spec.x.shape[-1] + spec.y.shape[-1]], spec.x.dtype)

        def decode(self, spec, encoded_value):
            n = spec.x.shape[-1]
            return Pair(encoded_value[..., :n], encoded_value[..., n:])

    class Pair(tf.experimental.BatchableExtensionType):
        x: tf.Tensor
        y: tf.Tensor
        __batch_encoder__ = Encoder()

    ds = tf.data.Dataset.from_tensor_slices(Pair([[1, 2], [3, 4]], [[5], [6]]))
    return [[(v.x, v.y) for v in ds], [(v.x, v.y) for v in ds.batch(2)]]


def _dispatch(tf):
    masked, _, _ = _types(tf)
    add = tf.add
    m = masked([1, 2], [True, False])
    experimental, like = tf.experimental, tf.types.experimental.TensorLike

    class Plain:
        pass

    @experimental.dispatch_for_api(tf.add, {"x": masked}, {"y": masked})
    def add_masked(x, y, name=None):
        values = [v.values if isinstance(v, masked) else v for v in (x, y)]
        return masked(tf.add(*values), m.mask)

    @experimental.dispatch_for_api(tf.concat, {"values": typing.List[masked]})  # noqa: UP006
    def concat(values, axis, name="concat"):
        return ("concat", axis)

    @experimental.dispatch_for_api(tf.stack, {0: typing.List[typing.Union[masked, tf.Tensor]]})  # noqa: UP006, UP007
    def stack(values, axis=0, name="stack"):
        return ("stack", axis)

    @experimental.dispatch_for_api(tf.shape)
    def shape(input: masked, out_type=None, name=None):
        return tf.shape(input.values)

    @experimental.dispatch_for_unary_elementwise_apis(masked)
    def unary(api, x):
        return masked(api(x.values), x.mask)

    @experimental.dispatch_for_binary_elementwise_apis(masked, typing.Union[masked, like])  # noqa: UP007
    def binary(api, x, y):
        return ("binary", api(x.values, y.values if isinstance(y, masked) else y))

    @experimental.dispatch_for_binary_elementwise_assert_apis(masked, masked)
    def check(api, x, y):
        return "assert"

    found = [
        raised(lambda: tf.add(m, 1)),  # two targets
        tf.add(1, m).values,
        tf.math.add(tf.constant(1), m).values,
        tf.add(1, 2),
        raised(lambda: add(m, m)),
        tf.concat([m, m], 0),
        raised(lambda: tf.concat([m, tf.constant([1])], 0)),
        tf.stack([m, tf.constant(1)]),
        tf.stack([tf.constant(1)]),
        tf.shape(m),
        raised(lambda: tf.size(m)),
        tf.abs(m).values,
        tf.cast(m, tf.float32).values,
        tf.clip_by_value(m, 0, 1).values,
        tf.function(lambda v: tf.square(v))(m).values,
        tf.nn.relu(m, name="n").values,
        tf.subtract(m, 1),
        tf.maximum(m, [0, 5]),
        raised(lambda: tf.subtract(1, m)),
        raised(lambda: tf.subtract(m, None)),
        tf.debugging.assert_less(m, masked([3, 4], [True, True])),
        raised(lambda: tf.reduce_sum(m)),
        raised(lambda: experimental.dispatch_for_api(tf.add)(lambda x, y, name=None: 0)),
        raised(lambda: experimental.dispatch_for_api(tf.add, {"z": masked})(add_masked)),
        raised(lambda: experimental.dispatch_for_api(tf.add, 3)(add_masked)),
        raised(lambda: experimental.dispatch_for_api(tf.add, {"x": "M"})(add_masked)),
        raised(lambda: experimental.dispatch_for_api(Plain, {"x": masked})(add_masked)),
        raised(lambda: experimental.dispatch_for_unary_elementwise_apis(masked)(unary)),
        raised(lambda: experimental.dispatch_for_unary_elementwise_apis(3)),
    ]
    for target in (add_masked, concat, stack, shape, unary, binary):
        experimental.unregister_dispatch_for(target)
    after = [raised(lambda f=f: f(m)) for f in (tf.abs, tf.shape, lambda v: tf.add(v, 1), lambda v: tf.stack([v]))]
    return [*found, after, raised(lambda: experimental.unregister_dispatch_for(unary))]


def _dispatch_of_held(tf):
    """Functions that were imported by name before somebody registered a target for them."""
    masked, _, _ = _types(tf)
    m, v1 = masked([1, 2], [True, False]), tf.compat.v1
    held = [tf.reshape, tf.nn.conv2d, tf.math.top_k, tf.signal.frame, tf.linalg.inv, tf.unique, v1.reduce_sum, tf.sqrt]
    first = [next(iter(inspect.signature(f).parameters)) for f in held]
    targets = []
    for fn, name in zip(held, first, strict=True):

        def target(*args, fn=fn, **kwargs):
            return fn.__name__

        target.__signature__ = inspect.signature(fn)
        targets.append(tf.experimental.dispatch_for_api(fn, {name: masked})(target))
    found = [fn(*[m] * needed) for fn, needed in zip(held, (2, 4, 1, 3, 1, 1, 1, 1), strict=True)]
    names = [next(iter(inspect.signature(f).parameters)) for f in held]
    plain = held[0](tf.constant([1, 2]), [2, 1]), held[-1](tf.constant(4.0))
    for target in targets:
        tf.experimental.unregister_dispatch_for(target)
    refused = [
        raised(lambda f=f: tf.experimental.dispatch_for_api(f, {0: masked}))
        for f in (tf.einsum, tf.constant, tf.sparse.add, tf.map_fn, tf.nest.flatten, tf.raw_ops.Add)
    ]
    return len(found), names == first, plain, raised(lambda: held[0](m, [1])), refused


CASES = [
    Program("dispatch-of-held", _dispatch_of_held),
    Program("construction", _construction),
    Program("declarations", _declarations),
    Program("specs", _specs),
    Program("use", _use),
    Program("batches", _batches),
    Program("encoder", _encoder),
    Program("dispatch", _dispatch),
]
