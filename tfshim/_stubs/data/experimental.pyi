# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from typing import Any as _Any

from tfshim.data.csv_files import CsvDatasetV2 as CsvDataset
from tfshim.data.csv_files import make_csv_dataset as make_csv_dataset
from tfshim.data.experimental_names import assert_cardinality as assert_cardinality
from tfshim.data.experimental_names import cardinality as cardinality
from tfshim.data.experimental_names import choose_from_datasets as choose_from_datasets
from tfshim.data.experimental_names import counter as Counter
from tfshim.data.experimental_names import from_list as from_list
from tfshim.data.experimental_names import from_variant as from_variant
from tfshim.data.experimental_names import get_next_as_optional as get_next_as_optional
from tfshim.data.experimental_names import get_single_element as get_single_element
from tfshim.data.experimental_names import get_structure as get_structure
from tfshim.data.experimental_names import map_and_batch as map_and_batch
from tfshim.data.experimental_names import parallel_interleave as parallel_interleave
from tfshim.data.experimental_names import prefetch_to_device as prefetch_to_device
from tfshim.data.experimental_names import random_dataset as RandomDataset
from tfshim.data.experimental_names import sample_from_datasets as sample_from_datasets
from tfshim.data.experimental_names import shuffle_and_repeat as shuffle_and_repeat
from tfshim.data.experimental_names import to_variant as to_variant
from tfshim.data.optionals import Optional as Optional
from tfshim.data.options import AutoShardPolicy as AutoShardPolicy
from tfshim.data.options import AutotuneAlgorithm as AutotuneAlgorithm
from tfshim.data.options import AutotuneOptions as AutotuneOptions
from tfshim.data.options import DistributeOptions as DistributeOptions
from tfshim.data.options import ExternalStatePolicy as ExternalStatePolicy
from tfshim.data.options import OptimizationOptions as OptimizationOptions
from tfshim.data.options import ServiceOptions as ServiceOptions
from tfshim.data.options import ThreadingOptions as ThreadingOptions

AUTOTUNE: int
INFINITE_CARDINALITY: int
SHARD_HINT: int
UNKNOWN_CARDINALITY: int
def bucket_by_sequence_length(element_length_func, bucket_boundaries, bucket_batch_sizes, padded_shapes=..., padding_values=..., pad_to_bucket_boundary=..., no_padding=..., drop_remainder=...) -> _Any: ...
def dense_to_ragged_batch(batch_size, drop_remainder=..., row_splits_dtype=...) -> _Any: ...
def enumerate_dataset(start=...) -> _Any: ...
def group_by_window(key_func, reduce_func, window_size=..., window_size_func=...) -> _Any: ...
def ignore_errors(log_warning=...) -> _Any: ...
def scan(initial_state, scan_func) -> _Any: ...
def take_while(predicate) -> _Any: ...
def unbatch() -> _Any: ...
def unique() -> _Any: ...
