"""The public API by family. Importing this package registers every public name (see `tfshim.export`)."""

from tfshim.api import version  # noqa: F401
