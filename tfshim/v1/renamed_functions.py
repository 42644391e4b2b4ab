"""The functions of TensorFlow 1 that differ from those of TensorFlow 2 by names and order of parameters."""

from __future__ import annotations

from tfshim.v1.renaming import declare

# Math ----------------------------------------------------------------------------------------------------

_AXIS = {"reduction_indices": "axis", "keep_dims": "keepdims"}
for _name in ("all", "any", "logsumexp", "max", "mean", "min", "prod", "sum"):
    declare(
        f"reduce_{_name} math.reduce_{_name}",
        f"math.reduce_{_name}",
        "input_tensor axis= keepdims= name= reduction_indices= keep_dims=",
        _AXIS,
    )
declare(
    "count_nonzero math.count_nonzero",
    "math.count_nonzero",
    "input_tensor= axis= keepdims= dtype=int64 name= reduction_indices= keep_dims= input=",
    {**_AXIS, "input_tensor": "input"},
)
for _name in ("argmax", "argmin"):
    declare(
        f"{_name} math.{_name}",
        f"math.{_name}",
        "input axis= name= dimension= output_type=int64",
        {"dimension": "axis"},
    )
declare("norm linalg.norm", "norm", "tensor ord=euclidean axis= keepdims= name= keep_dims=", {"keep_dims": "keepdims"})
declare("scalar_mul", "math.scalar_mul", "scalar x name=")
declare(
    "confusion_matrix math.confusion_matrix",
    "math.confusion_matrix",
    "labels predictions num_classes= dtype=int32 name= weights=",
)
declare("bincount math.bincount", "math.bincount", "arr weights= minlength= maxlength= dtype=int32")
declare("math.in_top_k nn.in_top_k", "math.in_top_k", "predictions targets k name=")
declare(
    "gradients",
    "gradients",
    "ys xs grad_ys= name=gradients colocate_gradients_with_ops=False gate_gradients=False aggregation_method= "
    "stop_gradients= unconnected_gradients=none",
    without_effect="colocate_gradients_with_ops",
)

declare(
    "hessians",
    "hessians",
    "ys xs name=hessians colocate_gradients_with_ops=False gate_gradients=False aggregation_method=",
    without_effect="colocate_gradients_with_ops",
)

# Arrays --------------------------------------------------------------------------------------------------

declare("expand_dims", "expand_dims", "input axis= name= dim=", {"dim": "axis"})
declare("squeeze", "squeeze", "input axis= name= squeeze_dims=", {"squeeze_dims": "axis"})
declare("shape", "shape", "input name= out_type=")
declare(
    "batch_to_space_nd manip.batch_to_space_nd", "batch_to_space", "input block_shape crops name=", {"input": "input"}
)
declare("size", "size", "input name= out_type=")
declare("gather", "gather", "params indices validate_indices= name= axis= batch_dims=0")
declare(
    "gather_nd manip.gather_nd",
    "gather_nd",
    "params indices name= batch_dims=0 bad_indices_policy=''",
)
declare("zeros_like", "zeros_like", "tensor dtype= name= optimize=True", {"tensor": "input"}, "optimize")
declare("ones_like", "ones_like", "tensor dtype= name= optimize=True", {"tensor": "input"}, "optimize")
declare("pad", "pad", "tensor paddings mode=CONSTANT name= constant_values=0")
declare("transpose", "transpose", "a perm= name=transpose conjugate=False")
declare("boolean_mask", "boolean_mask", "tensor mask name=boolean_mask axis=")
declare(
    "reverse_sequence",
    "reverse_sequence",
    "input seq_lengths seq_axis= batch_axis= name= seq_dim= batch_dim=",
    {"seq_dim": "seq_axis", "batch_dim": "batch_axis"},
)
declare(
    "convert_to_tensor",
    "convert_to_tensor",
    "value dtype= name= preferred_dtype= dtype_hint=",
    {"preferred_dtype": "dtype_hint"},
)
for _name in ("space_to_depth", "depth_to_space"):
    declare(f"{_name} nn.{_name}", f"nn.{_name}", "input block_size name= data_format=NHWC")
declare("linalg.transpose", "linalg.matrix_transpose", "a name=matrix_transpose conjugate=False")

# Strings and files ---------------------------------------------------------------------------------------

_JOIN = "inputs axis= keep_dims= separator='' name= reduction_indices= keepdims="
declare("reduce_join strings.reduce_join", "strings.reduce_join", _JOIN, _AXIS)
declare("substr strings.substr", "strings.substr", "input pos len name= unit=BYTE")
declare("strings.length", "strings.length", "input name= unit=BYTE")
declare(
    "string_to_number strings.to_number",
    "strings.to_number",
    "string_tensor= out_type= name= input=",
    {"string_tensor": "input"},
)
declare(
    "string_to_hash_bucket strings.to_hash_bucket",
    "strings.to_hash_bucket",
    "string_tensor= num_buckets= name= input=",
    {"string_tensor": "input"},
)
declare(
    "decode_raw io.decode_raw",
    "io.decode_raw",
    "input_bytes= out_type= little_endian=True name= bytes=",
    {"bytes": "input_bytes"},
)
for _old, _new, _parameters, _renamed in (
    ("Copy", "copy", "oldpath newpath overwrite=False", {"oldpath": "src", "newpath": "dst"}),
    ("DeleteRecursively", "rmtree", "dirname", {"dirname": "path"}),
    ("Exists", "exists", "filename", {"filename": "path"}),
    ("Glob", "glob", "filename", {"filename": "pattern"}),
    ("IsDirectory", "isdir", "dirname", {"dirname": "path"}),
    ("ListDirectory", "listdir", "dirname", {"dirname": "path"}),
    ("MakeDirs", "makedirs", "dirname", {"dirname": "path"}),
    ("MkDir", "mkdir", "dirname", {"dirname": "path"}),
    ("Remove", "remove", "filename", {"filename": "path"}),
    ("Rename", "rename", "oldname newname overwrite=False", {"oldname": "src", "newname": "dst"}),
    ("Stat", "stat", "filename", {"filename": "path"}),
    ("FastGFile", "GFile", "name mode=r", {}),
):
    declare(f"gfile.{_old}", f"io.gfile.{_new}", _parameters, _renamed)

# Checks --------------------------------------------------------------------------------------------------

for _name in ("equal", "none_equal", "less", "less_equal", "greater", "greater_equal"):
    declare(
        f"assert_{_name} debugging.assert_{_name}",
        f"debugging.assert_{_name}",
        "x y data= summarize= message= name=",
        without_effect="data",
    )
for _name in ("negative", "non_negative", "positive", "non_positive"):
    declare(
        f"assert_{_name} debugging.assert_{_name}",
        f"debugging.assert_{_name}",
        "x data= summarize= message= name=",
        without_effect="data",
    )
for _name, _rank in (("rank", "rank"), ("rank_at_least", "rank"), ("rank_in", "ranks")):
    declare(
        f"assert_{_name} debugging.assert_{_name}",
        f"debugging.assert_{_name}",
        f"x {_rank} data= summarize= message= name=",
        without_effect="data summarize",
    )
declare(
    "assert_near debugging.assert_near",
    "debugging.assert_near",
    "x y rtol= atol= data= summarize= message= name=",
    without_effect="data",
)
declare(
    "verify_tensor_all_finite debugging.assert_all_finite",
    "debugging.assert_all_finite",
    "t= msg= name= x= message=",
    {"t": "x", "msg": "message"},
)

# Control flow --------------------------------------------------------------------------------------------

declare(
    "scan",
    "scan",
    "fn elems initializer= parallel_iterations=10 back_prop=True swap_memory=False infer_shape=True reverse=False "
    "name=",
)

# Neural networks -----------------------------------------------------------------------------------------

_FILTER = {"filter": "filters"}
_VALUE = {"value": "input"}
for _name in ("softmax", "log_softmax"):
    declare(f"nn.{_name} math.{_name}", f"nn.{_name}", "logits axis= name= dim=", {"dim": "axis"})
declare(
    "nn.softmax_cross_entropy_with_logits_v2",
    "nn.softmax_cross_entropy_with_logits",
    "labels logits axis= name= dim=",
    {"dim": "axis"},
)
declare(
    "nn.sparse_softmax_cross_entropy_with_logits",
    "nn.sparse_softmax_cross_entropy_with_logits",
    "labels= logits= name=",
)
declare(
    "nn.weighted_cross_entropy_with_logits",
    "nn.weighted_cross_entropy_with_logits",
    "labels= logits= pos_weight= name= targets=",
    {"targets": "labels"},
)
_POOL = "value ksize strides padding data_format=NHWC name= input="
declare("nn.max_pool", "nn.max_pool", _POOL, _VALUE)
declare("nn.avg_pool nn.avg_pool2d", "nn.avg_pool2d", _POOL, _VALUE)
declare(
    "nn.pool",
    "nn.pool",
    "input window_shape pooling_type padding dilation_rate= strides= name= data_format= dilations=",
    {"dilation_rate": "dilations"},
)
declare(
    "nn.conv1d",
    "nn.conv1d",
    "value= filters= stride= padding= use_cudnn_on_gpu= data_format= name= input= dilations=",
    _VALUE,
    "use_cudnn_on_gpu",
)
declare(
    "nn.conv2d",
    "nn.conv2d",
    "input filter= strides= padding= use_cudnn_on_gpu=True data_format=NHWC dilations=[1,1,1,1] name= filters=",
    _FILTER,
    "use_cudnn_on_gpu",
)
declare(
    "nn.conv3d",
    "nn.conv3d",
    "input filter= strides= padding= data_format=NDHWC dilations=[1,1,1,1,1] name= filters=",
    _FILTER,
)
_TRANSPOSED = "value{} filter= output_shape= strides= padding=SAME data_format={} name= input= filters= dilations="
declare("nn.conv2d_transpose", "nn.conv2d_transpose", _TRANSPOSED.format("=", "NHWC"), {**_FILTER, **_VALUE})
declare("nn.conv3d_transpose", "nn.conv3d_transpose", _TRANSPOSED.format("", "NDHWC"), {**_FILTER, **_VALUE})
declare(
    "nn.convolution",
    "nn.convolution",
    "input filter padding strides= dilation_rate= name= data_format= filters= dilations=",
    {**_FILTER, "dilation_rate": "dilations"},
)
declare(
    "nn.depthwise_conv2d",
    "nn.depthwise_conv2d",
    "input filter strides padding rate= name= data_format= dilations=",
    {"rate": "dilations"},
)
declare(
    "nn.separable_conv2d",
    "nn.separable_conv2d",
    "input depthwise_filter pointwise_filter strides padding rate= name= data_format= dilations=",
    {"rate": "dilations"},
)
for _name, _parameters in (
    ("moments", "x axes shift= name= keep_dims= keepdims="),
    ("sufficient_statistics", "x axes shift= keep_dims= name= keepdims="),
    ("weighted_moments", "x axes frequency_weights name= keep_dims= keepdims="),
):
    declare(f"nn.{_name}", f"nn.{_name}", _parameters, {"keep_dims": "keepdims"})
for _name, _parameters in (
    ("nce_loss", "remove_accidental_hits=False partition_strategy=mod name=nce_loss"),
    ("sampled_softmax_loss", "remove_accidental_hits=True partition_strategy=mod name=sampled_softmax_loss seed="),
):
    declare(
        f"nn.{_name}",
        f"nn.{_name}",
        f"weights biases labels inputs num_sampled num_classes num_true=1 sampled_values= {_parameters}",
        without_effect="partition_strategy",
    )
declare("nn.crelu", "nn.crelu", "features name= axis=-1")
declare(
    "nn.max_pool_with_argmax",
    "nn.max_pool_with_argmax",
    "input ksize strides padding data_format=NHWC Targmax= name= output_dtype= include_batch_in_index=False",
    {"Targmax": "output_dtype"},
)
