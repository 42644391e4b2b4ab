# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim.v1.resource_loader import get_data_files_path as get_data_files_path
from tfshim.v1.resource_loader import get_path_to_datafile as get_path_to_datafile
from tfshim.v1.resource_loader import readahead_file_path as readahead_file_path
