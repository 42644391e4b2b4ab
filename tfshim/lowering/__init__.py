"""From a graph to compiled programs.

Three steps. `linearise` turns a graph, calls inlined and common pure work merged, into a flat list of instructions
over numbered values (*refs*). `Plan` cuts the list into segments that compile and host instructions between them.
`Plan.run` executes it: variables are gathered, each segment is one compiled program, new values are stored.

While a segment is traced, a value is either a JAX tracer or, if constants and shapes determine it, a NumPy array; so
shapes and axes computed by ops are known when a kernel needs them.

Control flow is one instruction that holds the programs of its graphs (`nested`) and is traced as a JAX conditional,
scan or loop. An instruction that turns out to need a value which only running can tell (a loop whose variables change
their shapes, a list of unknown length) raises `NeedsValue` while its segment is traced; the plan is then cut anew,
with that instruction run from the host (`driven`), and goes on.
"""

from tfshim.lowering.plan import CapturedCells, Plan, Segment
from tfshim.lowering.program import Instruction, Program, linearise

__all__ = ["CapturedCells", "Instruction", "Plan", "Program", "Segment", "linearise"]
