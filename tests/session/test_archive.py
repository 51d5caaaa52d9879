"""What a kept session tells, also one of an older version."""

from __future__ import annotations

import dataclasses
import json
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import nhem_qt
from nhem_qt.capture import CaptureError
from nhem_qt.config import FemConfig
from nhem_qt.detection import DetectorConfig
from nhem_qt.geometry import Roi
from nhem_qt.monitor import LiveSchedule, RegionChoice, Regions, RoiMode, Tick
from nhem_qt.session import (
    Change,
    KeptNotice,
    KeptSession,
    LiveSession,
    Mark,
    SessionStore,
    Span,
    StoreError,
    sample_cells,
)
from nhem_qt.session.schema import SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from nhem_qt.detection import Peak
    from nhem_qt.monitor import Sample
    from nhem_qt.session import SessionInfo

PATIENCE_S = 60.0
LARGE = Roi(30, 20, 330, 220)

# Word for word what the first version of the program wrote.
VERSION_1 = """
CREATE TABLE session (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE sample (frame_index INTEGER PRIMARY KEY, t_s, gray, gray_large, baseline, threshold, in_peak_region,
    peak_signal, peak_color, peak_confidence, source, status, notice);
CREATE TABLE peak (peak_index INTEGER PRIMARY KEY, color, confidence, start_frame, end_frame, peak_frame,
    decided_frame, start_s, end_s, duration_s, baseline, threshold, peak_gray, pre_mean, post_mean, difference,
    difference_threshold, mode);
INSERT INTO session VALUES ('session_id', '"old"'), ('started_at', '"2024-05-17T23:59:58.123456+05:30"'),
    ('source', '"demo"'), ('mode', '"dual"'), ('roi', '"10,20,410,320"'), ('rate_hz', '45.0');
INSERT INTO sample VALUES (0, 0.0, 100.0, NULL, NULL, NULL, 0, NULL, NULL, NULL, 'demo', 'success', NULL),
    (3, 0.066667, 101.5, 99.0, 100.0, 104.0, 1, 1, 'green', 0.75, 'demo', 'success', NULL);
INSERT INTO peak VALUES (1, 'green', 0.75, 1, 2, 2, 3, 0.02, 0.04, 0.04, 100.0, 104.0, 130.0, 100.0, 104.0, 4.0, 2.1,
    'adaptive');
PRAGMA user_version = 1;
"""


@pytest.fixture
def old_file(tmp_path: Path) -> Path:
    path = tmp_path / "old.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(VERSION_1)
    return path


@pytest.fixture
def session(tmp_path: Path, source_of: Callable[..., Any]) -> Iterator[LiveSession]:
    choice = RegionChoice(large_roi=LARGE)
    session = LiveSession(source_of(time.perf_counter), choice, FemConfig(), tmp_path / "data")
    yield session
    session.close()


def kept_of(session: LiveSession) -> KeptSession:
    session.close()
    assert session.kept_path is not None
    return KeptSession(session.kept_path)


# --- what is kept beside the samples


def test_a_session_tells_with_what_it_was_measured(session: LiveSession) -> None:
    before_s = time.monotonic()
    with kept_of(session) as kept:
        assert kept.info == session.info
        assert (kept.info.roi, kept.info.small_roi) == ("30,20,330,220", "155,95,205,145")
        assert DetectorConfig.model_validate(kept.info.detector) == FemConfig().peak_detection
        assert (kept.info.buffer_size, kept.info.program_version) == (100, nhem_qt.__version__)
        assert kept.info.monotonic_s is not None
        assert before_s - PATIENCE_S < kept.info.monotonic_s <= before_s


def test_what_is_changed_on_the_way_is_kept_with_its_time(session: LiveSession) -> None:
    session.take(Tick(0, 0.0))
    session.monitor.change_regions(Regions(RoiMode.SINGLE, LARGE))
    session.monitor.change_detector(DetectorConfig(difference_threshold=3.5))
    t_s = session.take(Tick(1, 0.02)).measurement.t_s
    session.take(Tick(2, 0.04))
    with kept_of(session) as kept:
        changes = {change.key: change for change in kept.changes()}
        assert len(kept.changes()) == 3
    assert changes["mode"] == Change(t_s, "mode", "single")
    assert changes["small_roi"] == Change(t_s, "small_roi", "30,20,330,220")
    assert changes["detector"].value["difference_threshold"] == 3.5


def test_every_change_of_state_is_kept_though_memory_holds_the_last_hundred(session: LiveSession) -> None:
    source: Any = session.monitor._source
    for index in range(150):
        source.failing = CaptureError(f"locked {index}") if index % 2 else None
        # Far apart, so that every tick is tried.
        session.take(Tick(index, index * 100.0))
    assert len(session.monitor.states.history) == 100
    with kept_of(session) as kept:
        assert len(kept.transitions()) == session.monitor.states.count == 150
        assert kept.transitions()[-100:] == session.monitor.states.history
        assert kept.transitions()[1].reason == "locked 1"


def test_notices_and_marks_are_kept_with_the_moment_they_came(session: LiveSession) -> None:
    begin_s = session.now_s
    session.keep_notice("ROI reaches over the edge")
    first, second = session.set_mark("HIFU on"), session.set_mark()
    end_s = session.now_s
    with kept_of(session) as kept:
        (notice,) = kept.notices()
        assert kept.marks() == session.marks == (first, second) == (Mark(first.t_s, "HIFU on"), Mark(second.t_s, ""))
    assert notice == KeptNotice(notice.t_s, "ROI reaches over the edge")
    assert begin_s <= notice.t_s <= first.t_s <= second.t_s <= end_s


def test_rejected_candidates_are_kept_once_each(
    tmp_path: Path, info: SessionInfo, sample_of: Callable[..., Sample], peak_of: Callable[..., Peak]
) -> None:
    store = SessionStore(tmp_path, info)
    rejected = sample_of(1, rejected=True)
    for sample in (sample_of(0), rejected, dataclasses.replace(rejected, peak=peak_of(1), peak_signal=1)):
        store.put(sample)
    assert store.close(PATIENCE_S)
    with KeptSession(store.path) as kept:
        assert kept.rejections() == (rejected.rejection,)


def test_samples_and_peaks_come_back_as_they_were(
    tmp_path: Path, info: SessionInfo, sample_of: Callable[..., Sample], peak_of: Callable[..., Peak]
) -> None:
    samples = [sample_of(index, peak=peak_of(decided_frame=7) if index == 7 else None) for index in range(10)]
    samples += [sample_of(12, None), sample_of(13, 0.1 + 0.2, gray_large=1 / 3, in_peak_region=True)]
    store = SessionStore(tmp_path, info)
    for sample in samples:
        store.put(sample)
    assert store.close(PATIENCE_S)
    with KeptSession(store.path) as kept:
        assert list(kept.samples()) == samples
        assert kept.newest_samples(3) == samples[-3:]
        assert kept.newest_samples(99) == samples
        assert kept.peaks() == (peak_of(decided_frame=7),)
        assert (kept.sample_count, kept.length_s) == (12, samples[-1].measurement.t_s)


# --- in order or interrupted


def test_a_session_is_finished_once_it_was_closed_and_interrupted_before(session: LiveSession) -> None:
    session.take(Tick(0, 0.0))
    assert session.flush(PATIENCE_S)
    assert session.kept_path is not None
    with KeptSession(session.kept_path) as kept:
        assert (kept.finished, kept.ended_at, kept.sample_count) == (False, None, 1)
    with kept_of(session) as kept:
        assert kept.finished
        assert kept.ended_at is not None
        assert kept.info.started_at <= kept.ended_at
        assert kept.sample_count == 1


def test_a_session_that_could_not_be_kept_to_the_end_is_not_finished(
    tmp_path: Path, info: SessionInfo, sample_of: Callable[..., Sample]
) -> None:
    store = SessionStore(tmp_path, info)
    store._connection.execute("PRAGMA query_only = ON")
    store.put(sample_of(0))
    assert not store.close(PATIENCE_S)
    with KeptSession(store.path) as kept:
        assert not kept.finished


# --- dropped or paused


def test_ticks_of_a_pause_are_not_taken_for_dropped_ones(
    tmp_path: Path, info: SessionInfo, sample_of: Callable[..., Sample]
) -> None:
    store = SessionStore(tmp_path, info)
    # Dropped: 3, 4, 20. In a pause: 8 to 15, and 31 to 40, after which nothing was dropped before 43.
    taken = [*range(3), 5, 6, 7, *range(16, 20), *range(21, 31), *range(43, 46)]
    pauses = [(7.2, True), (15.5, False), (30.1, True), (40.5, False), (45.1, True)]
    for frame in taken:
        store.put(sample_of(frame))
    for tick, paused in pauses:
        store.put(Change(tick / 45, "paused", paused))
    assert store.flush(PATIENCE_S)
    with KeptSession(store.path) as kept:
        assert (kept.finished, kept.dropped_ticks, kept.knows_dropped_ticks) == (False, 3 + 2, True)
    for first, last, dropped in (
        (0, 6.5, 2),
        (5, 17, 0),
        (6, 30, 1),
        (17, 30, 1),
        (30, 44, 2),
        (8, 15, 0),
        (10, 45, 3),
    ):
        with KeptSession(store.path, Span(first / 45 - 0.001, last / 45 + 0.001)) as part:
            assert (part.dropped_ticks, part.knows_dropped_ticks) == (dropped, True)
    assert store.close(PATIENCE_S, dropped_ticks=5)
    with KeptSession(store.path) as kept:
        assert kept.dropped_ticks == 5


@given(st.lists(st.tuples(st.floats(0.001, 0.2), st.booleans(), st.sampled_from((None, 1, 2, 3))), max_size=30))
def test_an_interrupted_session_has_dropped_what_its_schedule_dropped(
    tmp_path_factory: pytest.TempPathFactory,
    info: SessionInfo,
    sample_of: Callable[..., Sample],
    steps: list[tuple[float, bool, int | None]],
) -> None:
    store, schedule, now_s = SessionStore(tmp_path_factory.mktemp("drops"), info), LiveSchedule(45.0), 0.0
    for seconds, paused, stride in steps:
        tick = schedule.next_tick(now_s)
        now_s = round(max(now_s, tick.due_s), 6)
        store.put(sample_of(tick.index, t_s=now_s))
        if stride is not None:
            schedule.take_every(stride)
            store.put(Change(now_s, "stride", stride))
        if paused:
            store.put(Change(now_s, "paused", value=True))
        now_s = round(now_s + seconds, 6)
        if paused:
            store.put(Change(now_s, "paused", value=False))
            schedule.skip_to(now_s)
    last = schedule.next_tick(now_s)
    store.put(sample_of(last.index, t_s=max(now_s, last.due_s)))
    assert store.flush(PATIENCE_S)
    with KeptSession(store.path) as kept:
        assert kept.dropped_ticks == schedule.dropped
    assert store.close(PATIENCE_S)


# --- other versions


def test_a_file_of_the_first_version_reads_like_a_new_one_and_is_not_written_to(old_file: Path) -> None:
    before = old_file.read_bytes()
    with KeptSession(old_file) as kept:
        assert (kept.info.session_id, kept.info.small_roi, kept.info.detector) == ("old", "", {})
        assert [cells[:3] for cells in kept.sample_cells()] == [(0, 0.0, 100.0), (3, 0.066667, 101.5)]
        assert [sample_cells(sample) for sample in kept.samples()] == list(kept.sample_cells())
        assert [peak.difference for peak in kept.peaks()] == [4.0]
        assert (kept.rejections(), kept.transitions(), kept.notices()) == ((), (), ())
        assert (kept.marks(), kept.changes()) == ((), ())
        assert (kept.sample_count, kept.length_s, kept.ended_at) == (2, 0.066667, None)
        assert (kept.dropped_ticks, kept.knows_dropped_ticks) == (2, False)
    assert old_file.read_bytes() == before
    assert list(old_file.parent.iterdir()) == [old_file]


def test_of_the_first_version_a_file_without_log_came_to_its_end(old_file: Path) -> None:
    with KeptSession(old_file) as kept:
        assert kept.finished
    with closing(sqlite3.connect(old_file)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    with KeptSession(old_file) as kept:
        assert not kept.finished


def test_a_file_of_a_newer_version_is_an_error_that_says_so(old_file: Path) -> None:
    with closing(sqlite3.connect(old_file)) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    with pytest.raises(StoreError, match=r"old\.sqlite was written by a newer version .*: update the program"):
        KeptSession(old_file)


def test_what_a_later_program_says_of_a_session_beyond_this_one_does_no_harm(tmp_path: Path, info: SessionInfo) -> None:
    store = SessionStore(tmp_path, info)
    assert store.close(PATIENCE_S)
    with closing(sqlite3.connect(store.path)) as connection:
        connection.execute("INSERT INTO session VALUES ('operator', ?)", [json.dumps("unknown here")])
        connection.commit()
    with KeptSession(store.path) as kept:
        assert kept.info == info


@pytest.mark.parametrize("damage", ["UPDATE sample SET source = 'moon'", "UPDATE sample SET status = NULL"])
def test_a_damaged_row_is_an_error_that_names_the_file(old_file: Path, damage: str) -> None:
    with closing(sqlite3.connect(old_file)) as connection:
        connection.execute(damage)
        connection.commit()
    with (
        pytest.raises(StoreError, match=r"old\.sqlite is no session of this program or is damaged"),
        KeptSession(old_file) as kept,
    ):
        assert list(kept.samples()) == []
