"""The curve of a whole session, pieced together from memory, file and overview."""

from __future__ import annotations

import itertools
import math
import sqlite3
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nhem_qt.config import FemConfig
from nhem_qt.geometry import Roi
from nhem_qt.monitor import RegionChoice, Tick
from nhem_qt.session import (
    Curve,
    History,
    LiveSession,
    LongCurve,
    Overview,
    SessionInfo,
    SessionStore,
    Span,
    StoreError,
    open_long_curve,
    sample_cells,
    thinned,
)
from nhem_qt.session.sample_blocks import SampleBlocks

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from nhem_qt.capture import FrameSource
    from nhem_qt.monitor import Sample

RATE_HZ = 45.0
GAP_S = 0.5
# Dropped ticks, the edges of stretches and blocks, and pauses.
STEPS = st.sampled_from([1] * 20 + [2, 5, 40, 63, 64, 65, 200, 4000, 4096])
GRAYS = st.none() | st.floats(0, 255)
TICKS = st.tuples(st.integers(0, 4200), st.lists(st.tuples(STEPS, GRAYS), max_size=200))
PARTS = st.tuples(st.floats(-0.2, 1.2), st.floats(-0.2, 1.2)).map(sorted)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, info: SessionInfo) -> Callable[[Sequence[Sample]], Path]:
    """Writes sessions: the store makes one file, the samples are put into copies of it."""
    folder = tmp_path_factory.mktemp("sessions")
    store = SessionStore(folder, info)
    store.close()
    empty, numbers = store.path.read_bytes(), itertools.count()

    def written(samples: Sequence[Sample]) -> Path:
        path = folder / f"{next(numbers)}.sqlite"
        path.write_bytes(empty)
        append(path, samples)
        return path

    return written


def append(path: Path, samples: Sequence[Sample]) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA synchronous = OFF")
        marks = ", ".join("?" * 13)
        connection.executemany(f"INSERT INTO sample VALUES ({marks})", map(sample_cells, samples))  # noqa: S608


@pytest.fixture(scope="module")
def walk(sample_of: Callable[..., Sample]) -> Callable[[tuple[int, list[tuple[int, float | None]]]], list[Sample]]:
    """Makes samples out of steps and gray values."""

    def walked(ticks: tuple[int, list[tuple[int, float | None]]]) -> list[Sample]:
        first, steps = ticks
        frames = itertools.accumulate((step for step, _ in steps), initial=first)
        pairs = zip(frames, (gray for _, gray in steps), strict=False)
        return [sample_of(frame, gray, gray_large=None if frame % 9 else 7.5) for frame, gray in pairs]

    return walked


def running(samples: Sequence[Sample], capacity: int, path: Path | None = None) -> LongCurve:
    overview, ring = Overview(), History(capacity, 5)
    for sample in samples:
        ring.add(sample)
        overview.add(sample)
    return LongCurve(overview, RATE_HZ, ring, path)


def settled(curve: LongCurve, begin_s: float, end_s: float) -> Curve:
    """Return a part when all is read that can be read."""
    while True:
        count = curve.count
        part = curve.part(begin_s, end_s)
        if curve.count == count:
            return part


def row_of(sample: Sample) -> tuple[float, ...]:
    measured = sample.measurement
    values = (measured.gray, measured.gray_large, sample.baseline, sample.threshold)
    numbers = (-1.0 if value is None else value for value in values)
    return (measured.frame_index, measured.t_s, *numbers, float(sample.in_peak_region))


def rows(curve: Curve) -> list[tuple[float, ...]]:
    """Return the rows of a curve but for those that hold a gap open."""
    filled = np.column_stack(curve.columns)[~np.isnan(curve.frame_index)]
    return [tuple(row) for row in np.nan_to_num(filled, nan=-1.0).tolist()]


def times(samples: Sequence[Sample]) -> list[float]:
    return [sample.measurement.t_s for sample in samples]


def range_of(samples: Sequence[Sample], part: list[float]) -> tuple[float, float]:
    length_s = samples[-1].measurement.t_s - samples[0].measurement.t_s if samples else 10.0
    first_s = samples[0].measurement.t_s if samples else 0.0
    return first_s + part[0] * length_s, first_s + part[1] * length_s


def inside(samples: Sequence[Sample], begin_s: float, end_s: float) -> list[Sample]:
    return [sample for sample in samples if begin_s <= sample.measurement.t_s <= end_s]


def assert_in_order(curve: Curve, begin_s: float, end_s: float) -> None:
    """Times ascend, and at most one neighbour on either side lies outside."""
    assert (np.diff(curve.t_s) >= 0).all()
    assert (curve.t_s < begin_s).sum() <= 1
    assert (curve.t_s > end_s).sum() <= 1


# --- sample by sample


@given(TICKS, st.integers(1, 220), PARTS, st.booleans())
def test_any_part_is_the_samples_to_the_bit_wherever_they_are(
    walk: Any,
    files: Any,
    ticks: Any,
    capacity: int,
    part: list[float],
    kept: bool,  # noqa: FBT001 - drawn
) -> None:
    samples = walk(ticks)
    path = files(samples)
    curve = open_long_curve(path) if kept else running(samples, capacity, path)
    begin_s, end_s = range_of(samples, part)
    found = settled(curve, begin_s, end_s)
    assert_in_order(found, begin_s, end_s)
    within = [row for row in rows(found) if begin_s <= row[1] <= end_s]
    assert within == [row_of(sample) for sample in inside(samples, begin_s, end_s)]
    assert set(rows(found)) <= {row_of(sample) for sample in samples}


@given(TICKS, PARTS)
def test_a_part_reaches_to_its_edges(walk: Any, ticks: Any, part: list[float]) -> None:
    samples = walk(ticks)
    begin_s, end_s = range_of(samples, part)
    found = running(samples, 300).part(begin_s, end_s)
    if any(t_s < begin_s for t_s in times(samples)):
        assert found.t_s[0] < begin_s
    if any(t_s > end_s for t_s in times(samples)):
        assert found.t_s[-1] > end_s


@given(TICKS)
def test_a_line_is_open_exactly_where_long_nothing_was_measured(walk: Any, files: Any, ticks: Any) -> None:
    samples = walk(ticks)
    pauses = [(one + other) / 2 for one, other in itertools.pairwise(times(samples)) if other - one > GAP_S]
    for curve in (running(samples, 300), running(samples, 40, files(samples)), open_long_curve(files(samples))):
        found = settled(curve, -math.inf, math.inf)
        assert found.t_s[np.isnan(found.frame_index)].tolist() == pytest.approx(pauses)


# --- condensed


@given(TICKS, st.integers(1, 220), PARTS)
def test_without_a_file_older_samples_are_seen_in_their_extremes(
    walk: Any, ticks: Any, capacity: int, part: list[float]
) -> None:
    samples = walk(ticks)
    begin_s, end_s = range_of(samples, part)
    found = running(samples, capacity).part(begin_s, end_s)
    assert_in_order(found, begin_s, end_s)
    assert_extremes(found, samples, begin_s, end_s)


@pytest.mark.parametrize("step", [1, 64])
def test_a_long_session_is_condensed_and_no_emission_is_too_short_to_be_seen(
    sample_of: Callable[..., Sample], step: int
) -> None:
    samples = [sample_of(step * index, 200.0 if index == 30_001 else 100 + index % 7) for index in range(40_000)]
    curve = running(samples, 100)
    for part in ([0.0, 1.0], [0.1, 0.97], [0.7, 2.0]):
        begin_s, end_s = range_of(samples, part)
        found = curve.part(begin_s, end_s)
        assert len(found.t_s) <= 6200
        assert_in_order(found, begin_s, end_s)
        assert_extremes(found, samples, begin_s, end_s)
        assert found.t_s[np.nanargmax(found.gray)] == pytest.approx(30_001 * step / RATE_HZ, abs=3000 * step / RATE_HZ)


def assert_extremes(found: Curve, samples: Sequence[Sample], begin_s: float, end_s: float) -> None:
    grays = [sample.measurement.gray for sample in inside(samples, begin_s, end_s)]
    values = [gray for gray in grays if gray is not None]
    if values:
        assert np.nanmax(found.gray) >= max(values)
        assert np.nanmin(found.gray) <= min(values)
    all_values = {sample.measurement.gray for sample in samples}
    assert {gray for gray in found.gray.tolist() if not math.isnan(gray)} <= all_values


@given(TICKS, st.floats(0.01, 30))
def test_thinning_keeps_order_extremes_and_gaps(walk: Any, ticks: Any, width_s: float) -> None:
    samples = walk(ticks)
    whole = running(samples, 300).part(-math.inf, math.inf)
    thin = thinned(whole, width_s)
    assert_in_order(thin, -math.inf, math.inf)
    assert_extremes(thin, samples, -math.inf, math.inf)
    gaps = np.isnan(whole.frame_index).sum()
    assert np.isnan(thin.frame_index).sum() == 2 * gaps
    if samples:
        widths = (times(samples)[-1] - times(samples)[0]) / width_s
        assert len(thin.t_s) <= 2 * (widths + 2 + 2 * gaps)


@given(TICKS)
def test_the_file_gives_the_overview_of_the_running_session(walk: Any, files: Any, ticks: Any) -> None:
    samples = walk(ticks)
    fed = Overview()
    for sample in samples:
        fed.add(sample)
    kept = open_long_curve(files(samples))._overview
    for one, other in zip(stretches(fed), stretches(kept), strict=True):
        np.testing.assert_array_equal(one, other)
    assert (fed.first_s, fed.last_s) == (kept.first_s, kept.last_s)


def stretches(overview: Overview) -> list[np.ndarray]:
    found = overview.between(-math.inf, math.inf)
    return [getattr(found, name) for name in type(found).__slots__]


# --- a part of a kept session


@given(TICKS, PARTS)
def test_with_a_span_there_is_nothing_else(walk: Any, files: Any, ticks: Any, part: list[float]) -> None:
    samples = walk(ticks)
    span = Span(*range_of(samples, part))
    curve = open_long_curve(files(samples), span)
    wanted = inside(samples, span.begin_s, span.end_s)
    assert rows(settled(curve, -math.inf, math.inf)) == [row_of(sample) for sample in wanted]
    if wanted:
        assert (curve.first_s, curve.last_s) == (times(wanted)[0], times(wanted)[-1])


def test_a_kept_curve_leaves_no_connection_open(
    files: Any, sample_of: Callable[..., Sample], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, opened = files([sample_of(index) for index in range(5000)]), []
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *args, **more: opened.append(connect(*args, **more)) or opened[-1])
    curve = open_long_curve(path)
    settled(curve, 0.0, 200.0)
    assert len(opened) >= 3
    for connection in opened:
        with pytest.raises(sqlite3.ProgrammingError):
            connection.execute("SELECT 1")


def test_what_is_no_session_is_told(tmp_path: Path, files: Any) -> None:
    with pytest.raises(StoreError, match="nowhere"):
        open_long_curve(tmp_path / "nowhere.sqlite")
    path = files([])
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO sample (frame_index, t_s, gray) VALUES (0, 'soon', 1.0)")
    with pytest.raises(StoreError, match=r"samples in .* cannot be read"):
        open_long_curve(path)


@pytest.mark.parametrize("version", [1, 2])
def test_a_file_of_an_older_version_has_its_curve(files: Any, sample_of: Callable[..., Sample], version: int) -> None:
    samples = [sample_of(index, index / 10) for index in range(500)]
    path = files(samples)
    with closing(sqlite3.connect(path)) as connection, connection:
        for table in (
            ("picture",) if version == 2 else ("picture", "mark", "change", "notice", "transition", "rejection")
        ):
            connection.execute(f"DROP TABLE {table}")
        connection.execute(f"PRAGMA user_version = {version}")
    before = path.read_bytes()
    assert rows(settled(open_long_curve(path), -math.inf, math.inf)) == [row_of(sample) for sample in samples]
    assert path.read_bytes() == before


def test_a_file_that_somebody_has_locked_is_not_waited_for(files: Any, sample_of: Callable[..., Sample]) -> None:
    samples = [sample_of(index) for index in range(3000)]
    path = files(samples)
    curve = running(samples, 1000, path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        assert np.isnan(settled(curve, 0.0, 100.0).in_peak_region).sum() == 2 * 32
    assert rows(settled(curve, 0.0, 100.0)) == [row_of(sample) for sample in samples]


def test_a_session_without_samples_has_an_empty_curve(files: Any) -> None:
    for curve in (open_long_curve(files([])), running([], 5)):
        assert len(curve.part(-math.inf, math.inf).t_s) == 0
        assert (curve.first_s, curve.last_s, curve.count) == (0.0, 0.0, 0)
        assert curve.at(0.0) is None


# --- while it grows, and when the file fails


def test_a_growing_session_is_whole_at_any_moment(files: Any, sample_of: Callable[..., Sample]) -> None:
    samples = [sample_of(index, index / 100) for index in range(9000)]
    path, overview, ring = files([]), Overview(), History(150, 5)
    curve = LongCurve(overview, RATE_HZ, ring, path)
    for number, batch in enumerate(samples[at : at + 100] for at in range(0, 9000, 100)):
        for sample in batch:
            ring.add(sample)
            overview.add(sample)
        append(path, batch)
        begin_s = (number * 100 - 2000) / RATE_HZ
        known = samples[: (number + 1) * 100]
        assert rows(settled(curve, begin_s, math.inf))[-2000:] == [row_of(sample) for sample in known][-2000:]


def test_a_block_is_read_once(files: Any, sample_of: Callable[..., Sample], monkeypatch: pytest.MonkeyPatch) -> None:
    samples = [sample_of(index) for index in range(20_000)]
    curve, read = open_long_curve(files(samples)), []
    original = SampleBlocks.read
    monkeypatch.setattr(SampleBlocks, "read", lambda *args: read.append(args[1]) or original(*args))
    for begin_s in range(0, 300, 3):
        settled(curve, begin_s, begin_s + 100.0)
    assert read == [0, 1, 2, 3, 4]


def test_one_block_is_read_at_a_time_and_stretches_stand_in_for_the_others(
    files: Any, sample_of: Callable[..., Sample]
) -> None:
    samples = [sample_of(index, 177.0 if index == 9000 else 100.0) for index in range(12_288)]
    curve = open_long_curve(files(samples))
    lengths, counts = [], [curve.count]
    for _ in range(4):
        found = curve.part(0.0, 1000.0)
        lengths.append(len(found.t_s))
        counts.append(curve.count)
        assert np.nanmax(found.gray) == 177.0
    assert lengths == [4096 + 128 + 128, 8192 + 128, 12_288, 12_288]
    assert len(set(counts)) == 3


def test_an_unreadable_file_is_drawn_in_stretches(files: Any, sample_of: Callable[..., Sample]) -> None:
    samples = [sample_of(index, 177.0 if index == 500 else 100.0) for index in range(3000)]
    path = files(samples)
    curve = running(samples, 1000, path)
    path.unlink()
    found = curve.part(0.0, 100.0)
    assert found.gray.max() == 177.0
    assert_in_order(found, 0.0, 100.0)
    # The ring begins within a stretch: that is given as a whole, and nothing of it twice.
    assert rows(found)[-952:] == [row_of(sample) for sample in samples[2048:]]
    assert np.isnan(found.in_peak_region).sum() == 2 * 32
    count = curve.count
    curve.part(0.0, 100.0)
    assert curve.count == count


def test_a_file_that_ended_early_is_not_believed_to_be_whole(files: Any, sample_of: Callable[..., Sample]) -> None:
    samples = [sample_of(index, 177.0 if index == 1500 else 100.0) for index in range(3000)]
    curve = running(samples, 1000, files(samples[:1200]))
    found = settled(curve, 0.0, 100.0)
    assert found.gray.max() == 177.0
    assert_in_order(found, 0.0, 100.0)


def test_a_damaged_file_is_drawn_in_stretches(files: Any, sample_of: Callable[..., Sample]) -> None:
    samples = [sample_of(index) for index in range(3000)]
    path = files(samples)
    curve = running(samples, 1000, path)
    path.write_bytes(path.read_bytes()[:4096] + b"\x5a" * 200_000)
    assert np.isnan(settled(curve, 0.0, 100.0).in_peak_region).sum() == 2 * 32


# --- one moment


@given(TICKS, st.floats(-0.1, 1.1))
def test_the_sample_nearest_to_a_moment_is_given_but_none_in_a_pause(
    walk: Any, files: Any, ticks: Any, place: float
) -> None:
    samples = walk(ticks)
    t_s, _ = range_of(samples, [place, place])
    distances_s = [abs(at - t_s) for at in times(samples)]
    for curve in (running(samples, 300), open_long_curve(files(samples))):
        found = curve.at(t_s)
        if distances_s and min(distances_s) <= GAP_S:
            assert found is not None
            assert abs(rows(found)[0][1] - t_s) == min(distances_s)
            assert rows(found)[0] in map(row_of, samples)
        else:
            assert found is None


def test_of_a_moment_that_cannot_be_read_the_extremes_around_it_are_given(sample_of: Callable[..., Sample]) -> None:
    samples = [sample_of(index * 50, 100.0 + index % 3) for index in range(300)]
    found = running(samples, 10).at(20.0)
    assert found is not None
    assert found.gray.tolist() in ([100.0, 101.0], [100.0, 102.0], [101.0, 102.0])


# --- two threads


def test_a_reader_in_another_thread_sees_every_sample_once(sample_of: Callable[..., Sample]) -> None:
    overview, ring = Overview(), History(50_000, 5)
    curve, faults, written = LongCurve(overview, RATE_HZ, ring), [], threading.Event()
    samples = [sample_of(index) for index in range(6000)]

    def read() -> None:
        while not written.is_set():
            frames = curve.part(-math.inf, math.inf).frame_index
            if frames.tolist() != list(range(len(frames))):
                faults.append(frames)

    reader = threading.Thread(target=read)
    reader.start()
    for sample in samples:
        ring.add(sample)
        overview.add(sample)
    written.set()
    reader.join()
    assert not faults
    assert curve.count == 6000


def test_a_running_session_has_its_curve_from_the_first_sample_on(
    tmp_path: Path, source_of: Callable[..., FrameSource]
) -> None:
    config = FemConfig.model_validate({"data_processing": {"max_frame_count": 100}})
    session = LiveSession(source_of(time.perf_counter), RegionChoice(large_roi=Roi(30, 20, 330, 220)), config, tmp_path)
    samples = [session.take(Tick(index, 0.0)) for index in range(250)]
    assert session.flush(60.0)
    assert rows(settled(session.curve, -math.inf, math.inf)) == [row_of(sample) for sample in samples]
    assert session.curve.last_s == samples[-1].measurement.t_s
    session.close()
