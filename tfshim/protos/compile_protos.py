"""Compiles `src/**/*.proto` to `descriptors.pb`: `python -m tfshim.protos.compile_protos`.

Needs `grpcio-tools`, which is a dependency of development only. With `--check` it only says whether the
committed file is up to date.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from google.protobuf import descriptor_pb2

HERE = Path(__file__).parent
TARGET = HERE / "descriptors.pb"


def compile_sources() -> bytes:
    """The serialized FileDescriptorSet of all sources and what they import."""
    sources = sorted(str(p.relative_to(HERE / "src")) for p in (HERE / "src").rglob("*.proto"))
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.pb"
        command = [sys.executable, "-m", "grpc_tools.protoc", "-I.", "--include_imports"]
        subprocess.run([*command, f"--descriptor_set_out={out}", *sources], cwd=HERE / "src", check=True)
        files = descriptor_pb2.FileDescriptorSet.FromString(out.read_bytes())
    for file in files.file:
        for message in file.message_type:
            _drop_derived_names(message)
    return files.SerializeToString(deterministic=True)


def _drop_derived_names(message: descriptor_pb2.DescriptorProto) -> None:
    """Removes the JSON names, which follow from the field names."""
    for field in message.field:
        field.ClearField("json_name")
    for nested in message.nested_type:
        _drop_derived_names(nested)


def main() -> int:
    data = compile_sources()
    if "--check" in sys.argv:
        return int(data != TARGET.read_bytes())
    TARGET.write_bytes(data)
    return 0


if __name__ == "__main__":
    sys.exit(main())
