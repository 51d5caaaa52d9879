"""A running session: kept, shown, exported."""

from __future__ import annotations

import base64
import csv
import io
import json
import os
import shutil
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from nhem_qt.capture import CaptureError, DemoSource
from nhem_qt.config import FemConfig
from nhem_qt.detection import Reason
from nhem_qt.geometry import Roi
from nhem_qt.monitor import HealthLevel, OffScreenError, RegionChoice, Regions, RoiMode, Status, Tick
from nhem_qt.session import (
    ExportError,
    KeptSession,
    LiveSession,
    StoreError,
    export_kept,
    export_live,
    sample_cells,
    session_paths,
    snapshot,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

LARGE = Roi(30, 20, 330, 220)
PATIENCE_S = 60.0
COMMON_KEYS = {
    "type",
    "timestamp",
    "frame_count",
    "series",
    "roi_data",
    "peak_signal",
    "enhanced_peak",
    "baseline",
    "system_status",
}
DUAL_KEYS = {
    "roi1_data",
    "roi2_data",
    "coordination_info",
    "roi_configs",
    "signal_data",
    "peak_data",
}


class Bench:
    """Sessions of a still screen; every tick is taken by hand."""

    def __init__(self, source: Any, folder: Path) -> None:
        self.source = source
        self.folder = folder
        self.sessions: list[LiveSession] = []

    def session(
        self, mode: RoiMode = RoiMode.DUAL, config: FemConfig | None = None, folder: Path | None = None
    ) -> LiveSession:
        session = LiveSession(self.source, RegionChoice(mode, LARGE), config or FemConfig(), folder or self.folder)
        self.sessions.append(session)
        return session

    def close(self) -> None:
        for session in self.sessions:
            session.close()


def take(session: LiveSession, count: int, begin: int = 0) -> None:
    for index in range(begin, begin + count):
        session.take(Tick(index, index / 45))


@pytest.fixture
def bench(tmp_path: Path, source_of: Callable[..., Any]) -> Iterator[Bench]:
    bench = Bench(source_of(time.perf_counter), tmp_path / "data")
    yield bench
    bench.close()


def blocked(tmp_path: Path) -> Path:
    """Return a folder that cannot be made."""
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    return tmp_path / "file"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def strict(document: dict[str, Any]) -> dict[str, Any]:
    """Return what a reader of strict JSON sees; NaN and Infinity would be errors."""
    read: dict[str, Any] = json.loads(json.dumps(document, allow_nan=False))
    return read


# --- keeping


def test_every_sample_is_in_memory_and_on_disk(bench: Bench) -> None:
    session = bench.session()
    take(session, 100)
    assert session.flush(PATIENCE_S)
    assert session.kept_path is not None
    with KeptSession(session.kept_path) as kept:
        assert list(kept.sample_cells()) == [sample_cells(sample) for sample in session.history.samples]
        assert kept.info == session.info
    assert session.history.count == 100


def test_a_tick_that_begins_late_leaves_the_picture_to_the_next(bench: Bench) -> None:
    session = bench.session()
    take(session, 9)
    session._start_s -= 10
    late, in_time = (session.take(Tick(index, due_s)) for index, due_s in ((9, 9 / 45), (10, session.now_s + 1)))
    assert late.measurement.gray_large is None
    assert in_time.measurement.gray_large is not None


def test_the_session_is_described_by_what_is_really_measured(bench: Bench) -> None:
    session = LiveSession(bench.source, RegionChoice(large_roi=Roi(200, 100, 999, 999)), FemConfig(), bench.folder)
    bench.sessions.append(session)
    assert (session.info.roi, session.info.mode, session.info.source) == ("200,100,400,300", "dual", "screen")
    assert session.info.rate_hz == 45.0
    assert session.info.started_at.utcoffset() is not None
    assert [path.stem for path in session_paths(bench.folder)] == [session.info.session_id]


def test_without_regions_everything_is_shown_and_its_centre_measured(bench: Bench) -> None:
    session = LiveSession(bench.source, RegionChoice(), FemConfig(), bench.folder)
    bench.sessions.append(session)
    assert session.monitor.regions == Regions(RoiMode.DUAL, bench.source.bounds)


def test_regions_off_the_screen_begin_no_session(bench: Bench) -> None:
    with pytest.raises(OffScreenError):
        LiveSession(bench.source, RegionChoice(large_roi=Roi(900, 0, 950, 50)), FemConfig(), bench.folder)
    assert not bench.folder.exists()


def test_where_nothing_can_be_kept_it_is_told_and_monitoring_goes_on(tmp_path: Path, bench: Bench) -> None:
    session = bench.session(folder=blocked(tmp_path))
    assert session.store_failure is not None
    assert "choose another folder with --data-dir" in session.store_failure
    assert session.kept_path is None
    assert not session.flush(PATIENCE_S)
    take(session, 50)
    assert session.history.count == 50
    assert {sample.measurement.status for sample in session.history.samples} == {Status.SUCCESS}


def test_a_disk_that_fails_later_is_told_and_monitoring_goes_on(bench: Bench) -> None:
    session = bench.session()
    take(session, 10)
    assert session.flush(PATIENCE_S)
    assert session.store_failure is None
    store = session._store
    assert store is not None
    store._connection.execute("PRAGMA query_only = ON")
    take(session, 10, 10)
    assert not session.flush(PATIENCE_S)
    assert session.store_failure is not None
    assert "make room there" in session.store_failure
    take(session, 10, 20)
    assert session.history.count == 30


def test_a_failing_source_is_counted_and_kept(bench: Bench) -> None:
    session = bench.session()
    take(session, 5)
    bench.source.failing = CaptureError("locked")
    take(session, 5, 5)
    state = session.state()
    assert (state.failed_samples, state.coordination) == (5, "error_recovery")
    assert session.flush(PATIENCE_S)
    assert session.kept_path is not None
    with KeptSession(session.kept_path) as kept:
        assert [cells[-2] for cells in kept.sample_cells()] == ["success"] * 5 + ["failed"] * 5


def test_a_peak_that_is_decided_at_the_end_is_kept(bench: Bench) -> None:
    session = bench.session()
    now_s = session._start_s
    bench.source._clock = lambda: now_s
    bench.source.screen[...] = 100
    for index in range(88):
        now_s = session._start_s + index / 45
        bench.source.screen[...] = 140 if 45 <= index < 75 else 100 if index < 45 else 105
        session.take(Tick(index, index / 45))
    assert session.history.peaks == ()
    final = session.finish()
    assert final is not None
    assert session.history.peaks == (final.peak,)
    assert session.flush(PATIENCE_S)
    assert session.kept_path is not None
    with KeptSession(session.kept_path) as kept:
        assert list(kept.sample_cells())[-1] == sample_cells(final)
        assert len(list(kept.peak_cells())) == 1
    assert session.finish() is None


def test_an_emission_during_which_the_session_ends_is_kept_as_interrupted(bench: Bench) -> None:
    session = bench.session()
    now_s = session._start_s
    bench.source._clock = lambda: now_s
    for index in range(60):
        now_s = session._start_s + index / 45
        bench.source.screen[...] = 140 if index >= 45 else 100
        session.take(Tick(index, index / 45))
    assert session.finish() is None
    (rejection,) = session.rejected_at_end
    assert (rejection.reason, rejection.start_frame) == (Reason.INTERRUPTED, 45)
    assert session.history.rejections == (rejection,)
    assert session.flush(PATIENCE_S)
    with KeptSession(session.kept_path) as kept:
        assert kept.rejections() == (rejection,)


def test_the_age_of_a_picture_counts_from_its_capture(bench: Bench) -> None:
    session = bench.session()
    before_s = time.perf_counter()
    take(session, 1)
    picture = session.monitor.large_picture
    assert picture is not None
    age_s = session.age_s(picture.frame)
    assert 0 <= age_s <= time.perf_counter() - before_s


# A tick every 22 ms, and a picture of the large ROI every 0.2 s.
@pytest.mark.parametrize(
    ("index", "now_s", "within_s", "measures"),
    [
        pytest.param(1, 0.008, 0.012, False, id="long before a tick"),
        pytest.param(1, 0.012, 0.012, True, id="shortly before a tick"),
        pytest.param(1, 0.023, 0.0, True, id="in a tick"),
        pytest.param(1, 0.008, 1.0, True, id="a picture comes sooner"),
        pytest.param(1, 0.008, 0.1, False, id="no two ticks have so much between them"),
        pytest.param(7, 0.140, 0.025, False, id="long before a picture"),
        pytest.param(9, 0.180, 0.025, True, id="shortly before a picture"),
    ],
)
def test_it_is_known_for_how_long_nothing_will_be_measured(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, index: int, now_s: float, within_s: float, *, measures: bool
) -> None:
    session = bench.session()
    take(session, index)
    assert session.schedule.next_tick((index + 0.5) / 45) == Tick(index, index / 45)
    monkeypatch.setattr(LiveSession, "now_s", now_s)
    assert session.measures_within(within_s) == measures


# --- exports


def test_an_export_holds_all_samples_though_memory_does_not(tmp_path: Path, bench: Bench) -> None:
    session = bench.session(config=FemConfig.model_validate({"data_processing": {"max_frame_count": 100}}))
    take(session, 250)
    export_live(tmp_path / "out", session)
    exported = rows(tmp_path / "out" / "samples.csv")
    assert [int(row["frame_index"]) for row in exported] == list(range(250))
    assert rows(tmp_path / "out" / "peaks.csv") == []
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["peaks.csv", "samples.csv", "snapshot.json"]


@pytest.mark.parametrize("capacity", [100, 10_000])
def test_an_export_after_the_disk_failed_joins_what_is_kept_and_what_is_held(
    tmp_path: Path, bench: Bench, capacity: int
) -> None:
    session = bench.session(config=FemConfig.model_validate({"data_processing": {"max_frame_count": capacity}}))
    take(session, 150)
    assert session.flush(PATIENCE_S)
    assert session._store is not None
    session._store._connection.execute("PRAGMA query_only = ON")
    take(session, 60, 150)
    expected = [sample_cells(sample)[2] for sample in session.history.samples][-60:]
    export_live(tmp_path / "out", session)
    exported = rows(tmp_path / "out" / "samples.csv")
    assert [int(row["frame_index"]) for row in exported] == list(range(210))
    assert [float(row["gray"]) for row in exported][-60:] == expected


@pytest.mark.skipif(os.name == "nt", reason="Windows removes no file that is open")
@pytest.mark.parametrize("put_another_there", [False, True])
def test_a_removed_folder_is_told_once_and_memory_goes_on(
    tmp_path: Path, bench: Bench, *, put_another_there: bool
) -> None:
    session = bench.session()
    take(session, 10)
    assert session.flush(PATIENCE_S)
    assert session.kept_path is not None
    shutil.rmtree(bench.folder)
    if put_another_there:
        bench.folder.mkdir()
        session.kept_path.write_bytes(b"not ours")
    take(session, 10, 10)
    assert not session.flush(PATIENCE_S)
    failure = session.store_failure
    assert failure is not None
    assert failure.startswith(f"The session is no longer kept in {bench.folder} (")
    assert failure.endswith("see that the folder is there, then start anew")
    take(session, 10, 20)
    assert not session.flush(PATIENCE_S)
    assert session.store_failure is failure
    export_live(tmp_path / "out", session)
    assert [int(row["frame_index"]) for row in rows(tmp_path / "out" / "samples.csv")] == list(range(30))
    session.close()
    assert bench.folder.exists() == put_another_there
    assert not put_another_there or session.kept_path.read_bytes() == b"not ours"


def test_peaks_that_memory_no_longer_holds_are_exported_from_the_file(
    tmp_path: Path, bench: Bench, sample_of: Callable[..., Any], peak_of: Callable[..., Any]
) -> None:
    session = bench.session(config=FemConfig.model_validate({"data_processing": {"peak_buffer_size": 2}}))
    for index in range(1, 6):
        sample = sample_of(index, peak=peak_of(index))
        session.history.add(sample)
        session._keep(sample)
    export_live(tmp_path / "out", session)
    assert [int(row["peak_index"]) for row in rows(tmp_path / "out" / "peaks.csv")] == [1, 2, 3, 4, 5]


def test_a_session_that_is_not_kept_exports_what_memory_holds(tmp_path: Path, bench: Bench) -> None:
    config = FemConfig.model_validate({"data_processing": {"max_frame_count": 100}})
    session = bench.session(config=config, folder=blocked(tmp_path))
    take(session, 250)
    export_live(tmp_path / "out", session)
    assert [int(row["frame_index"]) for row in rows(tmp_path / "out" / "samples.csv")] == list(range(150, 250))


def test_a_session_is_exported_the_same_after_it_was_closed(tmp_path: Path, bench: Bench) -> None:
    session = bench.session()
    take(session, 60)
    export_live(tmp_path / "running", session)
    session.close()
    export_live(tmp_path / "closed", session)
    for name in ("samples.csv", "peaks.csv", "snapshot.json"):
        assert (tmp_path / "running" / name).read_bytes() == (tmp_path / "closed" / name).read_bytes()


def test_a_session_without_samples_is_exported_with_headers_only(tmp_path: Path, bench: Bench) -> None:
    export_live(tmp_path / "out", bench.session())
    assert rows(tmp_path / "out" / "samples.csv") == []
    document = json.loads((tmp_path / "out" / "snapshot.json").read_text(encoding="utf-8"))
    assert (document["frame_count"], document["series"], document["roi_data"]) == (0, [], None)


def test_an_export_into_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path, bench: Bench) -> None:
    session = bench.session()
    take(session, 3)
    with pytest.raises(ExportError, match="choose another folder"):
        export_live(blocked(tmp_path), session)


# --- the snapshot


def test_the_snapshot_is_strict_json_with_the_keys_of_the_contract(bench: Bench) -> None:
    session = bench.session()
    take(session, 60)
    document = strict(snapshot(session.state()))
    assert set(document) == COMMON_KEYS | DUAL_KEYS
    assert document["type"] == "realtime_data"
    assert document["frame_count"] == 60
    assert set(document["roi_data"]) == {"width", "height", "pixels", "gray_value", "format"}
    assert set(document["enhanced_peak"]) == {
        "signal",
        "color",
        "confidence",
        "threshold",
        "in_peak_region",
        "frame_count",
    }
    assert document["system_status"]["mode"] == "dual"
    assert document["roi_configs"] == {
        "roi1": {"x1": 30, "y1": 20, "x2": 330, "y2": 220},
        "roi2": {"x1": 155, "y1": 95, "x2": 205, "y2": 145},
    }


def test_in_single_mode_the_snapshot_holds_the_common_keys_only(bench: Bench) -> None:
    session = bench.session(RoiMode.SINGLE)
    take(session, 5)
    document = strict(snapshot(session.state()))
    assert set(document) == COMMON_KEYS
    assert (document["roi_data"]["width"], document["roi_data"]["height"]) == (300, 200)


def test_in_single_mode_too_the_snapshot_names_the_mode_and_the_health_live_as_in_the_file(
    tmp_path: Path, bench: Bench
) -> None:
    session = bench.session(RoiMode.SINGLE)
    take(session, 60)
    live = strict(snapshot(session.state()))["system_status"]
    session.close()
    assert session.kept_path is not None
    export_kept(session.kept_path, tmp_path / "out")
    kept = json.loads((tmp_path / "out" / "snapshot.json").read_text(encoding="utf-8"))["system_status"]
    for status in (live, kept):
        assert (status["mode"], status["source"], status["state"]) == ("single", "screen", "success")
        assert (status["dropped_ticks"], status["failed_samples"]) == (0, 0)
        assert status["level"] in set(HealthLevel)
        assert status["words"]


@pytest.mark.parametrize("failing", [False, True])
def test_a_snapshot_without_gray_values_is_strict_json_as_well(bench: Bench, *, failing: bool) -> None:
    session = bench.session()
    if failing:
        bench.source.failing = CaptureError("locked")
        take(session, 5)
    document = strict(snapshot(session.state()))
    assert [point["value"] for point in document["series"]] == [None] * (5 if failing else 0)
    assert (document["roi_data"], document["roi1_data"], document["baseline"]) == (None, None, None)


def test_the_series_holds_the_last_buffer_size_samples(bench: Bench) -> None:
    session = bench.session(config=FemConfig.model_validate({"data_processing": {"buffer_size": 20}}))
    take(session, 50)
    document = strict(snapshot(session.state()))
    newest = session.history.samples[-20:]
    assert document["series"] == [{"t": sample.measurement.t_s, "value": sample.measurement.gray} for sample in newest]
    assert document["signal_data"] == document["series"]
    assert document["frame_count"] == 50
    assert document["enhanced_peak"]["frame_count"] == 49


@pytest.mark.parametrize(
    ("key", "roi"), [("roi_data", LARGE.centre()), ("roi2_data", LARGE.centre()), ("roi1_data", LARGE)]
)
def test_the_pictures_of_a_snapshot_are_the_pixels_of_the_screen(bench: Bench, key: str, roi: Roi) -> None:
    session = bench.session()
    take(session, 3)
    data = strict(snapshot(session.state()))[key]
    with Image.open(io.BytesIO(base64.b64decode(data["pixels"], validate=True))) as picture:
        assert (picture.format, picture.mode) == ("PNG", "RGB")
        rgb = np.asarray(picture)
    expected = bench.source.grab(roi)
    assert np.array_equal(rgb, expected.pixels[..., 2::-1])
    assert (data["width"], data["height"], data["gray_value"]) == (roi.width, roi.height, expected.gray)


def test_the_peaks_of_the_demo_are_in_snapshot_and_tables(tmp_path: Path) -> None:
    now_s = time.perf_counter()
    source = DemoSource(clock=lambda: now_s)
    session = LiveSession(source, RegionChoice(), FemConfig(), tmp_path / "data")
    start_s = now_s = session._start_s
    for index in range(45 * 16):
        now_s = start_s + index / 45
        session.take(Tick(index, index / 45))
    session.finish()
    peaks = session.history.peaks
    export_live(tmp_path / "out", session)
    session.close()
    document = json.loads((tmp_path / "out" / "snapshot.json").read_text(encoding="utf-8"))
    table = rows(tmp_path / "out" / "peaks.csv")
    signals = [row for row in rows(tmp_path / "out" / "samples.csv") if row["peak_signal"]]
    assert len(peaks) >= 2
    assert [peak["peak_index"] for peak in document["peak_data"]] == [peak.peak_index for peak in peaks]
    assert [row["color"] for row in table] == [row["peak_color"] for row in signals] == [peak.color for peak in peaks]
    assert [row["decided_frame"] for row in table] == [row["frame_index"] for row in signals]
    assert [float(row["difference"]) for row in table] == [peak.difference for peak in peaks]


def test_a_note_that_is_typed_after_the_end_is_kept(bench: Bench) -> None:
    session = bench.session()
    take(session, 5)
    mark = session.set_mark()
    session.close()
    noted = session.annotate(mark, "probe moved")
    assert session.kept_path is not None
    with KeptSession(session.kept_path) as kept:
        assert kept.marks() == (noted,) == session.marks
        assert kept.finished


def test_a_note_for_a_file_that_is_gone_is_an_error(bench: Bench) -> None:
    session = bench.session()
    mark = session.set_mark()
    session.close()
    assert session.kept_path is not None
    session.kept_path.unlink()
    with pytest.raises(StoreError, match="cannot be kept"):
        session.annotate(mark, "probe moved")


def test_a_moment_that_is_marked_again_keeps_its_note(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    session = bench.session()
    monkeypatch.setattr(LiveSession, "moment_s", 2.0)
    session.set_mark("precious")
    assert session.set_mark().note == "precious"
    assert [mark.note for mark in session.marks] == ["precious"]


def test_half_a_letter_in_a_note_does_no_harm(bench: Bench) -> None:
    session = bench.session()
    session.set_mark("half a letter: \ud83d")
    assert session.flush(PATIENCE_S)
    assert session.store_failure is None


def test_pauses_are_kept_with_their_times(bench: Bench) -> None:
    session = bench.session()
    take(session, 3)
    session.note_pause(paused=True)
    session.note_pause(paused=False)
    session.close()
    assert session.kept_path is not None
    with KeptSession(session.kept_path) as kept:
        pauses = [(change.key, change.value) for change in kept.changes()]
    assert pauses == [("paused", True), ("paused", False)]
