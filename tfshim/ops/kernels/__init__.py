"""The kernels by family. Each module registers its own (see `tfshim.ops.registry`) when an op is first needed."""
