"""Processes that only look at the clock: where one comes late, its processor stood still."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STEP_S = 0.004
LATE_S = 0.008


class Stall(NamedTuple):
    """From when to when a processor of the machine stood still, on the monotonic clock."""

    begin_s: float
    end_s: float


@contextlib.contextmanager
def bystanders(log: Path) -> Iterator[None]:
    """Look at the clock on every processor while other work goes on."""
    with log.open("w", encoding="utf-8") as lines:
        processes = [
            subprocess.Popen([sys.executable, "-I", __file__, str(processor)], stdout=lines)
            for processor in os.sched_getaffinity(0)
        ]
        try:
            yield
        finally:
            for process in processes:
                process.terminate()
                process.wait()


def stalls_in(log: Path) -> list[Stall]:
    """Return when a processor stood still."""
    return [Stall(*map(float, line.split())) for line in log.read_text(encoding="utf-8").splitlines()]


def look_at_the_clock(processor: int) -> None:
    """Write down every moment that came too late, until ended from outside."""
    os.sched_setaffinity(0, {processor})
    due_s = time.monotonic()
    while True:
        due_s += STEP_S
        time.sleep(max(0.0, due_s - time.monotonic()))
        now_s = time.monotonic()
        if now_s - due_s > LATE_S:
            sys.stdout.write(f"{due_s:.6f} {now_s:.6f}\n")
            sys.stdout.flush()
            due_s = now_s


if __name__ == "__main__":
    look_at_the_clock(int(sys.argv[1]))
