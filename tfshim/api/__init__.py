"""The public API by family. Importing this package registers every public name (see `tfshim.export`)."""
