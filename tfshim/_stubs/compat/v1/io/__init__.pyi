# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from typing import Any as _Any

from tfshim._stubs.compat.v1.io import gfile as gfile
from tfshim.api.io import decode_base64 as decode_base64
from tfshim.api.io import decode_compressed as decode_compressed
from tfshim.api.io import decode_csv_v1 as decode_csv
from tfshim.api.io import decode_json_example as decode_json_example
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
from tfshim.api.parsing import parse_example_v1 as parse_example
from tfshim.api.parsing import parse_sequence_example as parse_sequence_example
from tfshim.api.parsing import parse_single_example_v1 as parse_single_example
from tfshim.api.parsing import parse_single_sequence_example as parse_single_sequence_example
from tfshim.api.parsing_features import FixedLenFeature as FixedLenFeature
from tfshim.api.parsing_features import SparseFeature as SparseFeature
from tfshim.api.queues import PaddingFIFOQueue as PaddingFIFOQueue
from tfshim.api.queues import PriorityQueue as PriorityQueue
from tfshim.api.queues import QueueBase as QueueBase
from tfshim.api.queues import RandomShuffleQueue as RandomShuffleQueue
from tfshim.api.tf_record import TFRecordCompressionType as TFRecordCompressionType
from tfshim.api.tf_record import TFRecordOptions as TFRecordOptions
from tfshim.api.tf_record import TFRecordWriter as TFRecordWriter
from tfshim.api.tf_record import tf_record_iterator as tf_record_iterator

def decode_raw(input_bytes=..., out_type=..., little_endian=..., name=..., bytes=...) -> _Any: ...
def serialize_many_sparse(sp_input, name=..., out_type=...) -> _Any: ...
def serialize_sparse(sp_input, name=..., out_type=...) -> _Any: ...
def decode_proto(**kwargs: _Any) -> _Any: ...
def deserialize_many_sparse(**kwargs: _Any) -> _Any: ...
def encode_proto(**kwargs: _Any) -> _Any: ...
