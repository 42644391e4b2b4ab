"""`tf.data`: pipelines of elements, computed on the host.

`core` has the public class, `stages` says how a pipeline is executed. Loops of graphs over datasets are built of
`Dataset.reduce` and of `iterators.iterate_in_graph`.
"""

from tfshim.data import core, experimental, files, iterators, optionals, options  # noqa: F401
