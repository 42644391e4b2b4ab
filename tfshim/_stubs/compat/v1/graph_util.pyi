# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from typing import Any as _Any

from tfshim.v1.graph_surgery import convert_variables_to_constants as convert_variables_to_constants
from tfshim.v1.graph_surgery import extract_sub_graph as extract_sub_graph
from tfshim.v1.graph_surgery import remove_training_nodes as remove_training_nodes
from tfshim.v1.graph_surgery import tensor_shape_from_node_def_name as tensor_shape_from_node_def_name

def import_graph_def(**kwargs: _Any) -> _Any: ...
