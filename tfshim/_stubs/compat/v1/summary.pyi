# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from typing import Any as _Any

from tfshim.v1.summaries import all_v2_summary_ops as all_v2_summary_ops
from tfshim.v1.summaries import audio as audio
from tfshim.v1.summaries import get_summary_description as get_summary_description
from tfshim.v1.summaries import histogram as histogram
from tfshim.v1.summaries import image as image
from tfshim.v1.summaries import initialize as initialize
from tfshim.v1.summaries import merge as merge
from tfshim.v1.summaries import merge_all as merge_all
from tfshim.v1.summaries import scalar as scalar
from tfshim.v1.summaries import tensor_summary as tensor_summary
from tfshim.v1.summaries import text as text
from tfshim.v1.summary_writer import FileWriter as FileWriter
from tfshim.v1.summary_writer import FileWriterCache as FileWriterCache

Event: _Any
SessionLog: _Any
Summary: _Any
SummaryDescription: _Any
TaggedRunMetadata: _Any
