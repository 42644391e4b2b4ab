"""The public names of `tfshim.nest`: `tf.nest`, and those that libraries use under `tf.__internal__.nest`."""

from tfshim import nest
from tfshim.export import export

_PUBLIC = ("flatten", "map_structure", "pack_sequence_as", "assert_same_structure", "is_nested")
_INTERNAL = (
    "flatten_up_to",
    "get_traverse_shallow_structure",
    "is_attrs",
    "is_mapping",
    "list_to_tuple",
    "map_structure_up_to",
    "sequence_like",
    "yield_flat_paths",
)

for _name in _PUBLIC:
    export(f"nest.{_name}")(getattr(nest, _name))
for _name in _INTERNAL:
    export(f"__internal__.nest.{_name}")(getattr(nest, _name))
