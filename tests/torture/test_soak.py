"""An hour of monitoring at 120 Hz with the window open: nothing is lost, and nothing grows."""

from __future__ import annotations

import itertools
import os
import signal
import statistics
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import psutil
import pytest
from bystanders import Stall, bystanders, stalls_in

from nhem_qt.session import KeptSession, session_paths

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="looks into /proc")

RATE_HZ = 120
SHORT_S = 30.0
LONG_S = float(os.environ.get("NHEM_SOAK_SECONDS", "3600"))
LOOK_S = 0.5
WARM_UP_SHARE = 0.25
MOST_GROWTH_MB_PER_H = 1.0
# A fit cannot tell less than this from the comings and goings of a memory allocator.
SMALLEST_GROWTH_MB = 0.5
MOST_SHORT_GROWTH_MB = 60.0
# Who was kept from a smaller part of the time between two samples than this has no excuse for the one that is missing.
LEAST_SHARE = 0.25
# A hypervisor that takes so much of two seconds for others takes it in pieces that are too short to be seen one by one.
LEAST_STOLEN_S = 0.05
# A machine that gives more of its processors to others than to a display and its own affairs is busy.
BUSY_SHARE = 0.1
OF_BUSY_MACHINES = "nhem-qt: The machine "


class Look(NamedTuple):
    """What the system says of the program at `t_s`."""

    t_s: float
    resident_mb: float
    threads: int
    handles: int
    waited_s: float
    """How long its threads have waited so far for a processor that others had."""
    busy_s: float
    """How long they have had one."""
    stolen_s: float
    """How long the hypervisor has given the processors to other machines."""


class Soak(NamedTuple):
    """What was seen from outside of a run of the program."""

    looks: list[Look]
    stalls: list[Stall]
    began_s: float
    """When it began, on the monotonic clock."""
    others_share: float
    """The part of the processors that others had."""

    @property
    def on_busy_machine(self) -> bool:
        return self.others_share > BUSY_SHARE

    def explains(self, begin_s: float, end_s: float) -> bool:
        """Whether the machine had no time for what was due between two samples."""
        return self._stolen_s(begin_s) >= LEAST_STOLEN_S or self._without_time_share(begin_s, end_s) >= LEAST_SHARE

    def _stolen_s(self, moment_s: float) -> float:
        near = [one.stolen_s for one in self.looks if abs(one.t_s + self.began_s - moment_s) < 1]
        return near[-1] - near[0] if near else 0.0

    def _without_time_share(self, begin_s: float, end_s: float) -> float:
        by_processor: Counter[int] = Counter()
        for stall in self.stalls:
            by_processor[stall.processor] += max(0.0, min(stall.end_s, end_s) - max(stall.begin_s, begin_s))
        return max(by_processor.values(), default=0.0) / (end_s - begin_s)


def look(pid: int, t_s: float, waited_s: float) -> Look:
    process = psutil.Process(pid)
    resident_mb, times = process.memory_info().rss / 1024**2, process.cpu_times()
    busy_s, stolen_s = times.user + times.system, psutil.cpu_times().steal
    return Look(t_s, resident_mb, process.num_threads(), process.num_fds(), waited_s, busy_s, stolen_s)


def machine_busy_s() -> float:
    times = psutil.cpu_times()
    return float(times.user + times.nice + times.system + times.irq + times.softirq)


def soak(seconds: float, data: Path, environment: dict[str, str], waited: Callable[[int], float]) -> Soak:
    """Run the program for so long and look at it from outside until shortly before its end."""
    command = [sys.executable, "-m", "nhem_qt", "--source", "demo", "--start", "--data-dir", str(data)]
    busy_before_s = machine_busy_s()
    program = subprocess.Popen(command, env=environment | {"NHEM_FPS": str(RATE_HZ)}, stderr=subprocess.PIPE, text=True)
    looks: list[Look] = []
    began_s = time.monotonic()
    try:
        with bystanders(data / "stalls.txt"):
            while program.poll() is None and time.monotonic() - began_s < seconds:
                time.sleep(LOOK_S)
                looks.append(look(program.pid, time.monotonic() - began_s, waited(program.pid)))
        busy_s = machine_busy_s() - busy_before_s
        program.send_signal(signal.SIGTERM)
        _, errors = program.communicate(timeout=60)
    finally:
        program.kill()
    told = [line for line in errors.splitlines() if not line.startswith(OF_BUSY_MACHINES)]
    assert (program.returncode, told) == (0, [])
    others_share = (busy_s - looks[-1].busy_s) / looks[-1].t_s / psutil.cpu_count()
    return Soak(looks, stalls_in(data / "stalls.txt"), began_s, others_share)


def require_no_loss(data: Path, run: Soak) -> None:
    """Check that no tick is missing, but for those for which the machine gave the program no time."""
    (path,) = session_paths(data)
    with KeptSession(path) as kept:
        assert kept.finished
        assert kept.health is not None
        assert kept.info.monotonic_s is not None
        begin_s, left_out = kept.info.monotonic_s, kept.health["left_out"]
        indices = [int(row[0]) for row in kept.sample_cells()]
    gaps = [(a, b) for a, b in itertools.pairwise(indices) if b > a + 1]
    unexplained = [(a, b) for a, b in gaps if not run.explains(begin_s + a / RATE_HZ, begin_s + b / RATE_HZ)]
    missing, without_excuse = (sum(b - a - 1 for a, b in some) for some in (gaps, unexplained))
    without_time_s = sum(stall.end_s - stall.begin_s for stall in run.stalls)
    stolen_s = run.looks[-1].stolen_s - run.looks[0].stolen_s
    sys.stdout.write(
        f"{missing} of {missing + len(indices)} samples missing, {without_excuse} of them while the machine ran as "
        f"usual: its processors stood still or were slow for {without_time_s:.2f} s, {stolen_s:.2f} s were stolen, "
        f"others had {run.others_share:.0%}\n"
    )
    if run.on_busy_machine:
        assert missing <= run.looks[-1].waited_s * RATE_HZ + left_out
    else:
        assert (unexplained, left_out) == ([], 0)


def slope_mb_per_h(looks: Sequence[Look]) -> float:
    """Return the median of the slopes between every two minutes (Theil and Sen).

    Where the allocator once finds no place for a picture, resident memory rises by one step: that is no slope, while
    steps that come again are one.
    """
    minutes = itertools.groupby(looks, lambda one: one.t_s // 60)
    medians = [np.median([(one.t_s / 3600, one.resident_mb) for one in minute], axis=0) for _, minute in minutes]
    return statistics.median((b[1] - a[1]) / (b[0] - a[0]) for a, b in itertools.combinations(medians, 2))


def require_constant(looks: Sequence[Look]) -> None:
    """Check that there are as many threads and handles in the end as in the begin; a file may be open for a moment."""
    middle = len(looks) // 2
    for name in ("threads", "handles"):
        before, after = (min(getattr(one, name) for one in half) for half in (looks[:middle], looks[middle:]))
        assert before == after


def warm(looks: Sequence[Look]) -> list[Look]:
    return [one for one in looks if one.t_s > WARM_UP_SHARE * looks[-1].t_s]


@pytest.mark.timeout(300)
def test_half_a_minute_at_120_hz_loses_nothing_and_opens_nothing(
    virtual_display: Callable[..., AbstractContextManager[dict[str, str]]],
    waited_for_processor_s: Callable[[int], float],
    tmp_path: Path,
) -> None:
    with virtual_display("1920x1080", "-noreset") as environment:
        run = soak(SHORT_S, tmp_path, environment, waited_for_processor_s)
    require_no_loss(tmp_path, run)
    later = warm(run.looks)
    assert later[-1].resident_mb - later[0].resident_mb < MOST_SHORT_GROWTH_MB
    require_constant(later)


@pytest.mark.torture
def test_an_hour_at_120_hz_loses_nothing_and_nothing_grows(
    virtual_display: Callable[..., AbstractContextManager[dict[str, str]]],
    waited_for_processor_s: Callable[[int], float],
    tmp_path: Path,
) -> None:
    with virtual_display("1920x1080", "-noreset") as environment:
        # Python's own allocator takes memory by the megabyte: a slow growth would hide in one step of it.
        run = soak(LONG_S, tmp_path, environment | {"PYTHONMALLOC": "malloc"}, waited_for_processor_s)
    np.savetxt(tmp_path / "looks.csv", run.looks, delimiter=",", header=",".join(Look._fields))
    require_no_loss(tmp_path, run)
    later = warm(run.looks)
    hours = (later[-1].t_s - later[0].t_s) / 3600
    slope, first, last = slope_mb_per_h(later), later[0], later[-1]
    sys.stdout.write(
        f"resident memory grows by {slope:.2f} MB/h after the warm-up, "
        f"in all from {first.resident_mb:.1f} to {last.resident_mb:.1f} MB\n"
    )
    assert slope * hours < max(MOST_GROWTH_MB_PER_H * hours, SMALLEST_GROWTH_MB)
    require_constant(later)
