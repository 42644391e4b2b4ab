# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from typing import Any


BytesList: Any
ClusterDef: Any
Example: Any
Feature: Any
FeatureList: Any
FeatureLists: Any
Features: Any
FloatList: Any
Int64List: Any
JobDef: Any
SaverDef: Any
SequenceExample: Any
ServerDef: Any
