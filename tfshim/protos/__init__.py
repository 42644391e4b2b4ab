"""TensorFlow's protocol buffers: `protos.GraphDef`, `protos.NodeDef`, `protos.DataType`, and so on.

The messages live in a descriptor pool of their own, so that the generated code of another package with
the same names (TensorFlow's itself, say) can be loaded into the same process. Nothing is parsed before
the first message is asked for. The sources are in `src/`; `compile_protos.py` makes `descriptors.pb`.
"""

from __future__ import annotations

import functools
import types
from importlib import resources
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from google.protobuf import descriptor_pool

# Where two packages have a message of the same name, the first one is found by its short name.
_PACKAGES = ("tensorflow", "tensorflow.error", "tensorflow.quantization")


@functools.cache
def _files() -> tuple[Any, ...]:
    from google.protobuf import descriptor_pb2

    data = resources.files(__name__).joinpath("descriptors.pb").read_bytes()
    return tuple(descriptor_pb2.FileDescriptorSet.FromString(data).file)


@functools.cache
def pool() -> descriptor_pool.DescriptorPool:
    """The private pool with all descriptors."""
    from google.protobuf import descriptor_pool

    filled = descriptor_pool.DescriptorPool()
    for file in _files():
        filled.Add(file)
    return filled


def file_names() -> tuple[str, ...]:
    """Names of the `.proto` files as TensorFlow has them, each after the files that it imports."""
    return tuple(file.name for file in _files())


@functools.cache
def _message_class(full_name: str) -> type:
    from google.protobuf import message_factory

    cls = message_factory.GetMessageClass(pool().FindMessageTypeByName(full_name))
    file = cls.DESCRIPTOR.file.name
    cls.__module__ = file.removesuffix(".proto").replace("/", ".") + "_pb2"
    return cls


@functools.cache
def _enum(full_name: str) -> Any:
    from google.protobuf.internal import enum_type_wrapper

    return enum_type_wrapper.EnumTypeWrapper(pool().FindEnumTypeByName(full_name))


@functools.cache
def pb2_module(file_name: str) -> types.ModuleType:
    """What the generated module of a `.proto` file would hold: messages, enums and enum values.

    Args:
      file_name: for example `"tensorflow/core/framework/types.proto"`.

    Raises:
      KeyError: there is no such file.
    """
    file = pool().FindFileByName(file_name)
    module = types.ModuleType(file_name.removesuffix(".proto").replace("/", ".") + "_pb2")
    module.DESCRIPTOR = file
    for public in file.public_dependencies:
        _fill(module, public)
    _fill(module, file)
    return module


def _fill(module: types.ModuleType, file: Any) -> None:
    for message in file.message_types_by_name.values():
        setattr(module, message.name, _message_class(message.full_name))
    for enum in file.enum_types_by_name.values():
        setattr(module, enum.name, _enum(enum.full_name))
        for value in enum.values:
            setattr(module, value.name, value.number)


def __getattr__(name: str) -> Any:
    if not name[:1].isupper():  # importing a submodule asks for it here first
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    for find in (_message_class, _enum):
        for package in _PACKAGES:
            try:
                found = find(f"{package}.{name}")
            except KeyError:
                continue
            globals()[name] = found
            return found
    raise AttributeError(f"module {__name__!r} has no message or enum {name!r}")
