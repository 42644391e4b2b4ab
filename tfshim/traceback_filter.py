"""The process-wide choice whether tracebacks end near the user's line."""

import os

enabled = not os.environ.get("TFSHIM_FULL_TRACEBACKS")
