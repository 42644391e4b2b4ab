# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim._stubs.summary import experimental as experimental
from tfshim.api.summary import SummaryWriter as SummaryWriter
from tfshim.api.summary import create_file_writer as create_file_writer
from tfshim.api.summary import create_noop_writer as create_noop_writer
from tfshim.api.summary import flush as flush
from tfshim.api.summary import record_if as record_if
from tfshim.api.summary import should_record_summaries as should_record_summaries
from tfshim.api.summary import write as write
from tfshim.api.summary_graphs import graph as graph
from tfshim.api.summary_graphs import trace_export as trace_export
from tfshim.api.summary_graphs import trace_off as trace_off
from tfshim.api.summary_graphs import trace_on as trace_on
from tfshim.api.summary_values import audio as audio
from tfshim.api.summary_values import histogram as histogram
from tfshim.api.summary_values import image as image
from tfshim.api.summary_values import scalar as scalar
from tfshim.api.summary_values import text as text
