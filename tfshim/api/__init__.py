"""The public API by family. Each module registers its names (see `tfshim.export`) when somebody first asks for one."""
