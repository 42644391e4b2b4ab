# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim.protos.graph_import import import_graph_def as import_graph_def
