"""`tf.data`: pipelines of elements, computed on the host.

`core` has the public class, `stages` says how a pipeline is executed, `making` how its stages come about in eager mode
and in graphs. Loops of graphs over datasets are made of `Dataset.reduce`, `scan` and `Iterator.get_next_as_optional`.
"""
