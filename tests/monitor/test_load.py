"""Doing less where the machine is too busy, and all again when it has time."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nhem_qt.capture import DemoSource
from nhem_qt.config import FemConfig
from nhem_qt.monitor import LiveSchedule, Monitor, Regions, RoiMode, Steering, Tick
from nhem_qt.monitor.load import LoadGovernor, LoadLevel, Saving
from nhem_qt.monitor.machine import MachineCounters, MachineReading

if TYPE_CHECKING:
    from collections.abc import Iterable

ALL, FEWER_PICTURES, FEWEST_PICTURES = Saving(), Saving(2), Saving(4)
EVERY_SECOND, EVERY_THIRD = Saving(4, 2), Saving(4, 3)
SHARES = st.floats(0, 2)


def looks(governor: LoadGovernor, loads: Iterable[tuple[float, float]]) -> list[Saving]:
    return [governor.look(*load) for load in loads]


def changes(savings: list[Saving]) -> list[Saving]:
    return [saving for saving, _ in itertools.groupby(savings)]


# --- the governor


@pytest.mark.parametrize(
    ("load", "level"),
    [
        (0.0, LoadLevel.LOW),
        (0.49, LoadLevel.LOW),
        (0.5, LoadLevel.MEDIUM),
        (0.79, LoadLevel.MEDIUM),
        (0.8, LoadLevel.HIGH),
        (3.0, LoadLevel.HIGH),
    ],
)
def test_the_level_is_that_of_the_greater_load(load: float, level: LoadLevel) -> None:
    for shares in ((load, 0.0), (0.0, load)):
        governor = LoadGovernor()
        governor.look(*shares)
        assert governor.level is level


def test_a_level_is_left_only_when_the_load_is_clearly_below_it() -> None:
    governor = LoadGovernor()
    levels = []
    for load in (0.81, 0.78, 0.74, 0.48, 0.44):
        governor.look(load, 0.0)
        levels.append(governor.level.value)
    assert levels == ["high", "high", "medium", "medium", "low"]


def test_ticks_that_take_too_long_cost_pictures_first_and_values_last() -> None:
    savings = looks(LoadGovernor(), [(0.95, 0.3)] * 30)
    assert changes(savings) == [ALL, FEWER_PICTURES, FEWEST_PICTURES, EVERY_SECOND, EVERY_THIRD]
    assert savings.count(ALL) == 2
    assert savings.count(FEWER_PICTURES) == 3


def test_other_programs_that_need_the_machine_cost_pictures_only_and_not_at_once() -> None:
    savings = looks(LoadGovernor(), [(0.2, 0.97)] * 100)
    assert changes(savings) == [ALL, FEWER_PICTURES, FEWEST_PICTURES]
    assert savings.count(ALL) == 9


def test_a_busy_moment_costs_nothing() -> None:
    assert changes(looks(LoadGovernor(), [(0.9, 0.9), (0.9, 0.9), (0.3, 0.3)] * 30)) == [ALL]


def test_when_the_load_falls_all_comes_back_step_by_step() -> None:
    governor = LoadGovernor()
    looks(governor, [(0.95, 0.95)] * 12)
    assert governor.saving == EVERY_THIRD
    savings = looks(governor, [(0.1, 0.1)] * 60)
    assert changes(savings) == [EVERY_THIRD, EVERY_SECOND, FEWEST_PICTURES, FEWER_PICTURES, ALL]


def test_a_medium_load_keeps_what_is() -> None:
    governor = LoadGovernor()
    looks(governor, [(0.95, 0.2)] * 3)
    assert changes(looks(governor, [(0.6, 0.2)] * 100)) == [FEWER_PICTURES]


def test_values_come_back_only_where_there_is_room_for_them() -> None:
    """A tick that takes 41 % of the time of two takes 82 % of its own."""
    governor = LoadGovernor()
    looks(governor, [(0.95, 0.2)] * 12)
    assert changes(looks(governor, [(0.41, 0.2)] * 100)) == [EVERY_THIRD, EVERY_SECOND]


def test_values_come_back_also_while_other_programs_need_the_machine() -> None:
    governor = LoadGovernor()
    looks(governor, [(0.95, 0.7)] * 12)
    assert changes(looks(governor, [(0.1, 0.7)] * 100)) == [EVERY_THIRD, EVERY_SECOND, FEWEST_PICTURES]


def test_a_relief_that_was_too_early_is_tried_ever_more_rarely() -> None:
    governor = LoadGovernor()
    savings = []
    for _ in range(2000):
        fits = governor.saving != ALL
        savings.append(governor.look(0.3 if fits else 0.9, 0.2))
    spells = [len(list(group)) for saving, group in itertools.groupby(savings) if saving == FEWER_PICTURES]
    assert spells[:5] == [10, 20, 40, 80, 160]
    assert set(spells[5:-1]) == {160}


@given(st.lists(st.tuples(SHARES, SHARES), max_size=200))
def test_a_look_changes_one_step_at_most(loads: list[tuple[float, float]]) -> None:
    order = [ALL, FEWER_PICTURES, FEWEST_PICTURES, EVERY_SECOND, EVERY_THIRD]
    places = [0, *(order.index(saving) for saving in looks(LoadGovernor(), loads))]
    assert all(abs(later - earlier) <= 1 for earlier, later in itertools.pairwise(places))


# --- the steering


@dataclass
class Bench:
    """A monitor whose clock and machine are made up."""

    monkeypatch: pytest.MonkeyPatch
    is_live: bool = True
    now_s: float = 0.0
    system_share: float = 0.2
    notices: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.monkeypatch.setattr("nhem_qt.monitor.steering.time", self)
        source = DemoSource(clock=lambda: self.now_s)
        self.monitor = Monitor(source, Regions(RoiMode.DUAL, source.bounds), FemConfig(), 45.0)
        self.schedule = LiveSchedule(45.0)
        self.steering = Steering(
            self.monitor, self.schedule, 45.0, is_live=self.is_live, read_machine=self.read_machine
        )

    def perf_counter(self) -> float:
        return self.now_s

    def read_machine(self) -> MachineReading:
        return MachineReading(123.0, 0.1, self.system_share)

    def run(self, seconds: float, busy_s: float) -> list[Tick]:
        """Take ticks that are busy for so long, without measuring anything."""
        end_s, ticks = self.now_s + seconds, []
        while self.now_s < end_s:
            tick = self.schedule.next_tick(self.now_s)
            self.now_s = begun_s = max(self.now_s, tick.due_s)
            self.now_s += busy_s
            self.steering.note(begun_s)
            ticks.append(tick)
        self.notices += self.monitor.take_news().notices
        return ticks


def test_ticks_that_fit_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch)
    ticks = bench.run(30, 0.008)
    assert bench.steering.saving == ALL
    assert bench.steering.level is LoadLevel.LOW
    assert [tick.index for tick in ticks] == list(range(len(ticks)))
    assert bench.notices == []
    assert bench.steering.reading == MachineReading(123.0, 0.1, 0.2)


def test_a_slow_machine_takes_fewer_pictures_then_fewer_values_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch)
    bench.run(30, 0.030)
    assert bench.steering.saving == EVERY_SECOND
    assert bench.monitor.picture_rate_hz == 1.25
    dropped = bench.schedule.dropped
    ticks = bench.run(10, 0.030)
    assert bench.schedule.dropped == dropped
    assert {tick.index % 2 for tick in ticks} == {0}
    assert bench.notices == [
        "The machine is busy: only 2.5 pictures a second are taken, and all gray values",
        "The machine is busy: only 1.25 pictures a second are taken, and all gray values",
        "The machine is too slow: at most 22.5 gray values and 1.25 pictures a second are taken",
    ]


def test_the_configured_rates_come_back_when_the_load_falls(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch)
    bench.run(12, 0.030)
    bench.run(120, 0.002)
    assert bench.steering.saving == ALL
    assert bench.monitor.picture_rate_hz == 5.0
    ticks = bench.run(1, 0.002)
    assert all(later.index == earlier.index + 1 for earlier, later in itertools.pairwise(ticks))
    assert bench.notices[-1] == "The machine has time again: pictures and values are taken as configured"


def test_ticks_at_full_speed_are_no_load(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without waiting in between every moment is busy; what counts is the share of the time that a tick has."""
    bench = Bench(monkeypatch)
    for index in range(20_000):
        begun_s, bench.now_s = bench.now_s, bench.now_s + 0.0005
        bench.steering.note(begun_s)
        assert index < 20_000
    assert bench.steering.saving == ALL


def test_a_recording_is_never_slowed(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch, is_live=False, system_share=0.99)
    bench.run(60, 0.030)
    assert bench.steering.level is LoadLevel.HIGH
    assert bench.steering.saving == ALL
    assert bench.monitor.picture_rate_hz == 5.0
    assert bench.notices == []


def test_a_picture_rate_chosen_meanwhile_is_the_one_that_is_slowed(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(monkeypatch)
    bench.monitor.slow_pictures(2)
    assert bench.monitor.set_large_roi_frame_rate(10.0)
    assert bench.monitor.picture_rate_hz == 5.0
    bench.monitor.slow_pictures(1)
    assert bench.monitor.picture_rate_hz == 10.0


def test_every_third_value_is_enough_to_find_the_emissions_at_their_true_times() -> None:
    now_s = 0.0
    source = DemoSource(1, lambda: now_s)
    monitor = Monitor(source, Regions(RoiMode.DUAL, source.bounds), FemConfig(), 45.0)
    schedule, peaks = LiveSchedule(45.0), []
    schedule.take_every(3)
    while now_s < 30:
        tick = schedule.next_tick(now_s)
        now_s = tick.due_s
        sample = monitor.tick(tick)
        peaks += [sample.peak] if sample.peak else []
    truth = source.truth(29)
    assert [peak.start_s for peak in peaks][: len(truth)] == pytest.approx([one.start_s for one in truth], abs=0.15)
    assert [peak.color for peak in peaks][: len(truth)] == [one.color for one in truth]
    assert all(peak.start_frame == round(peak.start_s * 45) for peak in peaks)


# --- the machine


def test_the_machine_tells_what_the_system_tells() -> None:
    machine = MachineCounters()
    end_s = time.perf_counter() + 0.2
    while time.perf_counter() < end_s:
        pass
    reading = machine.read()
    assert reading.memory_mb == pytest.approx(psutil.Process().memory_info().rss / 1e6, rel=0.2)
    assert 0 < reading.cpu_share <= 1.1
    assert 0 <= reading.system_share <= 1
