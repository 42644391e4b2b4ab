"""`tensorflow.python.framework.tensor_spec`: specs of tensors."""

from tfshim.type_spec import DenseSpec, TensorSpec  # noqa: F401
