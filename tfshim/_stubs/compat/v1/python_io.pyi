# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim.api.tf_record import TFRecordCompressionType as TFRecordCompressionType
from tfshim.api.tf_record import TFRecordOptions as TFRecordOptions
from tfshim.api.tf_record import TFRecordWriter as TFRecordWriter
from tfshim.api.tf_record import tf_record_iterator as tf_record_iterator
