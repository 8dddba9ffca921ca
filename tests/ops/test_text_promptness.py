"""Calls of SMS providers are answered within a second, whatever else is being written."""

from __future__ import annotations

import itertools
import math
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

from connector.store.locks import CompanyLocks
from tests.ops.test_text_callbacks import TEXT, Place, by_twilio


def test_calls_are_answered_within_a_second_while_others_write_and_many_come_at_once(tmp_path: Path) -> None:
    """Slow work on replies holds the lock of text messages; a call is stored without it."""
    place = Place(tmp_path)
    took: list[float] = []
    done = threading.Event()

    def writes() -> None:
        # what the flows do meanwhile: one short transaction after the other
        for total in itertools.count(1):
            place.texts.grant("harbourline", total, datetime.now(UTC))
            if done.is_set():
                return

    def calls(thread: int) -> None:
        for number in range(25):
            call = by_twilio({**TEXT, "MessageSid": f"SM{thread:016x}{number:016x}"})
            began = time.monotonic()
            status, _, _ = place.send(call)
            took.append(time.monotonic() - began if status == 200 else math.inf)

    threads = [threading.Thread(target=calls, args=(thread,)) for thread in range(4)]
    writer = threading.Thread(target=writes)
    with CompanyLocks(place.database).hold("harbourline.texts", 1.0):
        for thread in (writer, *threads):
            thread.start()
        for thread in threads:
            thread.join()
        done.set()
        writer.join()
    stored = place.stored
    place.close()
    assert len(took) == len(stored) == 100
    assert max(took) < 1.0
