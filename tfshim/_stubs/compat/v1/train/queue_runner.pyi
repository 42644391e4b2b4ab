# Written by `python -m tools.stubs` from the export registry; not to be edited by hand.

from tfshim.v1.training.queue_runner import QueueRunner as QueueRunner
from tfshim.v1.training.queue_runner import add_queue_runner as add_queue_runner
from tfshim.v1.training.queue_runner import start_queue_runners as start_queue_runners
