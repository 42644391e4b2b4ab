"""Where `get_variable` finds the variables of a graph by name."""

from __future__ import annotations

import contextlib
import enum
import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any

from tfshim import dtypes
from tfshim.context import context
from tfshim.convert import convert_to_tensor
from tfshim.export import export
from tfshim.scopes import get_default_graph, init_scope, name_scope
from tfshim.shapes import TensorShape, as_shape
from tfshim.v1 import partitioned_variable
from tfshim.v1.collections import GraphKeys
from tfshim.v1.initializers import GlorotUniform, Zeros
from tfshim.v1.variable_creation import create_variable


class _ReuseMode(enum.Enum):
    AUTO_REUSE = 1


AUTO_REUSE = _ReuseMode.AUTO_REUSE
export("compat.v1.AUTO_REUSE")(AUTO_REUSE)


class VariableStore:
    """The variables that `get_variable` made in one graph; with `eager`, in eager mode too."""

    def __init__(self, eager: bool = False) -> None:
        self._variables: dict[str, Any] = {}
        self._partitioned: dict[str, Any] = {}
        self._eager = eager

    @contextlib.contextmanager
    def as_default(self) -> Iterator[None]:
        """Makes this the store of the default graph, and of eager code, within the scope."""
        stores = get_default_graph().get_collection_ref(("__variable_store",))
        old = list(stores)
        stores[:] = [self]
        try:
            yield
        finally:
            stores[:] = old

    def variables(self) -> list[Any]:
        """What was made, in order."""
        return list(self._variables.values())

    @classmethod
    def current(cls) -> VariableStore:
        """The store of the default graph."""
        stores = get_default_graph().get_collection_ref(("__variable_store",))
        if not stores:
            stores.append(cls())
        return stores[0]

    def get_variable(self, name: str, *, custom_getter: Any = None, **options: Any) -> Any:
        """The variable of this full name, found or made; `options` are those of `tf.compat.v1.get_variable`."""
        if custom_getter is not None and not callable(custom_getter):
            raise ValueError(f"custom_getter must be callable, not {custom_getter}")
        if custom_getter is None:
            return self._get(name, **options)
        if not _accepts(custom_getter, "constraint"):
            options.pop("constraint")
        return custom_getter(getter=self._get, name=name, **options)

    def _get(
        self,
        name: str,
        shape: Any = None,
        dtype: Any = dtypes.float32,
        initializer: Any = None,
        regularizer: Any = None,
        reuse: Any = None,
        trainable: bool | None = None,
        collections: Any = None,
        caching_device: Any = None,
        partitioner: Any = None,
        validate_shape: bool = True,
        use_resource: bool | None = None,
        constraint: Any = None,
        synchronization: Any = None,
        aggregation: Any = None,
    ) -> Any:
        in_parts = partitioner is not None
        if shape is not None and initializer is not None and not callable(initializer) and not in_parts:
            raise ValueError("an initializer that is a value has its own shape: give no other")
        scalar = shape is not None and as_shape(shape).rank == 0
        dtype, shape = dtypes.as_dtype(dtype), as_shape(shape)
        if not scalar and (in_parts or (reuse is True and name in self._partitioned)):
            options = {
                "regularizer": regularizer,
                "reuse": reuse,
                "trainable": trainable,
                "collections": collections,
                "caching_device": caching_device,
                "validate_shape": validate_shape,
                "use_resource": use_resource,
                "constraint": constraint,
                "synchronization": synchronization,
                "aggregation": aggregation,
            }
            return self._get_partitioned(name, shape, dtype, initializer, partitioner, options)
        if f"{name}/part_0" in self._variables:
            raise ValueError(
                f"No partitioner was provided, but a partitioned version of the variable was found: {name}/part_0. "
                "Perhaps a variable of the same name was already created with partitioning?"
            )
        found = self._variables.get(name)
        if self._eager:
            reuse = AUTO_REUSE
        if found is not None:
            self._check_shared(found, name, shape, dtype, reuse)
            return found
        if reuse is True:
            raise ValueError(
                f"Variable {name} does not exist, or get_variable did not make it: with reuse=tf.compat.v1.AUTO_REUSE "
                "its variable_scope would"
            )
        if initializer is None:
            initializer = _default_initializer(name, dtype)
        with init_scope():
            initial_value, dtype = _initial_value(initializer, shape, dtype)
            variable = create_variable(
                initial_value=initial_value,
                name=name,
                trainable=trainable,
                collections=collections,
                caching_device=caching_device,
                dtype=dtype,
                validate_shape=validate_shape,
                constraint=constraint,
                use_resource=use_resource,
                synchronization=synchronization,
                aggregation=aggregation,
            )
        if context.graph is not None or self._eager:
            self._variables[name] = variable
        if context.graph is not None and regularizer is not None:
            self._add_regularizer(variable, regularizer)
        return variable

    def _get_partitioned(
        self, name: str, shape: TensorShape, dtype: Any, initializer: Any, partitioner: Any, options: dict[str, Any]
    ) -> Any:
        if partitioner is not None and not callable(partitioner):
            raise ValueError(f"Partitioner must be callable, but received: {partitioner}")
        if initializer is not None and not callable(initializer):
            initializer = convert_to_tensor(initializer)
            shape = initializer.shape
        reuse = options["reuse"]
        found = self._partitioned.get(name)
        if found is not None:
            return self._shared_parts(found, name, shape, dtype, partitioner, reuse)
        if name in self._variables:
            raise ValueError(
                f"A partitioner was provided, but an unpartitioned version of the variable was found: {name}. Perhaps "
                "a variable of the same name was already created without partitioning?"
            )
        if reuse is True:
            raise ValueError(
                f"PartitionedVariable {name} does not exist, or get_variable did not make it: with "
                "reuse=tf.compat.v1.AUTO_REUSE its variable_scope would"
            )
        partitions = partitioned_variable.partitions_of(partitioner, shape, dtype)
        get_part = functools.partial(self._get, **options)
        variable = partitioned_variable.make(get_part, name, shape, dtype, initializer, partitions)
        if context.graph is not None or self._eager:
            self._partitioned[name] = variable
        return variable

    def _shared_parts(self, found: Any, name: str, shape: TensorShape, dtype: Any, partitioner: Any, reuse: Any) -> Any:
        if not reuse:
            raise ValueError(
                f"Partitioned variable with name {name} already exists: to share it, set reuse=True or "
                "reuse=tf.compat.v1.AUTO_REUSE in its variable_scope"
            )
        trying = f"Trying to reuse partitioned variable {name}, but specified"
        if not shape.is_compatible_with(found.shape):
            raise ValueError(f"{trying} shape {shape} and found shape {found.shape}.")
        if not dtype.is_compatible_with(found.dtype):
            raise ValueError(f"{trying} dtype {dtype.name} and found dtype {found.dtype.name}.")
        if partitioner is not None:
            partitions = partitioned_variable.partitions_of(partitioner, shape, dtype)
            if partitions != found._get_partitions():
                raise ValueError(f"{trying} partitions {partitions} and found partitions {found._get_partitions()}.")
        return found

    @staticmethod
    def _check_shared(found: Any, name: str, shape: TensorShape, dtype: dtypes.DType, reuse: Any) -> None:
        if not reuse:
            raise ValueError(
                f"Variable {name} already exists, disallowed: to share it, set reuse=True or "
                "reuse=tf.compat.v1.AUTO_REUSE in its variable_scope"
            )
        if not shape.is_compatible_with(found.shape):
            raise ValueError(
                f"Trying to share variable {name}, but specified shape {shape} and found shape {found.shape}."
            )
        if not dtype.is_compatible_with(found.dtype):
            raise ValueError(
                f"Trying to share variable {name}, but specified dtype {dtype.name} and found dtype {found.dtype.name}."
            )

    @staticmethod
    def _add_regularizer(variable: Any, regularizer: Callable[[Any], Any]) -> None:
        with name_scope(variable.name.removesuffix(":0") + "/Regularizer/"):
            loss = regularizer(variable)
        if loss is not None:
            get_default_graph().add_to_collection(GraphKeys.REGULARIZATION_LOSSES, loss)


def _default_initializer(name: str, dtype: dtypes.DType) -> Any:
    if dtype.is_floating:
        return GlorotUniform()
    if dtype.is_integer or dtype.is_bool or dtype is dtypes.string:
        return Zeros()
    raise ValueError(f"the variable {name} of {dtype} needs an initializer")


def _initial_value(initializer: Any, shape: TensorShape, dtype: dtypes.DType) -> tuple[Any, Any]:
    """The initial value, or a function that makes it, and the dtype of the variable if it is to be enforced."""
    if not callable(initializer):
        return initializer, None
    if isinstance(initializer, type):
        initializer = initializer()
    if shape.is_fully_defined():
        return functools.partial(initializer, shape.as_list(), dtype=dtype), dtype
    required = [
        p
        for p in inspect.signature(initializer).parameters.values()
        if p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    ]
    if required:
        raise ValueError(
            "an initializer that is a function of the shape needs a fully defined shape; without one, it must take no "
            "arguments"
        )
    return initializer, None


def _accepts(fn: Callable[..., Any], name: str) -> bool:
    parameters = inspect.signature(fn).parameters
    return name in parameters or any(p.kind is p.VAR_KEYWORD for p in parameters.values())
