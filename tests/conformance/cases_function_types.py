"""The classes that say what kind of function something is."""

from __future__ import annotations

from .runner import Program, raised

NAMES = ("Callable", "AtomicFunction", "ConcreteFunction", "PolymorphicFunction", "GenericFunction")


def _classes(tf):
    classes = [getattr(tf.types.experimental, name) for name in NAMES]
    polymorphic = tf.function(lambda x: x + 1)
    concrete = polymorphic.get_concrete_function(tf.TensorSpec([]))
    values = [polymorphic, concrete, concrete.inference_fn, print, lambda: None]
    return [
        [[isinstance(v, c) for c in classes] for v in values],
        [[issubclass(a, b) for b in classes] for a in classes],
        [
            (c.__name__, c.__module__)
            for c in (*classes, type(polymorphic), type(concrete), type(concrete.inference_fn))
        ],
        [raised(c) for c in classes],
        [sorted(name for name in dir(c) if not name.startswith("_")) for c in classes],
        repr(polymorphic).partition(" object")[0],
    ]


CASES = [Program("classes", _classes)]
