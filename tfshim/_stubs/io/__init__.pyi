# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from typing import Any as _Any

from tfshim._stubs.io import gfile as gfile
from tfshim.api.io import decode_base64 as decode_base64
from tfshim.api.io import decode_compressed as decode_compressed
from tfshim.api.io import decode_csv as decode_csv
from tfshim.api.io import decode_json_example as decode_json_example
from tfshim.api.io import decode_raw as decode_raw
from tfshim.api.io import encode_base64 as encode_base64
from tfshim.api.io import match_filenames_once as match_filenames_once
from tfshim.api.io import matching_files as matching_files
from tfshim.api.io import parse_tensor as parse_tensor
from tfshim.api.io import read_file as read_file
from tfshim.api.io import serialize_tensor as serialize_tensor
from tfshim.api.io import write_file as write_file
from tfshim.api.io import write_graph as write_graph
from tfshim.api.parsing import FixedLenSequenceFeature as FixedLenSequenceFeature
from tfshim.api.parsing import RaggedFeature as RaggedFeature
from tfshim.api.parsing import VarLenFeature as VarLenFeature
from tfshim.api.parsing import parse_example as parse_example
from tfshim.api.parsing import parse_sequence_example as parse_sequence_example
from tfshim.api.parsing import parse_single_example as parse_single_example
from tfshim.api.parsing import parse_single_sequence_example as parse_single_sequence_example
from tfshim.api.parsing_features import FixedLenFeature as FixedLenFeature
from tfshim.api.parsing_features import SparseFeature as SparseFeature
from tfshim.api.tf_record import TFRecordOptions as TFRecordOptions
from tfshim.api.tf_record import TFRecordWriter as TFRecordWriter
from tfshim.sparse.serialising import deserialize_many_sparse as deserialize_many_sparse
from tfshim.sparse.serialising import serialize_many_sparse as serialize_many_sparse
from tfshim.sparse.serialising import serialize_sparse as serialize_sparse

def decode_proto(bytes, message_type, field_names, output_types, descriptor_source=..., message_format=..., sanitize=..., name=...) -> _Any: ...
def encode_proto(sizes, values, field_names, message_type, descriptor_source=..., name=...) -> _Any: ...
