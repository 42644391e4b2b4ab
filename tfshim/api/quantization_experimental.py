"""`tf.quantization.experimental`: options of TensorFlow's quantiser of saved models, and files of its samples."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from tfshim.errors import UnimplementedError
from tfshim.export import export, export_lazy


def _declare_proto(name: str) -> None:
    @export_lazy(f"quantization.experimental.{name}")
    def load() -> object:
        from tfshim import protos

        return getattr(protos, name)


for _name in ("QuantizationComponentSpec", "QuantizationMethod", "QuantizationOptions", "UnitWiseQuantizationSpec"):
    _declare_proto(_name)


@export("quantization.experimental.TfRecordRepresentativeDatasetSaver")
class TfRecordRepresentativeDatasetSaver:
    """Writes samples of a model's inputs to TFRecord files, one for each signature.

    A record is a serialized `RepresentativeDataSample`.
    """

    def __init__(
        self,
        path_map: Mapping[str, os.PathLike[str]],
        expected_input_key_map: Mapping[str, Collection[str]] | None = None,
    ):
        """Makes a saver.

        Args:
          path_map: from the key of a signature to the file for its samples.
          expected_input_key_map: from the key of a signature to the names that each of its samples must have.

        Raises:
          KeyError: if the two have not the same keys.
        """
        if expected_input_key_map is not None and set(path_map) != set(expected_input_key_map):
            raise KeyError("The `path_map` and `expected_input_key_map` should have the same set of keys.")
        self.path_map = path_map
        self.expected_input_key_map = expected_input_key_map if expected_input_key_map is not None else {}

    def save(self, representative_dataset: Mapping[str, Iterable[Mapping[str, Any]]]) -> Mapping[str, Any]:
        """Writes samples: of each signature an iterable of dictionaries from the name of an input to its value.

        Returns:
          From the key of a signature to a `RepresentativeDatasetFile`, as `QuantizationOptions` takes it.

        Raises:
          ValueError: for a signature that `path_map` has no file for.
          KeyError: for a sample with other names than expected.
        """
        from tfshim import protos
        from tfshim.data.crc import framed

        for key in representative_dataset:
            if key not in self.path_map:
                raise ValueError(f"SignatureDef key does not exist in the provided path_map: {key}")
        files = {}
        for key, samples in representative_dataset.items():
            with open(self.path_map[key], "wb") as file:
                for sample in samples:
                    file.write(framed(self._sample(key, sample).SerializeToString()))
            files[key] = protos.RepresentativeDatasetFile(tfrecord_file_path=str(self.path_map[key]))
        return files

    def _sample(self, key: str, sample: Mapping[str, Any]) -> Any:
        from tfshim import protos
        from tfshim.protos.convert import make_tensor_proto

        expected = self.expected_input_key_map.get(key)
        if expected is not None and set(sample) != set(expected):
            raise KeyError(
                f"Invalid input keys for representative sample. The function expects input keys of: {set(expected)}. "
                f"Got: {set(sample)}."
            )
        proto = protos.RepresentativeDataSample()
        for name, value in sample.items():
            proto.tensor_proto_inputs[name].CopyFrom(make_tensor_proto(value))
        return proto


@export("quantization.experimental.quantize_saved_model")
def quantize_saved_model(
    saved_model_path,
    output_directory=None,
    quantization_options=None,
    representative_dataset=None,
    *,
    overwrite_output_directory=False,
):
    """Refuses: the quantiser of saved models is part of TensorFlow's compiler, which tfshim has not.

    Raises:
      UnimplementedError: always.
    """
    del saved_model_path, output_directory, quantization_options, representative_dataset, overwrite_output_directory
    raise UnimplementedError(
        None,
        None,
        "tf.quantization.experimental.quantize_saved_model needs TensorFlow's compiler. Quantise weights and "
        "activations in the model's own functions with tf.quantization.quantize_and_dequantize_v2 or "
        "tf.quantization.fake_quant_with_min_max_vars, or run TensorFlow's quantiser on the saved model elsewhere.",
    )
