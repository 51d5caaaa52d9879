"""A kept session under other parameters: its own give its own peaks, and what others give is told apart."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
import logging
import sqlite3
import tracemalloc
from contextlib import closing
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nhem_qt.analysis import FoundBy, NothingMeasuredError, Pair, judge_again, what_if
from nhem_qt.analysis.compare import paired
from nhem_qt.capture import CaptureError, DemoSource
from nhem_qt.config import FemConfig
from nhem_qt.detection import DetectorConfig, Peak
from nhem_qt.errors import Cancelled
from nhem_qt.frame import Frame, SourceKind
from nhem_qt.geometry import Roi
from nhem_qt.monitor import Measurement, PeakJudge, PictureNotice, RegionChoice, Regions, RoiMode, Status, Tick
from nhem_qt.session import KeptSession, LiveSession, SessionInfo, SessionStore, Span, StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from nhem_qt.analysis import Comparison

RATE_HZ = 45.0
PATIENCE_S = 60.0
SHORTEST_CAPTURE_S = 0.001
STARTED_AT = dt.datetime(2024, 5, 17, 12, 0, 0, tzinfo=dt.UTC)
LOOSE = DetectorConfig(difference_threshold=-50.0)
FIXED = DetectorConfig(mode="fixed", threshold=100.0)


# --- sessions to judge again


class CurveSource:
    """A live source of pictures of one gray value, which follows a curve."""

    kind = SourceKind.SCREEN
    bounds = Roi(0, 0, 100, 100)

    def __init__(self, curve: Callable[[float], float]) -> None:
        self._curve = curve
        self.origin_s = self.now_s = 0.0
        self.failing = False

    def grab(self, roi: Roi) -> Frame:
        if self.failing:
            raise CaptureError("locked")
        gray = self._curve(self.now_s)
        pixels = np.full((roi.height, roi.width, 4), int(gray), np.uint8)
        # Two neighbouring gray values, so many rows of each that the mean is the wanted one.
        pixels[: round((gray % 1) * roi.height)] += 1
        return Frame(pixels, roi, self.origin_s + self.now_s, self.kind)

    def close(self) -> None:
        pass


class SteeredDemo(DemoSource):
    """The demo on a clock of the test's own; it fails when it is told to."""

    def __init__(self) -> None:
        super().__init__(clock=lambda: self.origin_s + self.now_s)
        self.origin_s = self.now_s = 0.0
        self.failing = False

    def grab(self, roi: Roi) -> Frame:
        if self.failing:
            raise CaptureError("locked")
        return super().grab(roi)


def treatment(seed: int) -> Callable[[float], float]:
    """Make a curve of noise with an emission every three or four seconds, of which some leave a mark."""
    chance = np.random.default_rng(seed)
    starts = np.cumsum(chance.uniform(3.0, 4.0, 200))
    marks = chance.choice([0.0, 1.5, 3.0, 5.0], 200)
    noise = chance.normal(90.0, 0.4, 20_000)

    def curve(t_s: float) -> float:
        index = int(np.searchsorted(starts, t_s, "right")) - 1
        since_s = t_s - starts[index] if index >= 0 else 9.0
        mark = marks[index] * max(0.0, 1 - (since_s - 0.6) / 2)
        return float(noise[int(t_s * 20)] + (25 if since_s < 0.6 else mark))

    return curve


@dataclasses.dataclass(frozen=True)
class Course:
    """What happens in a session, by the index of the tick."""

    ticks: int
    paused: frozenset[int] = frozenset()
    failing: frozenset[int] = frozenset()
    late: frozenset[int] = frozenset()
    changes: tuple[tuple[int, Regions | DetectorConfig], ...] = ()


def keep(course: Course, source: Any, folder: Path) -> Path:
    """Measure at full speed what a worker would measure; returns the session's file."""
    session = LiveSession(source, RegionChoice(), FemConfig(), folder)
    source.origin_s = session._start_s
    changes = dict(course.changes)
    for index in range(course.ticks):
        change = changes.get(index)
        if isinstance(change, Regions):
            session.monitor.change_regions(change)
        elif change is not None:
            session.monitor.change_detector(change)
        if index not in course.paused:
            # A capture that takes long is stamped when the next tick has been due already, which comes after it.
            due_s = (index + (1.5 if index in course.late else 0.1)) / RATE_HZ
            source.now_s = max(due_s, source.now_s + SHORTEST_CAPTURE_S)
            source.failing = index in course.failing
            session.take(Tick(index, index / RATE_HZ))
    session.finish()
    session.close()
    assert session.kept_path is not None
    return session.kept_path


def keep_curve(
    folder: Path,
    curve: Callable[[float], float],
    seconds: float,
    kind: Callable[[float], SourceKind],
    notice: Callable[[float], PictureNotice | None] = lambda _t_s: None,
) -> Path:
    """Keep what the detector says of a curve, without pictures; `kind` and `notice` tell by the time what is seen."""
    folder.mkdir(exist_ok=True)
    info = SessionInfo("curve", STARTED_AT, kind(0.0).value, "dual", "0,0,60,60", RATE_HZ)
    store, judge = SessionStore(folder, info), PeakJudge(DetectorConfig(), RATE_HZ)
    for index in range(int(seconds * RATE_HZ)):
        t_s = round(index / RATE_HZ, 6)
        measurement = Measurement(index, t_s, curve(t_s), None, kind(t_s), Status.SUCCESS, notice(t_s))
        store.put(judge.judge(measurement))
    last = judge.finish()
    if last is not None:
        store.put(last)
    assert store.close(PATIENCE_S)
    return store.path


def measured(_t_s: float) -> SourceKind:
    return SourceKind.SCREEN


@pytest.fixture(scope="module")
def minute(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A minute of treatment with green and red emissions."""
    return keep_curve(tmp_path_factory.mktemp("minute"), treatment(3), 60, measured)


@pytest.fixture(scope="module")
def long_session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five minutes of treatment."""
    return keep_curve(tmp_path_factory.mktemp("long"), treatment(4), 300, measured)


def peaks_of(path: Path) -> tuple[Peak, ...]:
    with KeptSession(path) as kept:
        return kept.peaks()


def within(peaks: Sequence[Peak], begin_s: float, end_s: float) -> list[Peak]:
    """Those that start in a part, without their number: that depends on what was found before."""
    return [dataclasses.replace(peak, peak_index=0) for peak in peaks if begin_s <= peak.start_s < end_s]


def kept_in(comparison: Comparison) -> tuple[Peak, ...]:
    return tuple(pair.kept for pair in comparison.pairs if pair.kept is not None)


def colours(peaks: Sequence[Peak]) -> list[str]:
    return [peak.color for peak in peaks]


# --- the parameters that the session had


def test_a_demo_session_under_its_own_parameters_gives_exactly_its_own_peaks(tmp_path: Path) -> None:
    source = SteeredDemo()
    smaller = source.bounds.centre(200)
    course = Course(
        ticks=40 * 45,
        paused=frozenset(range(300, 360)),
        failing=frozenset({*range(700, 720), 1000}),
        changes=((330, Regions(RoiMode.DUAL, smaller)), (1180, Regions(RoiMode.SINGLE, smaller.centre(60)))),
    )
    path = keep(course, source, tmp_path)
    assert len(peaks_of(path)) >= 6
    assert what_if(path, DetectorConfig()).again == peaks_of(path)


@st.composite
def courses(draw: st.DrawFn) -> Course:
    ticks = 900
    some = st.frozensets(st.integers(0, ticks - 1), max_size=20)
    starts, length = draw(st.lists(st.integers(0, ticks - 1), max_size=2)), draw(st.integers(1, 90))
    changes: list[tuple[int, Regions | DetectorConfig]] = []
    for number, index in enumerate(sorted(draw(st.sets(st.integers(1, ticks - 1), max_size=4))), 1):
        mode = draw(st.sampled_from(RoiMode))
        regions = Regions(mode, Roi(number, number, 60 + number, 60 + number))
        config = DetectorConfig(difference_threshold=number, min_rise_gray=3 + number)
        changes.append((index, draw(st.sampled_from([regions, config]))))
    return Course(
        ticks=draw(st.integers(ticks // 2, ticks)),
        paused=frozenset(index for start in starts for index in range(start, start + length)),
        failing=draw(some),
        late=draw(some),
        changes=tuple(changes),
    )


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(course=courses(), seed=st.integers(0, 5))
def test_whatever_happens_every_part_of_a_session_is_found_again_by_the_parameters_it_had(
    course: Course, seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = keep(course, CurveSource(treatment(seed)), tmp_path_factory.mktemp("course"))
    with KeptSession(path) as kept:
        peaks = kept.peaks()
        changes = [(change.t_s, change.value) for change in kept.changes() if change.key == "detector"]
        parts = [(0.0, kept.info.detector), *changes, (np.inf, None)]
    for (begin_s, values), (end_s, _) in itertools.pairwise(parts):
        again = what_if(path, DetectorConfig.model_validate(values)).again
        assert within(again, begin_s, end_s) == within(peaks, begin_s, end_s)


def test_a_change_after_a_late_capture_counts_from_the_failed_sample_after_it(tmp_path: Path) -> None:
    course = Course(ticks=450)
    (decided, *_) = (peak.decided_frame for peak in peaks_of(keep(course, CurveSource(treatment(3)), tmp_path)))
    # The sample that decides the peak is later than the next one was due; the detector begins between the two.
    change = (decided + 1, Regions(RoiMode.DUAL, Roi(5, 5, 65, 65)))
    course = dataclasses.replace(course, late=frozenset({decided}), failing=frozenset({decided + 1}), changes=(change,))
    path = keep(course, CurveSource(treatment(3)), tmp_path)
    with KeptSession(path) as kept:
        times = [sample.measurement.t_s for sample in kept.samples()]
        assert times[decided] < times[decided + 1] == kept.changes()[0].t_s
    assert what_if(path, DetectorConfig()).again == peaks_of(path)


def test_what_a_session_had_pending_when_it_was_interrupted_is_not_found_again_either(tmp_path: Path) -> None:
    session = LiveSession(source := CurveSource(treatment(3)), RegionChoice(), FemConfig(), tmp_path)
    source.origin_s = session._start_s
    for index in range(175):
        source.now_s = index / RATE_HZ
        session.take(Tick(index, source.now_s))
    assert session.flush(PATIENCE_S)
    assert session.kept_path is not None
    interrupted = what_if(session.kept_path, DetectorConfig())
    assert session.finish() is not None
    session.close()
    assert interrupted.pairs == ()
    assert what_if(session.kept_path, DetectorConfig()).count(FoundBy.BOTH) == 1


# --- other parameters


def test_another_difference_threshold_changes_colours_alone(minute: Path) -> None:
    kept = peaks_of(minute)
    comparison = what_if(minute, LOOSE)
    assert {"green", "red"} == set(colours(kept))
    assert comparison.count(FoundBy.BOTH) == len(comparison.pairs) == len(kept)
    assert comparison.changed_colour == colours(kept).count("red")
    assert [pair.changed_colour for pair in comparison.pairs] == [color == "red" for color in colours(kept)]
    assert (kept_in(comparison), comparison.config) == (kept, LOOSE)


def test_what_is_found_by_one_of_the_two_only_is_told_apart(minute: Path, tmp_path: Path) -> None:
    nothing = what_if(minute, DetectorConfig(mode="fixed", threshold=200.0))
    assert nothing.count(FoundBy.ONLY_KEPT) == len(nothing.pairs) == len(peaks_of(minute))
    assert nothing.again == ()
    strict = ((0, DetectorConfig(min_duration_s=2.0)),)
    blind = keep(Course(900, changes=strict), CurveSource(treatment(3)), tmp_path)
    found = what_if(blind, DetectorConfig())
    assert found.count(FoundBy.ONLY_AGAIN) == len(found.again) == len(found.pairs) >= 4
    assert found.count(FoundBy.BOTH) == found.changed_colour == 0


def test_a_fixed_threshold_is_tried_on_a_session_that_was_adaptive(minute: Path) -> None:
    comparison = what_if(minute, FIXED)
    assert comparison.count(FoundBy.BOTH) == len(peaks_of(minute))
    assert {peak.threshold for peak in comparison.again} == {100.0}


def test_nothing_is_overwritten_nor_told_as_measured(minute: Path, caplog: pytest.LogCaptureFixture) -> None:
    before = {path: path.read_bytes() for path in minute.parent.iterdir()}
    with caplog.at_level(logging.DEBUG):
        assert what_if(minute, LOOSE).pairs
    assert {path: path.read_bytes() for path in minute.parent.iterdir()} == before
    assert not caplog.records


def test_progress_is_told_from_nothing_to_all_and_may_end_the_work(long_session: Path) -> None:
    shares: list[float] = []
    what_if(long_session, LOOSE, progress=shares.append)
    assert shares[0] == 0.0
    assert shares[-1] == 1.0
    assert len(shares) > 2
    assert shares == sorted(shares)

    def cancel(_share: float) -> None:
        raise Cancelled("cancelled")

    with pytest.raises(Cancelled):
        what_if(long_session, LOOSE, progress=cancel)


# --- a span of a session


@pytest.fixture(scope="module")
def judged(long_session: Path) -> list[Comparison]:
    """The five minutes under three sets of parameters, each a whole."""
    return [what_if(long_session, config) for config in (DetectorConfig(), LOOSE, FIXED)]


def bare(peak: Peak) -> Peak:
    """Leave out what a span numbers anew, and the last digits of what was averaged over all that was before."""
    threshold, baseline = round(peak.threshold, 9), round(peak.baseline, 9)
    return dataclasses.replace(peak, peak_index=0, confidence=0.0, threshold=threshold, baseline=baseline)


@settings(max_examples=30)
@given(begin_s=st.floats(0, 290), length_s=st.floats(0, 60), number=st.integers(0, 2))
def test_a_span_is_judged_as_it_would_be_within_the_whole(
    long_session: Path, judged: list[Comparison], begin_s: float, length_s: float, number: int
) -> None:
    span, whole = Span(begin_s, begin_s + length_s), judged[number]
    part = what_if(long_session, whole.config, span)
    expected = [peak for peak in whole.again if span.overlaps(peak.start_s, peak.end_s)]
    assert list(map(bare, part.again)) == list(map(bare, expected))
    assert [peak.confidence for peak in part.again] == pytest.approx([peak.confidence for peak in expected], abs=0.1)
    assert [peak.peak_index for peak in part.again] == list(range(1, len(expected) + 1))
    assert kept_in(part) == tuple(peak for peak in kept_in(whole) if span.overlaps(peak.start_s, peak.end_s))


def test_in_a_span_the_detector_begins_anew_where_that_of_the_session_did(tmp_path: Path) -> None:
    # In the first emission after the change the detector has no baseline yet: that emission is not found.
    starts = [peak.start_frame for peak in peaks_of(keep(Course(1800), CurveSource(treatment(3)), tmp_path))]
    change = (starts[6] - 2, Regions(RoiMode.DUAL, Roi(5, 5, 65, 65)))
    path = keep(Course(1800, changes=((20, LOOSE), change)), CurveSource(treatment(3)), tmp_path)
    span = Span(starts[5] / RATE_HZ - 1, starts[8] / RATE_HZ + 1)
    comparison = what_if(path, LOOSE, span)
    assert len(comparison.pairs) == 3
    assert within(comparison.again, 0, np.inf) == within(kept_in(comparison), 0, np.inf)


# --- sessions that hold nothing to judge


def test_a_session_of_the_sine_says_that_nothing_was_measured(tmp_path: Path) -> None:
    path = keep_curve(tmp_path, treatment(3), 20, lambda _t_s: SourceKind.SINE)
    with pytest.raises(NothingMeasuredError, match="Nothing was measured"):
        what_if(path, DetectorConfig())


def test_what_was_hidden_in_the_session_is_hidden_again(tmp_path: Path) -> None:
    def notice(t_s: float) -> PictureNotice | None:
        return PictureNotice.COVERED if t_s % 9 < 3 else None

    bare = keep_curve(tmp_path / "bare", treatment(3), 60, measured)
    comparison = what_if(keep_curve(tmp_path / "hidden", treatment(3), 60, measured, notice), DetectorConfig())
    assert 0 < len(comparison.again) < len(peaks_of(bare))
    assert within(comparison.again, 0, np.inf) == within(kept_in(comparison), 0, np.inf)


def test_nothing_is_found_in_what_was_simulated(tmp_path: Path) -> None:
    def kind(t_s: float) -> SourceKind:
        return SourceKind.SIMULATED if 9 < t_s < 19 else SourceKind.SCREEN

    again = what_if(keep_curve(tmp_path, treatment(3), 30, kind), DetectorConfig()).again
    assert len(again) >= 4
    assert not within(again, 9, 19)


def test_a_session_without_any_gray_value_says_so(tmp_path: Path) -> None:
    path = keep(Course(90, failing=frozenset(range(90))), CurveSource(treatment(3)), tmp_path)
    with pytest.raises(NothingMeasuredError, match="Choose another"):
        what_if(path, DetectorConfig())
    with pytest.raises(NothingMeasuredError, match="Choose another"):
        what_if(path, DetectorConfig(), Span(1e6, 1e6 + 1))


@pytest.mark.parametrize("column", ["gray", "t_s"])
def test_a_damaged_sample_is_an_error_that_names_the_file(tmp_path: Path, column: str) -> None:
    path = keep_curve(tmp_path, treatment(3), 2, measured)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"UPDATE sample SET {column} = 'x' WHERE frame_index = 5")  # noqa: S608 - a test's own name
        connection.commit()
    with pytest.raises(StoreError, match=r"curve\.sqlite"):
        what_if(path, DetectorConfig())


# --- samples in memory


def test_samples_are_judged_one_by_one_whatever_their_number(long_session: Path) -> None:
    tracemalloc.start()
    try:
        with KeptSession(long_session) as kept:
            peaks = judge_again(kept.samples(), DetectorConfig(), RATE_HZ)
        most_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peaks == peaks_of(long_session)
    # 13,500 samples take more than three million bytes.
    assert most_bytes < 1_500_000


def test_the_sine_is_no_curve_to_try_parameters_on(tmp_path: Path) -> None:
    path = keep_curve(tmp_path, treatment(3), 20, lambda _t_s: SourceKind.SINE)
    with KeptSession(path) as kept:
        assert judge_again(kept.samples(), DetectorConfig(), RATE_HZ) == ()


# --- pairs


def peak(index: int, start_s: float, end_s: float, color: str = "green") -> Peak:
    return Peak(
        peak_index=index, color=color, confidence=0.9, start_frame=0, end_frame=1, peak_frame=0, decided_frame=2,
        start_s=start_s, end_s=end_s, duration_s=end_s - start_s, baseline=90.0, threshold=94.0, peak_gray=115.0,
        pre_mean=90.0, post_mean=94.0, difference=4.0, difference_threshold=2.1, mode="adaptive",
    )  # fmt: skip


@st.composite
def results(draw: st.DrawFn) -> list[Peak]:
    """Peaks in time order that do not overlap, as one detector finds them; some last no longer than a moment."""
    starts = sorted(draw(st.sets(st.integers(0, 40), max_size=12)))
    found = []
    for index, start in enumerate(starts, 1):
        longest = starts[index] - start - 1 if index < len(starts) else 10
        found.append(peak(index, float(start), float(start + draw(st.integers(0, longest)))))
    return found


def shared_s(one: Peak, other: Peak) -> float:
    """Time that two peaks share; negative if they share none."""
    return min(one.end_s, other.end_s) - max(one.start_s, other.start_s)


@given(kept=results(), again=results())
def test_every_peak_is_in_exactly_one_pair_and_both_results_stay_in_time_order(
    kept: list[Peak], again: list[Peak]
) -> None:
    pairs = paired(kept, again)
    assert [pair.kept for pair in pairs if pair.kept] == kept
    assert [pair.again for pair in pairs if pair.again] == again
    assert all(pair.peaks for pair in pairs)


@given(kept=results(), again=results())
def test_pairs_do_not_depend_on_which_result_is_called_the_kept_one(kept: list[Peak], again: list[Peak]) -> None:
    assert paired(kept, again) == tuple(Pair(pair.again, pair.kept) for pair in paired(again, kept))


@given(kept=results(), again=results())
def test_no_two_peaks_could_be_paired_better(kept: list[Peak], again: list[Peak]) -> None:
    partner_s = {}
    for pair in paired(kept, again):
        if pair.kept and pair.again:
            partner_s["kept", pair.kept] = partner_s["again", pair.again] = shared_s(pair.kept, pair.again)
            assert shared_s(pair.kept, pair.again) >= 0
    for one in kept:
        for other in again:
            taken_s = [partner_s.get(key, -1.0) for key in (("kept", one), ("again", other))]
            assert shared_s(one, other) <= max(taken_s) or shared_s(one, other) < 0


def test_a_long_peak_goes_with_the_one_that_shares_most_of_it() -> None:
    long, first, second = peak(1, 1.0, 3.0), peak(1, 0.9, 1.2), peak(2, 1.4, 2.9)
    assert paired([long], [first, second]) == (Pair(None, first), Pair(long, second))
