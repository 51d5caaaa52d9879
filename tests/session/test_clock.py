"""The wall clock is set while a session is recorded: what is kept does not follow it."""

from __future__ import annotations

import csv
import datetime as dt
import itertools
import sqlite3
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from nhem_qt.capture import DemoSource
from nhem_qt.config import FemConfig
from nhem_qt.monitor import RegionChoice
from nhem_qt.session import (
    KeptSession,
    LiveSession,
    SessionState,
    conclude_interrupted,
    export_kept,
    interrupted_sessions,
    list_sessions,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE_S = 60.0
RATE_HZ = 120.0
BACK_S, FORTH_S = -3600.0, 86400.0 * 400


class WallClock:
    """The wall clock of this process, which somebody may set."""

    def __init__(self) -> None:
        self._read_s = time.time
        self._shift_s = 0.0

    def set_by(self, shift_s: float) -> None:
        self._shift_s += shift_s

    def time(self) -> float:
        return self._read_s() + self._shift_s


@pytest.fixture
def wall_clock(monkeypatch: pytest.MonkeyPatch) -> WallClock:
    """Puts a clock that can be set in the place of the real one, for all that runs in this process."""
    clock = WallClock()

    class Shifted(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:
            return cls.fromtimestamp(clock.time(), tz)

    monkeypatch.setattr(dt, "datetime", Shifted)
    monkeypatch.setattr(time, "time", clock.time)
    return clock


class Recording:
    """A session of the demo, measured in real time."""

    def __init__(self, folder: Path) -> None:
        config = FemConfig.model_validate({"data_processing": {"fps": RATE_HZ}})
        self.session = LiveSession(DemoSource(), RegionChoice(), config, folder)

    @property
    def path(self) -> Path:
        assert self.session.kept_path is not None
        return self.session.kept_path

    def measure(self, duration_s: float) -> None:
        session = self.session
        end_s = session.now_s + duration_s
        while (tick := session.schedule.next_tick(session.now_s)) is not None and tick.due_s < end_s:
            threading.Event().wait(max(0.0, tick.due_s - session.now_s))
            session.take(tick)

    def end(self) -> None:
        self.session.finish()
        self.session.close()


@pytest.fixture
def recording(wall_clock: WallClock, tmp_path: Path) -> Iterator[Recording]:
    """Records with a clock that can be set; it is at its end after the test."""
    assert wall_clock.time() == pytest.approx(time.time(), abs=PATIENCE_S)
    recording = Recording(tmp_path / "data")
    yield recording
    recording.session.close()


def is_ascending(values: list[float]) -> bool:
    return all(first < second for first, second in itertools.pairwise(values))


@pytest.mark.parametrize("shift_s", [BACK_S, -0.2, FORTH_S])
def test_frames_times_and_timestamps_go_on_as_if_nothing_had_happened(
    recording: Recording, wall_clock: WallClock, tmp_path: Path, shift_s: float
) -> None:
    recording.measure(0.4)
    wall_clock.set_by(shift_s)
    recording.measure(0.4)
    recording.end()
    with KeptSession(recording.path) as kept:
        samples = [(cells[0], cells[1]) for cells in kept.sample_cells()]
        began_at = kept.info.started_at
    indices, times_s = zip(*samples, strict=True)
    assert is_ascending(indices)
    assert is_ascending(times_s)
    assert 0.7 < times_s[-1] < 0.8 + PATIENCE_S
    export_kept(recording.path, tmp_path / "out")
    with (tmp_path / "out" / "samples.csv").open(encoding="utf-8", newline="") as file:
        told = [dt.datetime.fromisoformat(row["timestamp"]) for row in csv.DictReader(file)]
    # They are written in ms: two late ticks may share one.
    assert told == sorted(told)
    assert (told[-1] - began_at).total_seconds() == pytest.approx(times_s[-1], abs=0.001)


@pytest.mark.parametrize("shift_s", [BACK_S, FORTH_S])
def test_a_session_that_ended_before_it_began_is_as_long_as_its_samples(
    recording: Recording, wall_clock: WallClock, shift_s: float
) -> None:
    recording.measure(0.3)
    wall_clock.set_by(shift_s)
    recording.measure(0.3)
    recording.end()
    (summary,) = list_sessions(recording.path.parent)
    assert summary.state is SessionState.FINISHED
    assert 0.5 < summary.length_s < 0.6 + PATIENCE_S
    assert summary.samples == recording.session.history.count
    with KeptSession(recording.path) as kept:
        assert kept.finished
        assert kept.ended_at is not None
        length_s = (kept.ended_at - kept.info.started_at).total_seconds()
        # What the clock said is kept as it is.
        assert length_s == pytest.approx(summary.length_s + shift_s, abs=PATIENCE_S)
        assert kept.length_s == summary.length_s


@pytest.mark.parametrize("shift_s", [BACK_S, FORTH_S])
def test_while_it_is_recorded_nobody_takes_it_for_interrupted(
    recording: Recording, wall_clock: WallClock, shift_s: float
) -> None:
    recording.measure(0.1)
    wall_clock.set_by(shift_s)
    recording.measure(0.1)
    assert recording.session.flush(PATIENCE_S)
    assert [summary.state for summary in list_sessions(recording.path.parent)] == [SessionState.RUNNING]
    assert interrupted_sessions(recording.path.parent) == []


def test_the_clock_may_be_set_before_an_interrupted_session_is_concluded(
    recording: Recording, wall_clock: WallClock
) -> None:
    recording.measure(0.2)
    recording.end()
    with closing(sqlite3.connect(recording.path)) as connection:
        connection.execute("DELETE FROM session WHERE key = 'ended_at'")
        connection.commit()
    wall_clock.set_by(-86400.0)
    assert interrupted_sessions(recording.path.parent) == [recording.path]
    conclude_interrupted(recording.path)
    (summary,) = list_sessions(recording.path.parent)
    assert (summary.state, summary.samples) == (SessionState.INTERRUPTED, recording.session.history.count)


def test_sessions_are_listed_by_what_the_clock_said_at_their_start(wall_clock: WallClock, tmp_path: Path) -> None:
    paths = []
    for shift_s in (0.0, -7200.0, 10_000.0):
        wall_clock.set_by(shift_s)
        recording = Recording(tmp_path)
        recording.measure(0.05)
        recording.end()
        paths.append(recording.path)
    assert [summary.path for summary in list_sessions(tmp_path)] == [paths[1], paths[0], paths[2]]
    assert all(summary.length_s < PATIENCE_S for summary in list_sessions(tmp_path))
