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

STEP_S = 0.002
# Who comes before all others is late only where the processor stood still; else for as long as others had their turns.
LATE_S, LATE_IN_TURN_S = 0.001, 0.008


class Stall(NamedTuple):
    """From when to when a processor of the machine stood still, on the monotonic clock."""

    processor: int
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
    rows = [line.split() for line in log.read_text(encoding="utf-8").splitlines()]
    return [Stall(int(processor), float(begin_s), float(end_s)) for processor, begin_s, end_s in rows]


def comes_first() -> bool:
    """Come before all others from now on, where that is allowed; returns whether it is."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    except PermissionError:
        return False
    return True


def look_at_the_clock(processor: int) -> None:
    """Write down every moment that came too late, until ended from outside."""
    os.sched_setaffinity(0, {processor})
    late_s = LATE_S if comes_first() else LATE_IN_TURN_S
    due_s = time.monotonic()
    while True:
        due_s += STEP_S
        time.sleep(max(0.0, due_s - time.monotonic()))
        now_s = time.monotonic()
        if now_s - due_s > late_s:
            sys.stdout.write(f"{processor} {due_s:.6f} {now_s:.6f}\n")
            sys.stdout.flush()
            due_s = now_s


if __name__ == "__main__":
    look_at_the_clock(int(sys.argv[1]))
