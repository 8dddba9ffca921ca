"""How soon after a conversation has started the application is there, with a poll every second.

The scheduler runs in a process of its own, with the vendors' real limits on both sides. Conversations start at odd
moments; both moments are read off the simulators' one clock. A second of polling alone makes half a second of waiting
in the middle, and nearly a whole one at the 95th percentile.
"""

from __future__ import annotations

import random
import statistics
import tempfile
import threading
import time
from pathlib import Path

from benchmarks.apart import Meter
from benchmarks.figures import Figure, Sizes
from benchmarks.outside import SPAWN, Address, Outside, open_job, references, start_conversations
from benchmarks.workplace import REAL, at_work, furnish
from connector.flows.applications import sync_applications
from connector.flows.inquiry import next_due_s
from connector.sandbox.world import World
from connector.scheduler import Poll, Scheduler

POLL_S = 1.0
MEDIAN_GOAL_S, P95_GOAL_S = 2.0, 4.0
_CV_BYTES, _PATIENCE_S = 200_000, 60.0
