# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim.api.printing import string_format as format
from tfshim.api.strings import as_string as as_string
from tfshim.api.strings import lower as lower
from tfshim.api.strings import reduce_join as reduce_join
from tfshim.api.strings import regex_full_match as regex_full_match
from tfshim.api.strings import regex_replace as regex_replace
from tfshim.api.strings import string_join as join
from tfshim.api.strings import string_length as length
from tfshim.api.strings import strip as strip
from tfshim.api.strings import substr as substr
from tfshim.api.strings import to_hash_bucket as to_hash_bucket
from tfshim.api.strings import to_hash_bucket_fast as to_hash_bucket_fast
from tfshim.api.strings import to_hash_bucket_strong as to_hash_bucket_strong
from tfshim.api.strings import to_number as to_number
from tfshim.api.strings import upper as upper
from tfshim.api.strings_split import bytes_split as bytes_split
from tfshim.api.strings_split import ngrams as ngrams
from tfshim.api.strings_split import split as split
from tfshim.api.strings_split import unsorted_segment_join as unsorted_segment_join
from tfshim.api.strings_unicode import unicode_decode as unicode_decode
from tfshim.api.strings_unicode import unicode_decode_with_offsets as unicode_decode_with_offsets
from tfshim.api.strings_unicode import unicode_encode as unicode_encode
from tfshim.api.strings_unicode import unicode_script as unicode_script
from tfshim.api.strings_unicode import unicode_split as unicode_split
from tfshim.api.strings_unicode import unicode_split_with_offsets as unicode_split_with_offsets
from tfshim.api.strings_unicode import unicode_transcode as unicode_transcode
