"""`tf.nn.RNNCell*Wrapper`: recurrent cells with dropout, with a residual connection, or on a device.

A cell is an object with `call(inputs, state)`, `build`, `state_size` and `output_size`, such as those of Keras.
TensorFlow's wrappers derive from a Keras layer of an old version; these from `tf.Module`, so that they find the
cell's variables, and have of a layer what calling, building and configuring takes.
"""

from __future__ import annotations

import hashlib
import importlib
import math
import numbers
import types

from tfshim import dtypes, nest
from tfshim.api.nn_norm import dropout
from tfshim.api.random import uniform
from tfshim.control_flow.tensor_array import TensorArray
from tfshim.convert import constant_value, convert_to_tensor
from tfshim.devices import device
from tfshim.export import export
from tfshim.module import Module
from tfshim.ops import op
from tfshim.shapes import TensorShape

_floor = op("Floor")


def _function_config(name, function):
    if isinstance(function, types.LambdaType) and function.__name__ == "<lambda>":
        raise ValueError(f"`{name}` is a lambda, which no configuration can hold: give a function of a module instead")
    return {name: function.__name__, f"{name}_type": "function", f"{name}_module": function.__module__}


def _function_of(config, name, custom_objects):
    """Takes a function's entries out of a configuration; None if there are none."""
    if name not in config:
        return None
    config.pop(f"{name}_type")
    module, function = config.pop(f"{name}_module"), config.pop(name)
    if custom_objects and function in custom_objects:
        return custom_objects[function]
    return getattr(importlib.import_module(module), function)


def _class_named(name, custom_objects):
    if custom_objects and name in custom_objects:
        return custom_objects[name]
    # Keras is large, and few come here.
    layers = importlib.import_module("keras").layers
    if not hasattr(layers, name):
        raise ValueError(f"Unknown cell {name!r}: give its class in `custom_objects`")
    return getattr(layers, name)


class _CellWrapper(Module):
    """What the wrappers share: they are cells themselves."""

    def __init__(self, cell, name=None, dtype=None, trainable=True):
        super().__init__(name=name)
        self.cell = cell
        self.built = False
        self.trainable = trainable
        self._dtype = None if dtype is None else dtypes.as_dtype(dtype)

    @property
    def state_size(self):
        """The state size of the wrapped cell."""
        return self.cell.state_size

    @property
    def output_size(self):
        """The output size of the wrapped cell."""
        return self.cell.output_size

    @property
    def dtype(self):
        """The name of the dtype that was given, or None."""
        return self._dtype and self._dtype.name

    @property
    def weights(self):
        """The variables of the wrapped cell."""
        return list(self.cell.variables)

    @property
    def trainable_weights(self):
        """The trainable variables of the wrapped cell."""
        return list(self.cell.trainable_variables)

    @property
    def non_trainable_weights(self):
        """The other variables of the wrapped cell."""
        return list(self.cell.non_trainable_variables)

    def get_weights(self):
        """The values of `weights`, as NumPy arrays."""
        return [w.numpy() for w in self.weights]

    def set_weights(self, weights):
        """Assigns arrays to `weights`."""
        if len(weights) != len(self.weights):
            raise ValueError(f"There are {len(self.weights)} weights, but {len(weights)} values")
        for variable, value in zip(self.weights, weights):
            variable.assign(value)

    def count_params(self):
        """How many numbers `weights` hold.

        Raises:
          ValueError: if the cell was not built.
        """
        if not self.built:
            raise ValueError("`count_params` needs a built cell: call it, or its `build`")
        return sum(math.prod(w.shape.as_list()) for w in self.weights)

    def build(self, inputs_shape):
        """Builds the wrapped cell for inputs of a shape."""
        self.cell.build(inputs_shape)
        self.built = True

    def __call__(self, inputs, state, **kwargs):
        """Builds the cell if that was not done yet, and runs one step."""
        if not self.built:
            self.build(nest.map_structure(lambda x: convert_to_tensor(x).shape, inputs))
        return self.call(inputs, state, **kwargs)

    def call(self, inputs, state, **kwargs):
        """Runs one step of the built cell; returns its output and its new state."""
        return self._call_wrapped_cell(inputs, state, self.cell.call, **kwargs)

    def zero_state(self, batch_size, dtype):
        """The state of zeros of the wrapped cell."""
        return self.cell.zero_state(batch_size, dtype)

    def get_initial_state(self, inputs=None, batch_size=None, dtype=None):
        """The state of zeros for a batch like `inputs`, or of a size and dtype."""
        if inputs is not None:
            inputs = convert_to_tensor(inputs)
            batch_size, dtype = op("Shape")(inputs)[0], inputs.dtype
        if batch_size is None or dtype is None:
            raise ValueError(f"The batch size and dtype must be given. Received: {batch_size=}, {dtype=}")
        sizes = nest.map_structure(lambda s: TensorShape(s).as_list(), self.state_size)
        zero = convert_to_tensor(0, dtypes.as_dtype(dtype))
        return nest.map_structure_up_to(self.state_size, lambda s: op("Fill")([batch_size, *s], zero), sizes)

    def get_config(self):
        """The name, and the class and configuration of the cell."""
        config = {"name": self.name, "trainable": self.trainable, "dtype": self.dtype}
        return config | {"cell": {"class_name": type(self.cell).__name__, "config": self.cell.get_config()}}

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """Makes a wrapper from what `get_config` returned; `custom_objects` are classes and functions by name."""
        config = dict(config)
        cell = config.pop("cell")
        return cls(_class_named(cell["class_name"], custom_objects).from_config(cell["config"]), **config)


def _keep_probability(name, value):
    """A float if the value is known, else a tensor."""
    known = constant_value(convert_to_tensor(value))
    if known is None:
        return value
    if not 0 <= known <= 1:
        raise ValueError(f"Parameter {name} must be between 0 and 1: {known}")
    return float(known)


def _drop_state(substate):
    """By default TensorArrays are left alone, and so is `c`, the memory, of a state with `c` and `h`."""
    if isinstance(substate, tuple) and getattr(substate, "_fields", None) == ("c", "h"):
        return type(substate)(c=False, h=True)
    return not isinstance(substate, TensorArray)


def _choices(choose, state):
    """What `choose` says of a state, asked again of every level that it does not answer as a whole."""
    answer = choose(state)
    if nest.is_nested(answer):
        parts = zip(nest.flatten_up_to(answer, answer), nest.flatten_up_to(answer, state))
        return nest.pack_sequence_as(answer, [_choices(choose, part) if yes else False for yes, part in parts])
    if answer and nest.is_nested(state):
        return nest.sequence_like(state, [_choices(choose, part) for part in state])
    return bool(answer)


def _map_numbered(function, shallow, *structures):
    """`map_structure_up_to` whose function also gets the number of the element."""
    flat = zip(*(nest.flatten_up_to(shallow, s) for s in structures))
    return nest.pack_sequence_as(shallow, [function(i, *values) for i, values in enumerate(flat)])


@export("nn.RNNCellDropoutWrapper")
class DropoutWrapper(_CellWrapper):
    """A cell with dropout of its inputs, outputs and states.

    Args:
      cell: the cell.
      input_keep_prob: probability to keep an input: a number or scalar tensor.
      output_keep_prob: probability to keep an output.
      state_keep_prob: probability to keep an element of the new state.
      variational_recurrent: whether all steps drop the same elements, chosen now.
      input_size: shapes of inputs without the batch; needed if the elements of inputs are to be chosen now.
      dtype: dtype of inputs, outputs and states; needed for `variational_recurrent`.
      seed: seed from which op seeds are derived.
      dropout_state_filter_visitor: a function of a state that says what may be dropped: a bool, or bools for its
        parts. By default, not TensorArrays and not `c` of a state with `c` and `h`.
      **kwargs: `name` and `trainable`.

    Raises:
      ValueError: for probabilities out of range, a missing `dtype` or `input_size`, or a Keras LSTM cell.
      TypeError: if `dropout_state_filter_visitor` cannot be called.
    """

    def __init__(
        self,
        cell,
        input_keep_prob=1.0,
        output_keep_prob=1.0,
        state_keep_prob=1.0,
        variational_recurrent=False,
        input_size=None,
        dtype=None,
        seed=None,
        dropout_state_filter_visitor=None,
        **kwargs,
    ):
        if any(c.__name__ == "LSTMCell" and c.__module__.startswith("keras.") for c in type(cell).__mro__):
            raise ValueError(
                "keras LSTM cell does not work with DropoutWrapper. "
                "Please use LSTMCell(dropout=x, recurrent_dropout=y) instead."
            )
        super().__init__(cell, dtype=dtype, **kwargs)
        if dropout_state_filter_visitor is not None and not callable(dropout_state_filter_visitor):
            raise TypeError("dropout_state_filter_visitor must be callable")
        self._dropout_state_filter = dropout_state_filter_visitor or _drop_state
        self._input_keep_prob = _keep_probability("input_keep_prob", input_keep_prob)
        self._state_keep_prob = _keep_probability("state_keep_prob", state_keep_prob)
        self._output_keep_prob = _keep_probability("output_keep_prob", output_keep_prob)
        self._variational_recurrent = variational_recurrent
        self._input_size = input_size
        self._seed = seed
        self._noise = {"input": None, "state": None, "output": None}
        if variational_recurrent:
            self._draw_noise(dtype)

    def _draw_noise(self, dtype):
        if dtype is None:
            raise ValueError("When variational_recurrent=True, dtype must be provided")
        sizes = {"state": self.cell.state_size, "output": self.cell.output_size}
        if not isinstance(self._input_keep_prob, numbers.Real) or self._input_keep_prob < 1:
            if self._input_size is None:
                raise ValueError(
                    "When variational_recurrent=True and input_keep_prob < 1.0 or is unknown, "
                    "input_size must be provided"
                )
            sizes = {"input": self._input_size, **sizes}
        for what, shapes in sizes.items():
            # One choice for the whole batch.
            self._noise[what] = _map_numbered(
                lambda i, shape, what=what: uniform(
                    [1, *TensorShape(shape).as_list()], seed=self._op_seed(what, i), dtype=dtype
                ),
                shapes,
                shapes,
            )

    def _op_seed(self, what, index):
        if self._seed is None:
            return None
        # TensorFlow's rule, so that the same elements are dropped.
        digest = hashlib.md5(f"{self._seed}{what}_{index}".encode(), usedforsecurity=False).hexdigest()
        return int(digest[:8], 16) & 0x7FFFFFFF

    @property
    def wrapped_cell(self):
        """The cell."""
        return self.cell

    def _drop(self, what, values, keep, choices=None):
        if isinstance(keep, float) and keep >= 1:
            return values
        choices = values if choices is None else choices

        def drop(i, chosen, value, noise=None):
            if chosen is False:
                return value
            if noise is None:
                return dropout(value, rate=1.0 - keep, seed=self._op_seed(what, i))
            return value / keep * _floor(keep + noise)

        noise = self._noise[what] if self._variational_recurrent else None
        return _map_numbered(drop, choices, choices, values, *([] if noise is None else [noise]))

    def _call_wrapped_cell(self, inputs, state, cell_call_fn, **kwargs):
        inputs = self._drop("input", inputs, self._input_keep_prob)
        output, new_state = cell_call_fn(inputs, state, **kwargs)
        choices = _choices(self._dropout_state_filter, new_state)
        new_state = self._drop("state", new_state, self._state_keep_prob, choices)
        return self._drop("output", output, self._output_keep_prob), new_state

    def get_config(self):
        """The arguments of the wrapper and the configuration of its cell."""
        config = {
            "input_keep_prob": self._input_keep_prob,
            "output_keep_prob": self._output_keep_prob,
            "state_keep_prob": self._state_keep_prob,
            "variational_recurrent": self._variational_recurrent,
            "input_size": self._input_size,
            "seed": self._seed,
        }
        if self._dropout_state_filter is not _drop_state:
            config |= _function_config("dropout_fn", self._dropout_state_filter)
        return super().get_config() | config

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """See `get_config`."""
        config = dict(config)
        choose = _function_of(config, "dropout_fn", custom_objects)
        return super().from_config(config | {"dropout_state_filter_visitor": choose}, custom_objects)


def _add_inputs(inputs, outputs):
    nest.assert_same_structure(inputs, outputs)
    nest.map_structure(lambda i, o: i.shape.assert_is_compatible_with(o.shape), inputs, outputs)
    return nest.map_structure(lambda i, o: i + o, inputs, outputs)


@export("nn.RNNCellResidualWrapper")
class ResidualWrapper(_CellWrapper):
    """A cell whose inputs are added to its outputs.

    Args:
      cell: the cell.
      residual_fn: a function of inputs and outputs to use instead of addition.
      **kwargs: `name`, `dtype` and `trainable`.
    """

    def __init__(self, cell, residual_fn=None, **kwargs):
        super().__init__(cell, **kwargs)
        self._residual_fn = residual_fn

    def _call_wrapped_cell(self, inputs, state, cell_call_fn, **kwargs):
        outputs, new_state = cell_call_fn(inputs, state, **kwargs)
        return (self._residual_fn or _add_inputs)(inputs, outputs), new_state

    def get_config(self):
        """The arguments of the wrapper and the configuration of its cell."""
        config = {} if self._residual_fn is None else _function_config("residual_fn", self._residual_fn)
        return super().get_config() | config

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """See `get_config`."""
        config = dict(config)
        combine = _function_of(config, "residual_fn", custom_objects)
        return super().from_config(config | {"residual_fn": combine}, custom_objects)


@export("nn.RNNCellDeviceWrapper")
class DeviceWrapper(_CellWrapper):
    """A cell that runs under `tf.device(device)`.

    Args:
      cell: the cell.
      device: name of a device.
      **kwargs: `name`, `dtype` and `trainable`.
    """

    def __init__(self, cell, device, **kwargs):
        super().__init__(cell, **kwargs)
        self._device = device

    def zero_state(self, batch_size, dtype):
        """The state of zeros of the wrapped cell."""
        with device(self._device):
            return self.cell.zero_state(batch_size, dtype)

    def _call_wrapped_cell(self, inputs, state, cell_call_fn, **kwargs):
        with device(self._device):
            return cell_call_fn(inputs, state, **kwargs)

    def get_config(self):
        """The device and the configuration of the cell."""
        return super().get_config() | {"device": self._device}
