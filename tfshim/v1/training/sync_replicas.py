"""`tf.compat.v1.train.SyncReplicasOptimizer`: steps that several replicas' gradients make together."""

from __future__ import annotations

from typing import Any

from tfshim import dtypes
from tfshim.api.queues import FIFOQueue
from tfshim.export import export
from tfshim.indexed_slices import IndexedSlices
from tfshim.ops import op
from tfshim.scopes import control_dependencies, group, name_scope
from tfshim.v1.accumulators import ConditionalAccumulator, SparseConditionalAccumulator
from tfshim.v1.collections import GraphKeys, global_variables, report_uninitialized_variables
from tfshim.v1.training.hooks import SessionRunHook
from tfshim.v1.training.optimizer import Optimizer
from tfshim.v1.training.queue_runner import QueueRunner
from tfshim.v1.training.session_manager import SessionManager
from tfshim.v1.variable_creation import VariableV1


@export("compat.v1.train.SyncReplicasOptimizer")
class SyncReplicasOptimizer(Optimizer):
    """Averages the gradients of `replicas_to_aggregate` steps, applies them once, and lets the replicas go on.

    Gradients go into accumulators, which leave out those of an older step. A thread of the chief takes the averages,
    updates the variables and puts a token for each replica into a queue; a replica's step ends when it has got one.

    Args:
      opt: the optimizer that applies the averages.
      replicas_to_aggregate: how many gradients make a step.
      total_num_replicas: how many replicas there are; as many if None.
      variable_averages: an `ExponentialMovingAverage` that follows each step.
      variables_to_average: the variables whose averages it keeps; all trainable ones if None.
      use_locking: has no effect.
      name: of the optimizer.
    """

    def __init__(
        self,
        opt: Any,
        replicas_to_aggregate: int,
        total_num_replicas: int | None = None,
        variable_averages: Any = None,
        variables_to_average: Any = None,
        use_locking: bool = False,
        name: str = "sync_replicas",
    ):
        super().__init__(use_locking, name)
        total = replicas_to_aggregate if total_num_replicas is None else total_num_replicas
        self._opt = opt
        self._needed = replicas_to_aggregate
        self._missing_tokens = replicas_to_aggregate - total
        self._tokens_per_step = max(total, replicas_to_aggregate)
        self._averages = (variable_averages, variables_to_average)
        self._runner: QueueRunner | None = None
        self._global_step: Any = None

    def compute_gradients(self, *args: Any, **kwargs: Any) -> Any:
        """As the optimizer inside computes them."""
        return self._opt.compute_gradients(*args, **kwargs)

    def apply_gradients(self, grads_and_vars: Any, global_step: Any = None, name: str | None = None) -> Any:
        """The operation of a replica's step: hands in gradients, and waits until the variables are updated.

        Raises:
          ValueError: without variables, or without a global step.
        """
        pairs = list(grads_and_vars)
        if not pairs:
            raise ValueError("Must supply at least one variable")
        if global_step is None:
            raise ValueError("Global step is required to check staleness")
        self._global_step = global_step
        kind = global_step.dtype.base_dtype
        local_step = VariableV1(
            0, trainable=False, collections=[GraphKeys.LOCAL_VARIABLES], dtype=kind, name="sync_rep_local_step"
        )
        self.local_step_init_op = _operation(local_step.assign(global_step))
        self.ready_for_local_init_op = report_uninitialized_variables(global_variables())
        given, averaged, accumulators = [], [], []
        with name_scope(None):
            for gradient, variable in pairs:
                average = None
                if gradient is not None:
                    accumulator, handed_in, average = self._accumulated(gradient, variable, local_step)
                    accumulators.append(accumulator)
                    given.append(handed_in)
                averaged.append((average, variable))
        self._tokens = FIFOQueue(-1, [kind], shapes=[()], name="sync_token_q", shared_name="sync_token_q")
        update = self._opt.apply_gradients(averaged, global_step)
        with control_dependencies([update]):
            done = self._tokens.enqueue_many((self._filled(self._tokens_per_step),))
        moving, followed = self._averages
        if moving is not None:
            with control_dependencies([done]), name_scope(None):
                done = moving.apply(followed)
        # The queue is only there because a runner must have one: its thread updates the variables again and again.
        self._runner = QueueRunner(FIFOQueue(1, [dtypes.int32], shapes=[()], name="dummy_queue"), [done])
        with control_dependencies(given):
            token = self._tokens.dequeue()
        step = _operation(local_step.assign(token))
        resets = [a.set_global_step(global_step) for a in accumulators]
        self.chief_init_op = group(self.local_step_init_op, *resets)
        return step

    def _accumulated(self, gradient: Any, variable: Any, local_step: Any) -> tuple[Any, Any, Any]:
        """The accumulator of a variable's gradients, what hands one in, and the average."""
        kind, label = gradient.dtype, f"{variable.name}/grad_accum"
        if isinstance(gradient, IndexedSlices):
            sparse = SparseConditionalAccumulator(kind, shape=(), shared_name=label)
            handed_in = sparse.apply_indexed_slices_grad(gradient, local_step=local_step)
            return sparse, handed_in, sparse.take_indexed_slices_grad(self._needed)
        dense = ConditionalAccumulator(kind, shape=variable.shape, shared_name=label)
        return dense, dense.apply_grad(gradient, local_step=local_step), dense.take_grad(self._needed)

    def _filled(self, count: int) -> Any:
        return op("Fill")([count], op("Identity")(self._global_step))

    def get_chief_queue_runner(self) -> QueueRunner:
        """The `QueueRunner` that the chief starts; ValueError before `apply_gradients`."""
        if self._runner is None:
            raise ValueError("Should be called after apply_gradients().")
        return self._runner

    def get_init_tokens_op(self, num_tokens: int = -1) -> Any:
        """The operation by which the chief lets replicas make their first steps.

        Raises:
          ValueError: before `apply_gradients`, or for fewer tokens than replicas would wait for.
        """
        if self._runner is None:
            raise ValueError("get_init_tokens_op() should be called after apply_gradients().")
        if num_tokens == -1:
            num_tokens = self._needed
        elif num_tokens < self._missing_tokens:
            raise ValueError(f"Too few tokens to finish the first step: {num_tokens} (given) vs {self._missing_tokens}")
        if num_tokens <= 0:
            return group(name="no_init_tokens")
        return self._tokens.enqueue_many((self._filled(num_tokens),))

    def get_slot(self, *args: Any, **kwargs: Any) -> Any:
        """As of the optimizer inside."""
        return self._opt.get_slot(*args, **kwargs)

    def get_slot_names(self, *args: Any, **kwargs: Any) -> Any:
        """As of the optimizer inside."""
        return self._opt.get_slot_names(*args, **kwargs)

    def variables(self) -> list[Any]:
        """As of the optimizer inside."""
        return self._opt.variables()

    def make_session_run_hook(self, is_chief: bool, num_tokens: int = -1) -> SessionRunHook:
        """A hook that initialises all this, and, for the chief, starts the thread that makes the steps."""
        return _SyncReplicasHook(self, is_chief, num_tokens)


def _operation(made: Any) -> Any:
    """The operation behind what an assignment returns."""
    return getattr(made, "op", made)


class _SyncReplicasHook(SessionRunHook):
    """See `SyncReplicasOptimizer.make_session_run_hook`."""

    def __init__(self, optimizer: SyncReplicasOptimizer, is_chief: bool, num_tokens: int):
        self._optimizer = optimizer
        self._is_chief = is_chief
        self._num_tokens = num_tokens

    def begin(self):
        optimizer = self._optimizer
        runner = optimizer.get_chief_queue_runner()
        self._runner = runner if self._is_chief else None
        self._init_op = optimizer.chief_init_op if self._is_chief else optimizer.local_step_init_op
        self._tokens = optimizer.get_init_tokens_op(self._num_tokens) if self._is_chief else None

    def after_create_session(self, session, coord):
        """RuntimeError if variables are not initialised."""
        problem = SessionManager._problem(self._optimizer.ready_for_local_init_op, session)
        if problem is not None:
            raise RuntimeError(f"Init operations did not make model ready for local_init: {problem}")
        session.run(self._init_op)
        if self._tokens is not None:
            session.run(self._tokens)
        if self._runner is not None:
            self._runner.create_threads(session, coord=coord, daemon=True, start=True)


SyncReplicasOptimizer.__module__ = "tensorflow.python.training.sync_replicas_optimizer"
