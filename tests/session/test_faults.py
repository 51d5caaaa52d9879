"""Sessions in which something goes wrong: what is kept and told of it."""

from __future__ import annotations

import contextlib
import csv
import json
import sqlite3
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from nhem_qt.analysis import judge_again, what_if
from nhem_qt.capture import CaptureError
from nhem_qt.config import FemConfig
from nhem_qt.detection import DetectorConfig
from nhem_qt.frame import SourceKind
from nhem_qt.geometry import Roi
from nhem_qt.monitor import ErrorKind, PictureNotice, RegionChoice, Regions, RoiMode, Sample, Tick
from nhem_qt.session import (
    KeptSession,
    LiveSession,
    Span,
    export_kept,
    export_live,
    open_long_curve,
    report_html,
    sample_cells,
    snapshot,
)
from nhem_qt.session.curve_condensed import CondensedCurve
from nhem_qt.session.table import sample_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from nhem_qt.detection import Peak
    from nhem_qt.session import LongCurve

LARGE, LEGACY = Roi(30, 20, 330, 220), Roi(5, 5, 105, 85)
PATIENCE_S = 20


class Bench:
    """A session on a clock that goes by ticks."""

    def __init__(self, source_of: Callable[..., Any], folder: Path, **processing: object) -> None:
        self.now_s = 0.0
        self.source = source_of(lambda: self.now_s)
        config = FemConfig.model_validate({"data_processing": processing})
        choice = RegionChoice(RoiMode.DUAL, LARGE, LEGACY)
        self.session = LiveSession(self.source, choice, config, folder)
        self._index = 0

    def run(self, seconds: float, failing: Exception | None = None) -> list[Sample]:
        self.source.failing = failing
        samples = []
        for _ in range(round(seconds * 45)):
            self.now_s = self.session._start_s + self._index / 45
            samples.append(self.session.take(Tick(self._index, self._index / 45)))
            self._index += 1
        return samples


@pytest.fixture
def bench_of(tmp_path: Path, source_of: Callable[..., Any]) -> Iterator[Callable[..., Bench]]:
    benches = []

    def make(**processing: object) -> Bench:
        benches.append(Bench(source_of, tmp_path / "data", **processing))
        return benches[-1]

    yield make
    for bench in benches:
        bench.session.close()


def test_what_is_told_of_an_outage_is_kept_and_handed_out_once(bench_of: Callable[..., Bench]) -> None:
    bench = bench_of()
    session = bench.session
    bench.run(2)
    bench.run(3, CaptureError("the screen is locked"))
    bench.run(4)
    news = session.take_news()
    assert [notice.partition(":")[0].partition(";")[0] for notice in news.notices] == [
        "The capture fails",
        "The capture works again",
    ]
    assert [(fault.kind, fault.message) for fault in news.faults] == [(ErrorKind.CAPTURE, "the screen is locked")]
    assert not session.take_news()
    assert session.flush(PATIENCE_S)
    assert session.kept_path is not None
    with KeptSession(session.kept_path) as kept:
        assert [notice.text for notice in kept.notices()] == list(news.notices)
        cells = list(kept.sample_cells())
        assert [row[-1] for row in cells[90:225]] == ["stale"] * 135
        assert {row[-1] for row in cells[:90]} == {None}


def test_the_notice_of_a_sample_is_read_back_and_exported(tmp_path: Path, bench_of: Callable[..., Bench]) -> None:
    bench = bench_of()
    samples = bench.run(0.1) + bench.run(0.1, CaptureError("locked"))
    assert samples[-1].measurement.notice is PictureNotice.STALE
    assert [sample_of(sample_cells(sample)).measurement for sample in samples] == [one.measurement for one in samples]
    export_live(tmp_path / "out", bench.session)
    with (tmp_path / "out" / "samples.csv").open(encoding="utf-8", newline="") as file:
        assert [row["notice"] for row in csv.DictReader(file)] == [""] * 4 + ["stale"] * 4


def test_a_disk_that_fails_is_a_fault_of_the_storage(bench_of: Callable[..., Bench]) -> None:
    bench = bench_of()
    bench.run(0.2)
    store = bench.session._store
    assert store is not None
    assert bench.session.flush(PATIENCE_S)
    store._connection.execute("PRAGMA query_only = ON")
    bench.run(0.2)
    assert not bench.session.flush(PATIENCE_S)
    bench.run(1)
    assert bench.session.monitor.fault_count(ErrorKind.STORAGE) == 1
    (fault,) = bench.session.take_news().faults
    assert fault.message == bench.session.store_failure


def test_where_single_mode_takes_over_the_session_tells_what_was_measured(bench_of: Callable[..., Bench]) -> None:
    bench = bench_of(single_after_s=1)
    bench.run(1)
    grab = bench.source.grab

    def legacy_only(roi: Roi) -> Any:
        if roi != LEGACY:
            raise CaptureError("the second monitor is off")
        return grab(roi)

    bench.source.grab = legacy_only
    bench.run(4)
    assert bench.session.monitor.regions == Regions(RoiMode.SINGLE, LEGACY)
    assert bench.session.flush(PATIENCE_S)
    assert bench.session.kept_path is not None
    with KeptSession(bench.session.kept_path) as kept:
        changes = {change.key: change.value for change in kept.changes()}
    assert (changes["mode"], changes["roi"]) == ("single", str(LEGACY))


def test_what_is_simulated_is_in_no_curve_and_no_series(bench_of: Callable[..., Bench]) -> None:
    bench = bench_of(emergency_after_s=1, simulate_in_emergency=True)
    bench.run(1)
    samples = bench.run(3, CaptureError("locked"))
    assert samples[-1].measurement.source is SourceKind.SIMULATED
    assert samples[-1].measurement.gray is not None
    assert np.isnan(bench.session.history.since(0.0).gray[-80:]).all()
    values = [point["value"] for point in snapshot(bench.session.state())["series"]]
    assert values[-80:] == [None] * 80
    assert bench.session.state().failed_samples == 135


def assert_same_curve(curve: LongCurve, expected: NDArray[np.float64]) -> None:
    """See that a curve has these gray values, sample by sample and as extremes of stretches."""
    curve.part(0.0, 100.0)
    part = curve.part(0.0, 100.0)
    assert np.array_equal(part.gray[~np.isnan(part.frame_index)], expected, equal_nan=True)
    stretches = curve._overview.between(0.0, 100.0)
    assert (np.nanmin(stretches.low), np.nanmax(stretches.high)) == (np.nanmin(expected), np.nanmax(expected))


def found_again(path: Path) -> tuple[Peak, ...]:
    return tuple(pair.again for pair in what_if(path, DetectorConfig()).pairs if pair.again is not None)


def test_what_is_simulated_counts_nowhere_in_a_kept_session(tmp_path: Path, bench_of: Callable[..., Bench]) -> None:
    bench = bench_of(emergency_after_s=1, simulate_in_emergency=True)
    samples = bench.run(2) + bench.run(5, CaptureError("locked")) + bench.run(2)
    measured = np.array([one.measurement.measured_gray for one in samples], dtype=float)
    real = measured[~np.isnan(measured)]
    simulated = [one for one in samples if one.measurement.source is SourceKind.SIMULATED]
    assert len(simulated) > 100
    assert not real.min() <= min(one.measurement.gray or 0.0 for one in simulated) <= real.max()
    bench.session.close()
    path = bench.session.kept_path
    assert path is not None
    for span in (None, Span(1.0, 8.0)):
        inside = np.array([span is None or span.contains(one.measurement.t_s) for one in samples])
        expected = measured[inside & ~np.isnan(measured)]
        with KeptSession(path, span) as kept:
            numbers = kept.statistics()
            assert numbers[:2] == (len(expected), pytest.approx(expected.mean()))
            assert numbers[2:] == (pytest.approx(expected.std(), abs=1e-6), expected.min(), expected.max())
            stretches = CondensedCurve.of(kept, 200).stretches()
            report = "".join(report_html(kept, span))
        assert f"mean {expected.mean():.2f}" in report
        assert max(one.high for one in stretches if one.high is not None) == expected.max()
        assert min(one.low for one in stretches if one.low is not None) == expected.min()
        assert_same_curve(open_long_curve(path, span), measured[inside])
    assert_same_curve(bench.session.curve, measured)
    with KeptSession(path) as kept:
        assert judge_again(kept.samples(), DetectorConfig(), 45.0) == found_again(path)
    export_kept(path, tmp_path / "out")
    with (tmp_path / "out" / "samples.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["source"] == "simulated"]
    assert [float(row["gray"]) for row in rows] == [one.measurement.gray for one in simulated]


def test_news_that_nobody_takes_do_not_pile_up(bench_of: Callable[..., Bench]) -> None:
    bench = bench_of()
    for index in range(150):
        bench.session.monitor._teller.tell(f"notice {index}")
        bench.run(1 / 45)
    news = bench.session.take_news()
    assert news.notices[-1] == "notice 149"
    assert len(news.notices) == 100


# --- health


def test_the_health_of_a_session_is_in_the_snapshot_and_at_its_end_in_the_file(bench_of: Callable[..., Bench]) -> None:
    bench = bench_of()
    bench.run(3)
    report = bench.session.health_report()
    assert (report.level, report.success_rate, report.dropped, report.left_out) == ("good", 1.0, 0, 0)
    status = json.loads(json.dumps(snapshot(bench.session.state()), allow_nan=False))["system_status"]
    assert (status["level"], status["words"], status["load"]) == ("good", ["All is well"], "low")
    assert (status["dropped_ticks"], status["failed_samples"], status["source"]) == (0, 0, "screen")
    bench.run(1, CaptureError("locked"))
    assert bench.session.health_report().level == "bad"
    bench.session.close()
    assert bench.session.kept_path is not None
    with contextlib.closing(sqlite3.connect(bench.session.kept_path)) as connection:
        (text,) = connection.execute("SELECT value FROM session WHERE key = 'health'").fetchone()
    health = json.loads(text)
    assert health["level"] == "bad"
    assert health["words"][0] == "The capture fails: what is shown is old"
    assert health["failures"]["capture"] >= 1
    with KeptSession(bench.session.kept_path) as kept:
        assert kept.health == health
    with KeptSession(bench.session.kept_path, Span(0.0, 1.0)) as part:
        assert part.health is None


def test_in_an_outage_nothing_is_measured_per_second_in_the_snapshot_nor_in_the_file(
    tmp_path: Path, bench_of: Callable[..., Bench]
) -> None:
    bench = bench_of()
    bench.run(2)
    assert bench.session.state().rate_hz == pytest.approx(45, rel=0.02)
    bench.run(3, CaptureError("locked"))
    status = snapshot(bench.session.state())["system_status"]
    assert (status["rate_hz"], bench.session.health_report().rate_hz) == (0.0, 0.0)
    bench.session.close()
    assert bench.session.kept_path is not None
    export_kept(bench.session.kept_path, tmp_path / "out")
    kept = json.loads((tmp_path / "out" / "snapshot.json").read_text(encoding="utf-8"))
    assert kept["system_status"]["rate_hz"] == 0.0


def test_a_disk_that_fails_is_bad_health(tmp_path: Path, source_of: Callable[..., Any]) -> None:
    (tmp_path / "data").write_text("in the way", encoding="utf-8")
    bench = Bench(source_of, tmp_path / "data")
    bench.run(1)
    report = bench.session.health_report()
    assert report.level == "bad"
    assert report.words[0] == bench.session.store_failure
    assert report.failures["storage"] == 1


def test_samples_that_the_memory_budget_does_not_hold_are_told_and_pictures_are_remarked(
    bench_of: Callable[..., Bench],
) -> None:
    bench = bench_of(memory_budget_mb=10, max_frame_count=5000)
    bench.run(0.1)
    news = bench.session.take_news()
    assert news.notices == (
        "The memory budget of 10 MB holds 2500 instead of 5000 samples: older ones are read from the session's file",
    )
    assert news.remarks[0] == "The memory budget of 10 MB holds 200 instead of 500 small pictures"
