"""A whole video at full speed becomes a session like any other."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import pytest

from nhem_qt.analysis import Request, RoiChoice, SizedRoi, analyse
from nhem_qt.analysis.video_session import measure_video
from nhem_qt.capture import CaptureError
from nhem_qt.config import FemConfig
from nhem_qt.errors import Cancelled
from nhem_qt.geometry import Roi
from nhem_qt.monitor import OffScreenError, RegionChoice, RoiMode
from nhem_qt.session import KeptSession, SessionState, StoreError, export_kept, read_origin, report_html, summary_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FOCUS = Roi(849, 165, 1209, 525)
WHOLE = Roi(0, 0, 160, 120)
EMISSION = range(60, 90)
RECORDED_AT = dt.datetime(2020, 2, 29, 23, 59, 59, tzinfo=dt.UTC)


def write_treatment(path: Path, frames: int = 150, height_px: int = WHOLE.height) -> Path:
    """Write noise around gray 90 that is brighter and flickers during one emission, and stays a little brighter."""
    generator = np.random.default_rng(5)
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = WHOLE.width, height_px, "yuv420p"
        for index in range(frames):
            level = generator.normal(130, 5) if index in EMISSION else 95 if index >= EMISSION.stop else 90
            noise = generator.normal(level, 6, (height_px, WHOLE.width, 1)).clip(0, 255)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(noise.astype(np.uint8).repeat(3, 2), "rgb24")))
        container.mux(stream.encode(None))
    return path


@pytest.fixture(scope="module")
def treatment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A video of 5 s with one emission that leaves a HEM."""
    return write_treatment(tmp_path_factory.mktemp("videos") / "treatment.mp4")


@pytest.fixture
def measure(tmp_path: Path) -> Callable[..., Path]:
    """Measures a video into a session in a folder of its own."""

    def measured(path: Path, choice: RegionChoice | None = None, **more: Any) -> Path:
        return measure_video(path, choice or RegionChoice(), FemConfig(), tmp_path / "data", read_origin(path), **more)

    return measured


def test_samples_and_peaks_are_those_of_analyze(treatment: Path, measure: Callable[..., Path], tmp_path: Path) -> None:
    roi = Roi(20, 10, 140, 110)
    choice = RoiChoice.of([SizedRoi.parse(str(roi))])
    found = analyse(treatment, Request(FemConfig(), choice, out=tmp_path / "analyzed"))
    path = measure(treatment, RegionChoice(large_roi=roi))
    with KeptSession(path) as kept:
        assert kept.peaks() == found.peaks
        assert [peak.color for peak in kept.peaks()] == ["green"]
        assert kept.sample_count == found.frames == 150
    export_kept(path, tmp_path / "kept")
    for name in ("samples", "peaks"):
        analyzed = (tmp_path / "analyzed" / f"treatment_{name}.csv").read_bytes()
        assert (tmp_path / "kept" / f"{name}.csv").read_bytes() == analyzed


def test_a_session_of_an_old_recording_stands_in_the_list_when_it_was_measured(
    measure: Callable[..., Path], tmp_path: Path
) -> None:
    path = write_treatment(tmp_path / "old.mkv", 40)
    os.utime(path, (0, RECORDED_AT.timestamp()))
    before = dt.datetime.now(dt.UTC)
    summary = summary_of(measure(path))
    assert summary is not None
    assert before <= summary.started_at
    with KeptSession(summary.path) as kept:
        assert before <= kept.info.started_at <= kept.ended_at
        assert kept.info.timestamp(1.5) == _stamp(RECORDED_AT + dt.timedelta(seconds=1.5))
        report = "".join(report_html(kept))
    assert f"of a recording of {RECORDED_AT.astimezone():%Y-%m-%d %H:%M:%S %z}" in report


def _stamp(moment: dt.datetime) -> str:
    return moment.astimezone().isoformat(timespec="milliseconds")


def test_the_recording_has_its_one_emission(recording: Path, measure: Callable[..., Path]) -> None:
    path = measure(recording, RegionChoice(large_roi=FOCUS))
    found = analyse(recording, Request(FemConfig(), RoiChoice.of([SizedRoi.parse(str(FOCUS))])))
    with KeptSession(path) as kept:
        assert kept.peaks() == found.peaks
        (peak,) = kept.peaks()
    assert (peak.start_frame, peak.end_frame) == (pytest.approx(144, abs=2), pytest.approx(157, abs=2))


def test_the_session_is_whole_and_names_its_file(treatment: Path, measure: Callable[..., Path]) -> None:
    path = measure(treatment)
    checksum = hashlib.sha256(treatment.read_bytes()).hexdigest()
    with KeptSession(path) as kept:
        assert kept.finished
        assert (kept.info.source, kept.info.file, kept.info.checksum) == ("video", "treatment.mp4", checksum)
        assert {picture.moment for picture in kept.pictures_of(1)} == {"before", "during", "after"}
        assert kept.length_s == pytest.approx(149 / 30, abs=1e-3)
        report = "".join(report_html(kept))
    assert "treatment.mp4" in report
    assert checksum in report


def test_single_mode_measures_the_region_as_a_whole(treatment: Path, measure: Callable[..., Path]) -> None:
    roi = Roi(20, 10, 140, 110)
    path = measure(treatment, RegionChoice(RoiMode.SINGLE, None, roi))
    with KeptSession(path) as kept:
        assert (kept.info.mode, kept.info.small_roi) == ("single", str(roi))
        assert len(kept.peaks()) == 1


def test_the_share_that_is_done_grows_to_nearly_all(treatment: Path, measure: Callable[..., Path]) -> None:
    shares: list[float] = []
    measure(treatment, progress=shares.append)
    assert shares == sorted(shares)
    assert shares[0] == 0.0
    assert 0.98 < shares[-1] <= 1.0


def test_cancelled_it_leaves_nothing(treatment: Path, measure: Callable[..., Path], tmp_path: Path) -> None:
    def cancel(share: float) -> None:
        if share > 0.5:
            raise Cancelled("cancelled")

    with pytest.raises(Cancelled):
        measure(treatment, progress=cancel)
    assert list((tmp_path / "data").iterdir()) == []


def test_a_region_over_the_edge_is_adjusted_and_that_is_kept(treatment: Path, measure: Callable[..., Path]) -> None:
    path = measure(treatment, RegionChoice(large_roi=Roi(60, 20, 999, 999)))
    with KeptSession(path) as kept:
        assert kept.info.roi == "60,20,160,120"
        assert [notice.text for notice in kept.notices()] == [
            "The region 60,20,999,999 reaches over the edge of the picture: 60,20,160,120 is measured instead"
        ]


def test_a_region_outside_is_refused_and_leaves_nothing(
    treatment: Path, measure: Callable[..., Path], tmp_path: Path
) -> None:
    with pytest.raises(OffScreenError, match="select a region inside it"):
        measure(treatment, RegionChoice(large_roi=Roi(500, 500, 600, 600)))
    assert not (tmp_path / "data").exists()


def test_a_file_that_was_cut_off_says_so_in_its_session(measure: Callable[..., Path], tmp_path: Path) -> None:
    whole = write_treatment(tmp_path / "whole.mkv", frames=300)
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with KeptSession(measure(cut)) as kept:
        assert 30 < kept.sample_count < 270
        assert any("frames early: the file was cut off" in notice.text for notice in kept.notices())


def test_a_video_that_breaks_in_its_middle_leaves_nothing(measure: Callable[..., Path], tmp_path: Path) -> None:
    parts = [write_treatment(tmp_path / f"{size}.h264", 40, size).read_bytes() for size in (120, 160)]
    path = tmp_path / "sizes.h264"
    path.write_bytes(b"".join(parts))
    with pytest.raises(CaptureError, match="changes its size at frame 40"):
        measure(path)
    assert list((tmp_path / "data").iterdir()) == []


def test_a_session_that_cannot_be_kept_is_an_error(treatment: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way", encoding="utf-8")
    with pytest.raises(StoreError, match="choose another folder with --data-dir"):
        measure_video(treatment, RegionChoice(), FemConfig(), blocked, read_origin(treatment))


def test_a_session_of_before_knows_no_file(treatment: Path, measure: Callable[..., Path]) -> None:
    path = measure(treatment)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DELETE FROM session WHERE key IN ('file', 'checksum', 'recorded_at')")
        connection.commit()
    with KeptSession(path) as kept:
        assert (kept.info.file, kept.info.checksum, kept.info.recorded_at) == ("", "", None)
        assert "SHA-256" not in "".join(report_html(kept))
    summary = summary_of(path)
    assert summary is not None
    assert summary.state is SessionState.FINISHED
