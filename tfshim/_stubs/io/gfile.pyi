# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim.api.gfile import GFile as GFile
from tfshim.api.gfile import copy as copy
from tfshim.api.gfile import exists as exists
from tfshim.api.gfile import get_registered_schemes as get_registered_schemes
from tfshim.api.gfile import glob as glob
from tfshim.api.gfile import isdir as isdir
from tfshim.api.gfile import join as join
from tfshim.api.gfile import listdir as listdir
from tfshim.api.gfile import makedirs as makedirs
from tfshim.api.gfile import mkdir as mkdir
from tfshim.api.gfile import remove as remove
from tfshim.api.gfile import rename as rename
from tfshim.api.gfile import rmtree as rmtree
from tfshim.api.gfile import stat as stat
from tfshim.api.gfile import walk as walk
