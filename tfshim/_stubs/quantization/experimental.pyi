# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from typing import Any as _Any

from tfshim.api.quantization_experimental import TfRecordRepresentativeDatasetSaver as TfRecordRepresentativeDatasetSaver
from tfshim.api.quantization_experimental import quantize_saved_model as quantize_saved_model

QuantizationComponentSpec: _Any
QuantizationMethod: _Any
QuantizationOptions: _Any
UnitWiseQuantizationSpec: _Any
