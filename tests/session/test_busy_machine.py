"""Sessions on a machine that is too slow for a while: what is left out, told and kept, and that all is found."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from nhem_qt.config import FemConfig
from nhem_qt.frame import Frame, SourceKind
from nhem_qt.geometry import Roi
from nhem_qt.monitor import RegionChoice, RoiMode
from nhem_qt.monitor.machine import MachineReading
from nhem_qt.session import KeptSession, LiveSession

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LARGE = Roi(10, 5, 150, 115)
PATIENCE_S = 20
SLOW_S, FAST_S = 0.030, 0.002
EVERY_S, LASTS_S, RISE, MARK = 4.0, 0.8, 25, 5


def level(t_s: float) -> int:
    """Gray value of the tissue: an emission every 4 s, of which every second one leaves a mark."""
    ended = max(0, int((t_s - LASTS_S) // EVERY_S))
    shines = t_s >= EVERY_S and t_s % EVERY_S < LASTS_S
    return 60 + MARK * (ended // 2) + (RISE + round(2 * math.sin(40 * t_s)) if shines else 0)


class Tissue:
    """A live source whose every grab takes `busy_s` on a clock of its own; each picture has other speckle."""

    kind = SourceKind.SCREEN
    bounds = Roi(0, 0, 160, 120)

    def __init__(self) -> None:
        self.now_s = 1000.0
        self.start_s = self.now_s
        self.busy_s = FAST_S
        self._dice = np.random.default_rng(5)
        still = self._dice.integers(0, 60, (120, 160, 4), np.uint8)
        self._pictures = [still + self._dice.integers(0, 12 + one % 3, still.shape, np.uint8) for one in range(8)]

    def grab(self, roi: Roi) -> Frame:
        t_s = self.now_s
        self.now_s += self.busy_s
        pixels = self._pictures[self._dice.integers(8)][roi.y1 : roi.y2, roi.x1 : roi.x2]
        return Frame(pixels + np.uint8(level(t_s - self.start_s)), roi, t_s, self.kind)

    def close(self) -> None:
        pass


class IdleMachine:
    """A machine on which nothing else runs."""

    def read(self) -> MachineReading:
        return MachineReading(120.0, 0.1, 0.2)


class Bench:
    """A session that goes by its own schedule, on the clock of its source."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.source = Tissue()
        for module in ("nhem_qt.monitor.steering", "nhem_qt.session.live"):
            monkeypatch.setattr(f"{module}.time", self)
        monkeypatch.setattr("nhem_qt.monitor.steering.MachineCounters", IdleMachine)
        self.session = LiveSession(self.source, RegionChoice(RoiMode.DUAL, LARGE, None), FemConfig(), folder)
        self.notices: list[str] = []

    def perf_counter(self) -> float:
        return self.source.now_s

    monotonic = perf_counter

    def run(self, seconds: float, busy_s: float = FAST_S) -> None:
        """Measure for so long, each grab taking `busy_s`."""
        self.source.busy_s = busy_s
        end_s = self.session.now_s + seconds
        while self.session.now_s < end_s:
            tick = self.session.schedule.next_tick(self.session.now_s)
            assert tick is not None
            self.source.now_s = max(self.source.now_s, self.source.start_s + tick.due_s)
            self.session.take(tick)
        self.notices += self.session.take_news().notices


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    made = Bench(tmp_path, monkeypatch)
    yield made
    made.session.close()


def test_values_that_are_left_out_are_told_and_counted_apart_until_they_come_back(bench: Bench) -> None:
    bench.run(10)
    assert (bench.session.health_report().words, bench.notices) == (("All is well",), [])
    bench.run(25, SLOW_S)
    slow = bench.session.health_report()
    assert slow.words[0] == "Only every second gray value is measured: the machine is too slow for the rate"
    assert slow.rate_hz == pytest.approx(22.5, rel=0.02)
    assert slow.picture_rate_hz == 1.25
    dropped = slow.dropped
    for _ in range(60):
        bench.run(1)
        assert not any("are missing" in words for words in bench.session.health_report().words)
    well = bench.session.health_report()
    assert (well.words, well.dropped) == (("All is well",), dropped)
    assert well.left_out - slow.left_out == pytest.approx(10 * 22.5, rel=0.2)
    assert (well.rate_hz, well.picture_rate_hz) == (pytest.approx(45, rel=0.02), 5.0)
    assert [notice.partition(":")[0] for notice in bench.notices] == [
        "The machine is busy",
        "The machine is busy",
        "The machine is too slow",
        "The machine has more time",
        "The machine has more time",
        "The machine has time again",
    ]


def test_a_capture_that_did_not_answer_is_no_slow_machine(bench: Bench) -> None:
    bench.run(10)
    bench.run(0.001, busy_s=5)
    bench.run(1)
    words = bench.session.health_report().words
    assert [text.partition(" for ")[0] for text in words] == ["The capture did not answer"]
    assert bench.session.schedule.dropped > 200
    assert bench.notices == []


@pytest.mark.parametrize("busy_s", [0.030, 0.050])
def test_all_emissions_are_found_while_the_rate_falls_and_comes_back(bench: Bench, busy_s: float) -> None:
    for _ in range(2):
        bench.run(20)
        bench.run(30, busy_s)
    bench.run(60)
    peaks = bench.session.history.peaks
    assert len(peaks) >= 38
    assert [peak.start_s for peak in peaks] == pytest.approx([EVERY_S * (n + 1) for n in range(len(peaks))], abs=0.08)
    assert [peak.duration_s for peak in peaks] == pytest.approx([LASTS_S] * len(peaks), abs=0.15)
    assert [peak.color for peak in peaks] == [("red", "green")[n % 2] for n in range(len(peaks))]
    assert all(sample.measurement.notice is None for sample in bench.session.history.samples)


def test_the_file_of_a_session_tells_dropped_ticks_from_those_that_were_left_out(bench: Bench) -> None:
    bench.run(5)
    bench.run(20, SLOW_S)
    bench.session.note_pause(paused=True)
    bench.source.now_s += 7
    bench.session.schedule.skip_to(bench.session.now_s)
    bench.session.note_pause(paused=False)
    bench.run(2, SLOW_S)
    assert bench.session.health_report().words[0].startswith("Only every second gray value")
    bench.run(45)
    assert bench.session.flush(PATIENCE_S)
    assert bench.session.kept_path is not None
    with KeptSession(bench.session.kept_path) as kept:
        assert [change.value for change in kept.changes() if change.key == "stride"] == [2, 1]
        assert not kept.finished
        assert kept.dropped_ticks == bench.session.schedule.dropped > 0
    bench.session.close()
    with KeptSession(bench.session.kept_path) as kept:
        assert kept.dropped_ticks == bench.session.schedule.dropped
        assert kept.health is not None
        assert kept.health["left_out"] == bench.session.schedule.left_out > 200
