"""`tensorflow.python.training.slot_creator`: variables beside other ones."""

from typing import Any

from tfshim.v1.training import slots


def create_slot(primary, val, name, colocate_with_primary=True, *, copy_xla_sharding=False) -> Any:
    """A variable `PRIMARY/name` that begins with a value, or a tensor of the shape of `primary`."""
    return slots.create_slot(primary, val, name)


def create_slot_with_initializer(
    primary, initializer, shape, dtype, name, colocate_with_primary=True, *, copy_xla_sharding=False
) -> Any:
    """A variable `PRIMARY/name` that an initializer begins, of a shape and dtype."""
    return slots.create_slot(primary, initializer, name, shape, dtype)


def create_zeros_slot(primary, name, dtype=None, colocate_with_primary=True, *, copy_xla_sharding=False) -> Any:
    """A variable `PRIMARY/name` of the shape of `primary`, filled with zeros."""
    return slots.create_zeros_slot(primary, name, dtype)
