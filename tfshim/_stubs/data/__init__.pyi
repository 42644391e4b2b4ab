# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from typing import Any as _Any

from tfshim._stubs.data import experimental as experimental
from tfshim.data.core import DatasetSpec as DatasetSpec
from tfshim.data.core import DatasetV2 as Dataset
from tfshim.data.files import FixedLengthRecordDatasetV2 as FixedLengthRecordDataset
from tfshim.data.files import TFRecordDatasetV2 as TFRecordDataset
from tfshim.data.files import TextLineDatasetV2 as TextLineDataset
from tfshim.data.iterators import IteratorBase as Iterator
from tfshim.data.iterators import IteratorSpec as IteratorSpec
from tfshim.data.iterators import NumpyIterator as NumpyIterator
from tfshim.data.options import Options as Options
from tfshim.data.options import ThreadingOptions as ThreadingOptions

AUTOTUNE: int
INFINITE_CARDINALITY: int
UNKNOWN_CARDINALITY: int
