"""Processes that only look at the clock: they tell when their processor stood still, or was slow."""

from __future__ import annotations

import contextlib
import itertools
import os
import statistics
import subprocess
import sys
import time
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

STEP_S = 0.002
# Who comes before all others is late only where the processor stood still; else for as long as others had their turns.
LATE_S, LATE_IN_TURN_S = 0.001, 0.008
# For a tenth of a second a virtual machine may need four to ten times as long for all it does, also for a look at the
# clock, while nothing counts as stolen. An interrupt makes one look slow as well, but not two of three.
SLOW = 3.0  # times as long as usual
LOOKS_TOGETHER = 3
# What is usual is the median of a second, which then follows the looks by so little at a time that it needs two seconds
# to become three times as long.
LOOKS_FOR_USUAL = 500
USUAL_STEP = 0.001


class Stall(NamedTuple):
    """From when to when a processor of the machine stood still or was slow, on the monotonic clock."""

    processor: int
    begin_s: float
    end_s: float


class Look(NamedTuple):
    """One look at the clock, and when the one before it was; it took its processor `took_s`."""

    before_s: float
    now_s: float
    took_s: float


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
    """Return when a processor stood still or was slow."""
    rows = [line.split() for line in log.read_text(encoding="utf-8").splitlines()]
    return [Stall(int(processor), float(begin_s), float(end_s)) for processor, begin_s, end_s in rows]


def comes_first() -> bool:
    """Come before all others from now on, where that is allowed; returns whether it is."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    except PermissionError:
        return False
    return True


def looks() -> Iterator[Look]:
    """Look at the clock every STEP_S, for ever."""
    now_s, worked_s = time.monotonic(), time.thread_time()
    while True:
        before_s, worked_before_s = now_s, worked_s
        time.sleep(STEP_S)
        now_s, worked_s = time.monotonic(), time.thread_time()
        yield Look(before_s, now_s, worked_s - worked_before_s)


def stalls(looked: Iterable[Look], late_s: float) -> Iterator[tuple[float, float]]:
    """Tell from when to when the processor stood still, or was SLOW."""
    looked = iter(looked)
    usual_s = statistics.median(look.took_s for look in itertools.islice(looked, LOOKS_FOR_USUAL))
    recent_s = deque([usual_s] * LOOKS_TOGETHER, LOOKS_TOGETHER)
    for look in looked:
        due_s = look.before_s + STEP_S
        recent_s.append(look.took_s)
        usual_s *= 1 + USUAL_STEP if look.took_s > usual_s else 1 - USUAL_STEP
        if statistics.median(recent_s) > SLOW * usual_s:
            yield look.before_s, due_s
        if look.now_s - due_s > late_s:
            yield due_s, look.now_s


def look_at_the_clock(processor: int) -> None:
    """Write down when the processor had no time, until ended from outside."""
    os.sched_setaffinity(0, {processor})
    late_s = LATE_S if comes_first() else LATE_IN_TURN_S
    for begin_s, end_s in stalls(looks(), late_s):
        sys.stdout.write(f"{processor} {begin_s:.6f} {end_s:.6f}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    look_at_the_clock(int(sys.argv[1]))
