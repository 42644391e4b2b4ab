# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim.api.audio import decode_wav as decode_wav
from tfshim.api.audio import encode_wav as encode_wav
