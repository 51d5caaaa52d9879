"""When ticks are due."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nhem_qt.capture import CaptureError
from nhem_qt.frame import Frame, SourceKind
from nhem_qt.geometry import Roi
from nhem_qt.monitor import LiveSchedule, RecordedSchedule, Tick

RATES_HZ = st.floats(1, 240)
BUSY_S = st.lists(st.floats(0, 3), min_size=1, max_size=60)


def paced(schedule: LiveSchedule, busy_s: list[float]) -> tuple[list[Tick], float]:
    """Wait for every tick and be busy for a while, as the worker is; the ticks, and when each was asked for."""
    now_s, ticks = 0.0, []
    for seconds in busy_s:
        tick = schedule.next_tick(now_s)
        ticks.append(tick)
        now_s = max(now_s, tick.due_s) + seconds
    return ticks, now_s


@given(RATES_HZ, BUSY_S)
def test_indices_strictly_increase_and_every_tick_is_either_taken_or_counted_as_dropped(
    rate_hz: float, busy_s: list[float]
) -> None:
    schedule = LiveSchedule(rate_hz)
    ticks, _ = paced(schedule, busy_s)
    indices = [tick.index for tick in ticks]
    assert all(later > earlier for earlier, later in itertools.pairwise(indices))
    assert len(ticks) + schedule.dropped == indices[-1] + 1


@given(RATES_HZ, BUSY_S)
def test_ticks_are_due_at_multiples_of_the_period_whatever_happened_before(rate_hz: float, busy_s: list[float]) -> None:
    ticks, _ = paced(LiveSchedule(rate_hz), busy_s)
    assert [tick.due_s for tick in ticks] == [tick.index / rate_hz for tick in ticks]


@given(RATES_HZ, BUSY_S)
def test_what_is_late_is_never_made_up_by_a_burst(rate_hz: float, busy_s: list[float]) -> None:
    schedule = LiveSchedule(rate_hz)
    _, now_s = paced(schedule, busy_s)
    assert schedule.next_tick(now_s).due_s > now_s - 1.000001 / rate_hz
    assert schedule.next_tick(now_s).due_s > now_s - 1e-6


@given(RATES_HZ, BUSY_S, st.floats(0, 100))
def test_until_a_tick_is_due_the_time_runs_down(rate_hz: float, busy_s: list[float], now_s: float) -> None:
    schedule = LiveSchedule(rate_hz)
    ticks, _ = paced(schedule, busy_s)
    assert schedule.due_in_s(now_s) == ticks[-1].due_s - now_s


def test_a_loop_that_keeps_up_drops_nothing() -> None:
    schedule = LiveSchedule(45)
    ticks, _ = paced(schedule, [0.02] * 4500)
    assert [tick.index for tick in ticks] == list(range(4500))
    assert schedule.dropped == 0


def test_a_stall_leaves_a_gap_of_counted_ticks() -> None:
    schedule = LiveSchedule(10)
    assert [schedule.next_tick(now_s).index for now_s in (0.0, 0.01, 0.11, 1.05, 1.06)] == [0, 1, 2, 10, 11]
    assert schedule.dropped == 7


def test_a_pause_leaves_a_gap_and_drops_nothing() -> None:
    schedule = LiveSchedule(10)
    assert [schedule.next_tick(now_s).index for now_s in (0.0, 0.01)] == [0, 1]
    schedule.skip_to(5.03)
    tick = schedule.next_tick(5.03)
    assert (tick.index, tick.due_s) == (51, 5.1)
    assert schedule.dropped == 0


@given(RATES_HZ, st.lists(st.tuples(st.floats(0, 1), st.floats(0, 20)), min_size=1, max_size=20))
def test_however_often_it_is_paused_only_stalls_count(rate_hz: float, runs: list[tuple[float, float]]) -> None:
    schedule, now_s, last = LiveSchedule(rate_hz), 0.0, -1
    for run_s, pause_s in runs:
        tick = schedule.next_tick(now_s)
        assert tick.index > last
        assert tick.due_s >= now_s - 1.000001 / rate_hz
        last = tick.index
        now_s = max(now_s, tick.due_s) + min(run_s, 0.5 / rate_hz) + pause_s
        schedule.skip_to(now_s)
    assert schedule.dropped == 0


@given(RATES_HZ, st.lists(st.tuples(st.floats(0, 1), st.integers(1, 3)), min_size=1, max_size=60))
def test_ticks_left_out_on_purpose_are_counted_apart_and_the_others_keep_index_and_time(
    rate_hz: float, steps: list[tuple[float, int]]
) -> None:
    schedule, now_s, ticks = LiveSchedule(rate_hz), 0.0, []
    for busy_s, stride in steps:
        schedule.take_every(stride)
        tick = schedule.next_tick(now_s)
        assert tick.index % stride == 0
        assert tick.due_s == tick.index / rate_hz
        assert tick.due_s > now_s - stride * 1.000001 / rate_hz
        ticks.append(tick.index)
        now_s = max(now_s, tick.due_s) + busy_s
    assert all(later > earlier for earlier, later in itertools.pairwise(ticks))
    assert len(ticks) + schedule.dropped + schedule.left_out == ticks[-1] + 1


def test_a_loop_that_keeps_up_with_every_third_tick_drops_nothing() -> None:
    schedule = LiveSchedule(45)
    schedule.take_every(3)
    ticks, _ = paced(schedule, [0.06] * 100)
    assert [tick.index for tick in ticks] == list(range(0, 300, 3))
    assert (schedule.dropped, schedule.left_out) == (0, 198)
    schedule.take_every(1)
    assert schedule.next_tick(0.0).index == 298


def test_of_a_recording_no_frame_is_ever_left_out() -> None:
    recording = FakeRecording([0.0, 0.1, 0.2])
    schedule = RecordedSchedule(recording)
    schedule.take_every(3)
    assert [tick.index for tick in played(recording, schedule)] == [0, 1, 2]
    assert schedule.left_out == 0


def test_skipping_to_the_past_changes_nothing() -> None:
    schedule = LiveSchedule(10)
    schedule.next_tick(3.0)
    schedule.skip_to(1.0)
    assert schedule.next_tick(1.0).index == 31


@dataclass
class FakeRecording:
    """A recording of empty frames at given times."""

    times_s: list[float]
    upcoming_index: int = 0
    frames_missing: int = 0
    damaged_at: int | None = None
    kind: SourceKind = SourceKind.VIDEO
    bounds: Roi = field(default_factory=lambda: Roi(0, 0, 2, 2))
    rate_hz: float = 25.0

    def upcoming_s(self) -> float | None:
        if self.upcoming_index == self.damaged_at:
            raise CaptureError("damaged")
        return self.times_s[self.upcoming_index] if self.upcoming_index < len(self.times_s) else None

    def grab(self, roi: Roi) -> Frame:
        raise NotImplementedError(roi)

    def close(self) -> None:
        pass


def played(recording: FakeRecording, schedule: RecordedSchedule, now_s: float = 0.0) -> list[Tick]:
    ticks = []
    while (tick := schedule.next_tick(now_s)) is not None:
        ticks.append(tick)
        recording.upcoming_index += 1
    return ticks


@given(st.lists(st.floats(0, 100), max_size=30).map(sorted), st.floats(0, 1e6))
def test_a_recording_gives_every_frame_at_its_time_however_late_it_is(times_s: list[float], now_s: float) -> None:
    recording = FakeRecording(times_s)
    schedule = RecordedSchedule(recording)
    ticks = played(recording, schedule, now_s)
    assert ticks == [Tick(index, time_s) for index, time_s in enumerate(times_s)]
    assert schedule.dropped == 0
    assert schedule.next_tick(math.inf) is None


def test_after_a_pause_a_recording_goes_on_with_the_frame_that_was_next() -> None:
    recording = FakeRecording([0.0, 0.1, 0.25, 0.3])
    schedule = RecordedSchedule(recording)
    schedule.next_tick(0.0)
    recording.upcoming_index = 2
    schedule.skip_to(60.0)
    assert played(recording, schedule) == [Tick(2, 0.25, 59.75), Tick(3, 0.3, 59.75)]
    assert schedule.dropped == 0


def test_a_pause_moves_when_a_frame_is_taken_and_not_its_time_in_the_recording() -> None:
    recording = FakeRecording([0.5])
    schedule = RecordedSchedule(recording)
    schedule.skip_to(10.0)
    (tick,) = played(recording, schedule)
    assert (tick.due_s, tick.wanted_s) == (0.5, 10.0)


def test_a_second_pause_counts_from_the_frames_own_time_again() -> None:
    recording = FakeRecording([0.0, 1.0, 2.0])
    schedule = RecordedSchedule(recording)
    schedule.skip_to(10.0)
    recording.upcoming_index = 1
    schedule.skip_to(30.0)
    assert played(recording, schedule) == [Tick(1, 1.0, 29.0), Tick(2, 2.0, 29.0)]


def test_a_pause_at_the_end_of_a_recording_does_no_harm() -> None:
    recording = FakeRecording([0.0], upcoming_index=1)
    schedule = RecordedSchedule(recording)
    schedule.skip_to(5.0)
    assert schedule.next_tick(5.0) is None


def test_where_the_recording_is_damaged_the_schedule_says_so() -> None:
    recording = FakeRecording([0.0, 0.1], upcoming_index=1, damaged_at=1)
    with pytest.raises(CaptureError, match="damaged"):
        RecordedSchedule(recording).next_tick(0.0)
