"""Programs for small host values: a kernel's jaxpr, carried out by NumPy instead of compiled.

Compiling costs tens of milliseconds, and a script that prepares, inspects or plots a few numbers calls hundreds of
different ops once or twice each. So there is a second way to run the same kernel (not a second kernel): it is traced
as ever, and each primitive of the jaxpr that it gives is one call of NumPy. What has no rule here compiles; so does
what is called often, if NumPy and the compiled program agree to the last bit.

`program.py` makes the program from a jaxpr as plain data (`plain.py`); the rules, one for each of JAX's primitives, are
in the other modules by family. `store.py` keeps the data, so that the next process need not even trace.
"""

from tfshim.ops.numpy_programs import control, elementwise, indexing, matrices, movement, reductions  # noqa: F401
from tfshim.ops.numpy_programs.program import SmallProgram as SmallProgram
from tfshim.ops.numpy_programs.program import Unsupported as Unsupported
from tfshim.ops.numpy_programs.program import numpy_program as numpy_program
from tfshim.ops.numpy_programs.program import recipe as recipe
from tfshim.ops.numpy_programs.program import small_program as small_program
