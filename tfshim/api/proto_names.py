"""Protocol buffers that have public names: `tf.train.Example`, `tf.compat.v1.GraphDef`, ..."""

from __future__ import annotations

from tfshim.export import export_lazy
from tfshim.protos import convert, graph_import  # noqa: F401 - tf.make_tensor_proto, tf.make_ndarray, tf.import_graph_def

_TRAIN = (
    *("BytesList", "FloatList", "Int64List", "Feature", "Features", "FeatureList", "FeatureLists"),
    *("Example", "SequenceExample", "ClusterDef", "JobDef", "ServerDef"),
)
_V1 = (
    *("AttrValue", "ConfigProto", "Event", "GPUOptions", "GraphDef", "GraphOptions", "HistogramProto"),
    *("LogMessage", "MetaGraphDef", "NameAttrList", "NodeDef", "OptimizerOptions", "RunMetadata"),
    *("RunOptions", "SessionLog", "Summary", "SummaryMetadata", "TensorInfo"),
)
_V1_SUMMARY = ("Event", "SessionLog", "Summary", "SummaryDescription", "TaggedRunMetadata")


def _declare(name: str, *paths: str) -> None:
    # Not made at import: the descriptors take longer to read than the rest of the API to register.
    @export_lazy(*paths)
    def load() -> object:
        from tfshim import protos

        return getattr(protos, name)


for _name in _TRAIN:
    _declare(_name, f"train.{_name}", f"compat.v1.train.{_name}")
for _name in _V1:
    _paths = [f"compat.v1.{_name}"]
    if _name in _V1_SUMMARY:
        _paths.append(f"compat.v1.summary.{_name}")
    _declare(_name, *_paths)
for _name in set(_V1_SUMMARY) - set(_V1):
    _declare(_name, f"compat.v1.summary.{_name}")
_declare("SaverDef", "compat.v1.train.SaverDef")
