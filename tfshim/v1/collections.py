"""Collections of the default graph, lists of variables, and the operations that initialise them."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfshim.context import context
from tfshim.convert import convert_to_tensor
from tfshim.errors import FailedPreconditionError
from tfshim.export import export
from tfshim.ops import op
from tfshim.scopes import get_default_graph, group, name_scope, no_op
from tfshim.tensor import Tensor


@export("compat.v1.GraphKeys")
class GraphKeys:
    """Names of the collections that TensorFlow itself uses."""

    ACTIVATIONS = "activations"
    ASSET_FILEPATHS = "asset_filepaths"
    BIASES = "biases"
    CONCATENATED_VARIABLES = "concatenated_variables"
    COND_CONTEXT = "cond_context"
    EVAL_STEP = "eval_step"
    GLOBAL_STEP = "global_step"
    GLOBAL_VARIABLES = "variables"
    INIT_OP = "init_op"
    LOCAL_INIT_OP = "local_init_op"
    LOCAL_RESOURCES = "local_resources"
    LOCAL_VARIABLES = "local_variables"
    LOSSES = "losses"
    METRIC_VARIABLES = "metric_variables"
    MODEL_VARIABLES = "model_variables"
    MOVING_AVERAGE_VARIABLES = "moving_average_variables"
    QUEUE_RUNNERS = "queue_runners"
    READY_FOR_LOCAL_INIT_OP = "ready_for_local_init_op"
    READY_OP = "ready_op"
    REGULARIZATION_LOSSES = "regularization_losses"
    RESOURCES = "resources"
    SAVEABLE_OBJECTS = "saveable_objects"
    SAVERS = "savers"
    SUMMARIES = "summaries"
    SUMMARY_OP = "summary_op"
    TABLE_INITIALIZERS = "table_initializer"
    TRAINABLE_RESOURCE_VARIABLES = "trainable_resource_variables"
    TRAINABLE_VARIABLES = "trainable_variables"
    TRAIN_OP = "train_op"
    UPDATE_OPS = "update_ops"
    VARIABLES = GLOBAL_VARIABLES
    WEIGHTS = "weights"
    WHILE_CONTEXT = "while_context"


GraphKeys.__module__ = "tensorflow.python.framework.ops"


@export("compat.v1.add_to_collection")
def add_to_collection(name: Any, value: Any) -> None:
    """Appends `value` to the collection `name` of the default graph."""
    get_default_graph().add_to_collection(name, value)


@export("compat.v1.add_to_collections")
def add_to_collections(names: Any, value: Any) -> None:
    """Appends `value` to each of the collections `names` of the default graph."""
    get_default_graph().add_to_collections(names, value)


@export("compat.v1.get_collection")
def get_collection(key: Any, scope: str | None = None) -> list[Any]:
    """A copy of a collection of the default graph; with `scope`, the items whose name matches at its beginning."""
    return get_default_graph().get_collection(key, scope)


@export("compat.v1.get_collection_ref")
def get_collection_ref(key: Any) -> list[Any]:
    """A collection of the default graph itself, which the caller may change."""
    return get_default_graph().get_collection_ref(key)


# Variables -----------------------------------------------------------------------------------------------


@export("compat.v1.global_variables")
def global_variables(scope: str | None = None) -> list[Any]:
    """The global variables of the default graph; none in eager mode, where variables are in no collection."""
    return get_collection(GraphKeys.GLOBAL_VARIABLES, scope)


@export("compat.v1.all_variables")
def all_variables() -> list[Any]:
    """`global_variables()`, under its old name."""
    return global_variables()


@export("compat.v1.local_variables")
def local_variables(scope: str | None = None) -> list[Any]:
    """The local variables of the default graph."""
    return get_collection(GraphKeys.LOCAL_VARIABLES, scope)


@export("compat.v1.model_variables")
def model_variables(scope: str | None = None) -> list[Any]:
    """What was added to the collection of model variables."""
    return get_collection(GraphKeys.MODEL_VARIABLES, scope)


@export("compat.v1.trainable_variables")
def trainable_variables(scope: str | None = None) -> list[Any]:
    """The trainable variables of the default graph."""
    return get_collection(GraphKeys.TRAINABLE_VARIABLES, scope)


@export("compat.v1.moving_average_variables")
def moving_average_variables(scope: str | None = None) -> list[Any]:
    """The variables of which moving averages are kept."""
    return get_collection(GraphKeys.MOVING_AVERAGE_VARIABLES, scope)


# Initialisation ------------------------------------------------------------------------------------------


@export("compat.v1.variables_initializer", "compat.v1.initialize_variables", "compat.v1.initializers.variables")
def variables_initializer(var_list: Any, name: str = "init") -> Any:
    """An operation that gives the variables their initial values; None in eager mode, where they have them."""
    if var_list and context.graph is not None:
        return group(*[v.initializer for v in var_list], name=name)
    return no_op(name)


@export(
    "compat.v1.global_variables_initializer",
    "compat.v1.initialize_all_variables",
    "compat.v1.initializers.global_variables",
)
def global_variables_initializer() -> Any:
    """An operation that initialises the global variables; None in eager mode."""
    if context.graph is None:
        return None
    return variables_initializer(global_variables())


@export(
    "compat.v1.local_variables_initializer",
    "compat.v1.initialize_local_variables",
    "compat.v1.initializers.local_variables",
)
def local_variables_initializer() -> Any:
    """An operation that initialises the local variables; None in eager mode."""
    if context.graph is None:
        return None
    return variables_initializer(local_variables())


@export("compat.v1.tables_initializer", "compat.v1.initialize_all_tables", "compat.v1.initializers.tables_initializer")
def tables_initializer(name: str = "init_all_tables") -> Any:
    """An operation that initialises the lookup tables of the default graph; None in eager mode."""
    if context.graph is None:
        return None
    initializers = get_collection(GraphKeys.TABLE_INITIALIZERS)
    return group(*initializers, name=name) if initializers else no_op(name)


@export("compat.v1.is_variable_initialized")
def is_variable_initialized(variable: Any) -> Any:
    """A boolean tensor: whether the variable, or that of a handle or of what was read, has a value."""
    if not isinstance(variable, Tensor):
        return variable.is_initialized()
    is_read = context.graph is not None and variable.op.type == "ReadVariableOp"
    return op("VarIsInitializedOp")(variable.op.inputs[0] if is_read else variable)


@export("compat.v1.report_uninitialized_variables")
def report_uninitialized_variables(var_list: Any = None, name: str = "report_uninitialized_variables") -> Any:
    """The names of the variables without a value, as a string vector; all global and local variables by default."""
    if var_list is None:
        var_list = global_variables() + local_variables()
    if not var_list:
        return convert_to_tensor(np.array([], object), dtype="string")
    names = np.array([v._name.encode() for v in var_list], object)
    with name_scope(name):
        missing = op("LogicalNot")(op("Pack")([v.is_initialized() for v in var_list]))
        rows = op("Squeeze")(op("Where")(missing), squeeze_dims=[1])
        return op("GatherV2")(convert_to_tensor(names, dtype="string"), rows, 0)


@export("compat.v1.assert_variables_initialized")
def assert_variables_initialized(var_list: Any = None) -> Any:
    """Reads the variables (all by default): running the result fails where one of them has no value."""
    variables = global_variables() + local_variables() if var_list is None else list(var_list)
    if not variables:
        return None
    if context.graph is None and not all(v.is_initialized() for v in variables):
        raise FailedPreconditionError(None, None, "Attempting to use uninitialized variables")
    return group(*[v.read_value() for v in variables])
