"""The state of the optimizers of `tf.compat.v1.train`: slots beside variables, and variables of their own."""

from __future__ import annotations

from typing import Any

from tfshim.context import context
from tfshim.scopes import name_scope
from tfshim.tracking import SaveType, Trackable
from tfshim.v1.initializers import Zeros
from tfshim.v1.training.slots import create_slot
from tfshim.v1.variable_creation import create_variable
from tfshim.variable import GraphVariable
from tfshim.variable.creation import outermost_graph


class OptimizerState(Trackable):
    """What an optimizer keeps from step to step, for the variables and for itself, and how checkpoints find it."""

    _name: str

    def __init__(self, own_scope: bool):
        self._own_scope = own_scope
        self._slots: dict[str, dict[int, tuple[Any, Any]]] = {}
        self._non_slots: dict[tuple[str, Any], Any] = {}
        # Restorations that wait for a slot variable.
        self._waiting_slots: dict[tuple[str, int], list[Any]] = {}

    def get_slot(self, var: Any, name: str) -> Any:
        """The slot variable `name` of a variable, or None."""
        found = self._slots.get(name, {}).get(id(var))
        return None if found is None else found[1]

    def get_slot_names(self) -> list[str]:
        """The names of the slots, sorted."""
        return sorted(self._slots)

    def variables(self) -> list[Any]:
        """The variables that hold the optimizer's state (those of the current graph), sorted by name."""
        graph = outermost_graph()
        found = [v for (_, made_in), v in self._non_slots.items() if made_in is graph]
        for slots in self._slots.values():
            found.extend(slot for _, slot in slots.values() if _graph_of(slot) is graph)
        return sorted(found, key=lambda v: v.name)

    def _zeros_slot(self, var: Any, slot_name: str, op_name: str) -> Any:
        """The slot of a variable, made on first use and filled with zeros; `op_name` is for its name."""
        return self._get_or_make_slot_with_initializer(var, Zeros(), None, None, slot_name, op_name)

    def _get_or_make_slot(self, var: Any, val: Any, slot_name: str, op_name: str) -> Any:
        """The slot of a variable, made on first use with the value `val`."""
        return self._get_or_make_slot_with_initializer(var, val, None, None, slot_name, op_name)

    def _get_or_make_slot_with_initializer(
        self, var: Any, initializer: Any, shape: Any, dtype: Any, slot_name: str, op_name: str
    ) -> Any:
        """The slot of a variable, made on first use by an initializer, of `shape` and `dtype` or those of `var`."""
        return self._slot(var, slot_name, initializer, op_name, shape, dtype)

    def _slot(
        self,
        variable: Any,
        slot_name: str,
        initial: Any = None,
        op_name: str | None = None,
        shape: Any = None,
        dtype: Any = None,
    ) -> Any:
        """The slot of a variable, made on first use: zeros, a value, or what an initializer makes."""
        slots = self._slots.setdefault(slot_name, {})
        if id(variable) not in slots:
            slot = create_slot(variable, Zeros() if initial is None else initial, op_name or self._name, shape, dtype)
            slots[id(variable)] = (variable, slot)
            for position in self._waiting_slots.pop((slot_name, id(variable)), ()):
                position.restore(slot)
        return slots[id(variable)][1]

    def _create_non_slot_variable(self, initial_value: Any, name: str, colocate_with: Any = None) -> Any:
        """A variable that the optimizer has once in each graph."""
        key = (name, outermost_graph())
        if key not in self._non_slots:
            full_name = f"{self._name}/{name}" if self._own_scope else name
            with name_scope(None):
                self._non_slots[key] = create_variable(initial_value, name=full_name, trainable=False)
            self._handle_deferred_dependencies(name, self._non_slots[key])
        return self._non_slots[key]

    def _get_non_slot_variable(self, name: str, graph: Any = None) -> Any:
        return self._non_slots[name, outermost_graph()]

    # Checkpoints

    def _trackable_children(self, save_type: str = SaveType.CHECKPOINT, cache: Any = None, **kwargs: Any) -> Any:
        graph = outermost_graph()
        found = sorted((name, v) for (name, made_in), v in self._non_slots.items() if made_in is graph)
        return {**dict(found), **super()._trackable_children(save_type, cache, **kwargs)}

    def _lookup_dependency(self, name: str, cached_dependencies: dict[str, Any] | None = None) -> Any:
        found = super()._lookup_dependency(name, cached_dependencies)
        return self._non_slots.get((name, outermost_graph())) if found is None else found

    def _create_or_restore_slot_variable(self, slot_variable_position: Any, slot_name: str, variable: Any) -> Any:
        """The slot variable into which a checkpoint is restored; None if that waits until it is made."""
        slot = self.get_slot(variable, slot_name)
        if slot is None and context.graph is None and slot_variable_position.is_simple_variable():
            return self._slot(variable, slot_name)
        if slot is None:
            waiting = self._waiting_slots.setdefault((slot_name, id(variable)), [])
            # The latest restoration comes first: it wins.
            waiting.insert(0, slot_variable_position)
        return slot


def _graph_of(variable: Any) -> Any:
    return variable.graph if isinstance(variable, GraphVariable) else None
