"""The public API by family. Importing this package registers every public name (see `tfshim.export`)."""

from tfshim.ops import kernels  # noqa: F401

# isort: split
from tfshim import dtypes, errors, shapes, trace_type, type_spec  # noqa: F401
from tfshim.api import nest  # noqa: F401
from tfshim.api import build_info, config, proto_names  # noqa: F401
from tfshim.api import raw_ops, version  # noqa: F401
from tfshim.api import casting, histogram, math, math_reduce, math_segment, math_special, math_unary, random  # noqa: F401
from tfshim.api import array, creation, gather, partition, slicing, sorting  # noqa: F401
from tfshim.api import clip, linalg, linalg_decompositions  # noqa: F401
from tfshim.api import nn_activations, nn_conv, nn_loss, nn_norm, nn_pool  # noqa: F401
from tfshim.api import candidate_samplers, core, initializers, random_generator  # noqa: F401
from tfshim import module, tracking, variable  # noqa: F401
from tfshim import convert, custom_gradient, forward_accumulator, function  # noqa: F401
from tfshim import gradient_tape, graph, indexed_slices, scopes  # noqa: F401
from tfshim.api import debugging, dlpack, host, math_gradients  # noqa: F401
