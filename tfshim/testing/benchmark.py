"""`tf.test.Benchmark`: methods `benchmark…` that time something and report it."""

from __future__ import annotations

import inspect
import time
from typing import Any

import numpy as np

from tfshim import protos
from tfshim.export import export


@export("test.benchmark_config")
def benchmark_config():
    """A ConfigProto for benchmarks: a session's default one."""
    return protos.ConfigProto()


@export("test.Benchmark")
class Benchmark:
    """Base of classes with methods `benchmark…`, which call `report_benchmark` or `run_op_benchmark`.

    The reports are printed; `tf.test.main` runs the benchmarks when the flag `--benchmarks=PATTERN` is given.
    """

    classes: list[type] = []

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if not cls.is_abstract():
            Benchmark.classes.append(cls)

    @classmethod
    def is_abstract(cls):
        """True for a class without methods `benchmark…`."""
        return not any(name.startswith("benchmark") and callable(getattr(cls, name)) for name in dir(cls))

    def report_benchmark(
        self, iters=None, cpu_time=None, wall_time=None, throughput=None, extras=None, name=None, metrics=None
    ):
        """Prints the result of one benchmark.

        Args:
          iters: how many repetitions were timed.
          cpu_time: seconds of processor time of one.
          wall_time: seconds of one.
          throughput: in the unit of the benchmark's choice.
          extras: dictionary of strings and numbers to be printed too.
          name: of the benchmark; the calling method's by default.
          metrics: list of dictionaries with "name", "value" and perhaps "min_value" and "max_value".
        """
        fields = {"iters": iters, "wall_time": wall_time, "cpu_time": cpu_time, "throughput": throughput}
        lines = [f'  name: "{self._name(name)}"', *(f"  {k}: {v}" for k, v in fields.items() if v is not None)]
        for key, value in (extras or {}).items():
            kind = "string" if isinstance(value, str) else "double"
            shown = f'"{value}"' if kind == "string" else value
            lines += ["  extras {", f'    key: "{key}"', "    value {", f"      {kind}_value: {shown}", "    }", "  }"]
        for metric in metrics or []:
            shown = ((k, f'"{v}"' if k == "name" else v) for k, v in metric.items())
            lines += ["  metrics {", *(f"    {k}: {v}" for k, v in shown), "  }"]
        print("entry {", *lines, "}\n", sep="\n")

    def _name(self, name: str | None) -> str:
        if name is None:
            callers = (frame.function for frame in inspect.stack())
            name = next((f for f in callers if f.startswith("benchmark")), "benchmark")
        return f"{type(self).__name__}.{name}"

    def run_op_benchmark(
        self,
        sess,
        op_or_tensor,
        feed_dict=None,
        burn_iters=2,
        min_iters=10,
        store_trace=False,
        store_memory_usage=True,
        name=None,
        extras=None,
        mbs=0,
    ):
        """Times runs of an op in a session, reports and returns the result.

        Args:
          sess: a `tf.compat.v1.Session`.
          op_or_tensor: what is run.
          feed_dict: values of placeholders.
          burn_iters: runs before the timed ones.
          min_iters: timed runs.
          store_trace: without effect: there is no trace of single kernels in a compiled program.
          store_memory_usage: without effect.
          name: of the benchmark.
          extras: see `report_benchmark`.
          mbs: megabytes that one run moves, for the throughput.
        """
        for _ in range(burn_iters):
            sess.run(op_or_tensor, feed_dict=feed_dict)
        walls, processors = [], []
        for _ in range(min_iters):
            start, start_processor = time.perf_counter(), time.process_time()
            sess.run(op_or_tensor, feed_dict=feed_dict)
            walls.append(time.perf_counter() - start)
            processors.append(time.process_time() - start_processor)
        median = float(np.median(walls))
        found = {"iters": min_iters, "wall_time": median, "cpu_time": float(np.median(processors)), "extras": extras}
        found["throughput"] = mbs / median if median > 0 else 0.0
        self.report_benchmark(name=name, **found)
        return {**found, "name": self._name(name)}

    def evaluate(self, tensors):
        """The values of tensors; see `tf.test.TestCase.evaluate`."""
        from tfshim.testing.case import TestCase

        return TestCase().evaluate(tensors)
