"""Videos and curves give the same peaks as the live loop, and say what is wrong with them."""

from __future__ import annotations

import csv
import datetime as dt
import json
import os
import subprocess
import sys
from fractions import Fraction
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest

from nhem_qt.analysis import Request, RoiChoice, analyse
from nhem_qt.capture import DemoSource, VideoSource
from nhem_qt.cli import main
from nhem_qt.config import FemConfig
from nhem_qt.geometry import Roi
from nhem_qt.monitor import OffScreenError

if TYPE_CHECKING:
    from pathlib import Path

    from nhem_qt.frame import Frame

RATE_HZ = 30


@pytest.fixture(scope="module")
def demo_video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve seconds of the demo around its focus, kept without loss."""
    return write_demo(tmp_path_factory.mktemp("video") / "demo.mkv", 12)


def write_demo(path: Path, length_s: int, **metadata: str) -> Path:
    now_s = 0.0
    source = DemoSource(clock=lambda: now_s)
    focus = source.bounds.centre(100)
    with av.open(path, "w") as container:
        container.metadata.update(metadata)
        stream = container.add_stream("ffv1", rate=RATE_HZ, options={"level": "3"})
        stream.width, stream.height, stream.pix_fmt = focus.width, focus.height, "bgr0"
        for index in range(length_s * RATE_HZ):
            now_s = index / RATE_HZ
            frame = av.VideoFrame.from_ndarray(source.grab(focus).pixels[..., :3].copy(), format="bgr24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def without(row: dict[str, str], *names: str) -> dict[str, str]:
    return {name: value for name, value in row.items() if name not in names}


def test_a_video_and_its_own_samples_give_the_same_peaks_to_the_bit(demo_video: Path, tmp_path: Path) -> None:
    video = analyse(demo_video, Request(FemConfig(), out=tmp_path / "video"))
    curve = analyse(tmp_path / "video" / "demo_samples.csv", Request(FemConfig(), out=tmp_path / "curve"))
    assert len(video.peaks) >= 2
    assert curve.peaks == video.peaks
    ours = rows(tmp_path / "video" / "demo_peaks.csv")
    theirs = rows(tmp_path / "curve" / "demo_samples_peaks.csv")
    assert [without(row, "timestamp", "source") for row in ours] == [
        without(row, "timestamp", "source") for row in theirs
    ]
    assert {row["source"] for row in ours} == {"video"}
    assert {row["source"] for row in theirs} == {"csv"}


def write_covered(path: Path) -> Path:
    """Ten seconds of speckle with an emission, half a second of a flat window over it, and another emission."""
    random = np.random.default_rng(1)
    still = random.integers(60, 140, (48, 64))
    with av.open(path, "w") as container:
        stream = container.add_stream("ffv1", rate=RATE_HZ)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "gray"
        for t_s in np.arange(0, 10, 1 / RATE_HZ).tolist():
            shown = still + random.integers(-6, 7, still.shape) + (30 if 3 <= t_s < 3.6 or 8 <= t_s < 8.6 else 0)
            picture = np.full(still.shape, 90) if 6 <= t_s < 6.6 else shown
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture.astype(np.uint8), format="gray")))
        container.mux(stream.encode())
    return path


def test_also_where_the_tissue_was_hidden_a_video_and_its_samples_give_the_same_peaks(tmp_path: Path) -> None:
    video = analyse(write_covered(tmp_path / "covered.mkv"), Request(FemConfig(), out=tmp_path))
    assert {row["notice"] for row in rows(tmp_path / "covered_samples.csv")} == {"", "covered"}
    curve = analyse(tmp_path / "covered_samples.csv", Request(FemConfig(), out=tmp_path / "again"))
    assert len(video.peaks) == 2
    assert curve.peaks == video.peaks
    before, after = rows(tmp_path / "covered_samples.csv"), rows(tmp_path / "again" / "covered_samples_samples.csv")
    ignored = ("source", "gray_large")
    assert [without(row, *ignored) for row in after] == [without(row, *ignored) for row in before]


def tables(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_two_analyses_of_one_file_are_identical_to_the_byte(demo_video: Path, tmp_path: Path) -> None:
    for name in ("first", "second"):
        analyse(demo_video, Request(FemConfig(), out=tmp_path / name))
    assert tables(tmp_path / "first") == tables(tmp_path / "second")
    assert set(tables(tmp_path / "first")) == {"demo_samples.csv", "demo_peaks.csv"}


def test_the_clock_begins_when_the_recording_says_and_else_when_the_file_was_changed_last(tmp_path: Path) -> None:
    says = write_demo(tmp_path / "says.mkv", 1, creation_time="2025-10-23T09:50:40.250000Z")
    silent = write_demo(tmp_path / "silent.mkv", 1)
    os.utime(silent, ns=(0, 1_600_000_000_123_456_789))
    began = [analyse(path, Request(FemConfig())).info.started_at for path in (says, silent)]
    assert began[0] == dt.datetime(2025, 10, 23, 9, 50, 40, 250_000, tzinfo=dt.UTC)
    assert began[1] == dt.datetime.fromtimestamp(1_600_000_000.123, dt.UTC)


@pytest.mark.parametrize("timestamp", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_timestamp_that_no_recording_can_have_is_left_out(tmp_path: Path, timestamp: str) -> None:
    path = tmp_path / "curve.csv"
    path.write_text(f"t_s,gray,timestamp\n0,100,{timestamp}\n0.1,100,\n", encoding="utf-8")
    os.utime(path, (0, 1_600_000_000))
    analyse(path, Request(FemConfig(), out=tmp_path))
    first, _ = rows(tmp_path / "curve_samples.csv")
    assert dt.datetime.fromisoformat(first["timestamp"]).timestamp() == 1_600_000_000


def test_a_curve_has_the_timestamps_of_the_samples_that_it_holds(demo_video: Path, tmp_path: Path) -> None:
    analyse(demo_video, Request(FemConfig(), out=tmp_path))
    os.utime(tmp_path / "demo_samples.csv", (0, 0))
    analyse(tmp_path / "demo_samples.csv", Request(FemConfig(), out=tmp_path))
    before, after = rows(tmp_path / "demo_samples.csv"), rows(tmp_path / "demo_samples_samples.csv")
    assert [row["timestamp"] for row in after] == [row["timestamp"] for row in before]


def test_without_tables_the_same_is_found_although_large_pictures_are_spared(
    demo_video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = analyse(demo_video, Request(FemConfig(), out=tmp_path))
    assert sum(row["gray_large"] != "" for row in rows(tmp_path / "demo_samples.csv")) == 12 * 5
    grabbed, grab = [], VideoSource.grab

    def watched(source: VideoSource, roi: Roi) -> Frame:
        grabbed.append(roi)
        return grab(source, roi)

    monkeypatch.setattr(VideoSource, "grab", watched)
    untold = analyse(demo_video, Request(FemConfig()))
    assert (untold.peaks, untold.frames, untold.length_s) == (told.peaks, told.frames, told.length_s)
    assert grabbed.count(Roi(0, 0, 100, 100)) == 1


def test_no_frame_is_left_out_however_uneven_they_come(tmp_path: Path) -> None:
    path = tmp_path / "uneven.mkv"
    times_ms = np.random.default_rng(1).permutation(5000)[:600]
    with av.open(path, "w") as container:
        stream = container.add_stream("ffv1", rate=RATE_HZ)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "bgr0"
        stream.codec_context.time_base = Fraction(1, 1000)
        for time_ms in np.sort(times_ms).tolist():
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), time_ms % 256, np.uint8), format="bgr24")
            frame.pts, frame.time_base = time_ms, Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    analyse(path, Request(FemConfig(), out=tmp_path))
    samples = rows(tmp_path / "uneven_samples.csv")
    assert [int(row["frame_index"]) for row in samples] == list(range(600))
    assert [float(row["gray"]) for row in samples] == [float(time_ms % 256) for time_ms in np.sort(times_ms)]


def replay(video: Path, out: Path, data: Path, *options: str) -> None:
    """Play a video at its own pace in the window's program, and export the session."""
    command = [sys.executable, "-m", "nhem_qt", "--source", f"video:{video}", "--seconds", "60", "--export", str(out)]
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    subprocess.run([*command, "--data-dir", str(data), *options], check=True, timeout=100, env=environment)


def assert_alike(live: Path, fast: Path, stem: str) -> None:
    for name in ("samples.csv", "peaks.csv"):
        ours, theirs = rows(live / name), rows(fast / f"{stem}_{name}")
        assert [without(row, "timestamp", "notice") for row in ours] == [
            without(row, "timestamp", "notice") for row in theirs
        ]


def test_a_replay_at_its_own_pace_and_an_analysis_at_full_speed_are_alike(tmp_path: Path) -> None:
    video = write_demo(tmp_path / "demo.mkv", 5)
    roi = Roi(5, 3, 93, 99)
    replay(video, tmp_path / "live", tmp_path / "data", "--roi", str(roi))
    found = analyse(video, Request(FemConfig(), RoiChoice(roi), out=tmp_path / "fast"))
    assert len(found.peaks) == 1
    assert_alike(tmp_path / "live", tmp_path / "fast", "demo")


def test_the_real_recording_holds_one_emission_in_live_replay_and_at_full_speed(
    recording: Path, tmp_path: Path
) -> None:
    roi = Roi(849, 165, 1209, 525)
    found = analyse(recording, Request(FemConfig(), RoiChoice(roi), out=tmp_path / "fast"))
    (peak,) = found.peaks
    assert abs(peak.start_frame - 144) <= 2
    assert abs(peak.end_frame - 157) <= 2
    assert found.frames == 211
    replay(recording, tmp_path / "live", tmp_path / "data", "--roi", str(roi))
    assert_alike(tmp_path / "live", tmp_path / "fast", recording.stem)


def test_a_live_session_and_its_samples_give_the_same_peaks_to_the_bit(tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-m", "nhem_qt", "--source", "demo", "--seconds", "5", "--export", str(out)]
    subprocess.run([*command, "--data-dir", str(tmp_path / "data")], check=True, timeout=60)
    again = analyse(out / "samples.csv", Request(FemConfig(), out=tmp_path / "again"))
    assert again.frames == len(rows(out / "samples.csv"))
    live = rows(out / "peaks.csv")
    assert len(live) == 1
    numbers = ("color", "confidence", "start_s", "end_s", "pre_mean", "post_mean", "difference", "baseline")
    for before, after in zip(live, rows(tmp_path / "again" / "samples_peaks.csv"), strict=True):
        assert [before[name] for name in numbers] == [after[name] for name in numbers]


def test_every_peak_has_one_row_in_the_samples(demo_video: Path, tmp_path: Path) -> None:
    found = analyse(demo_video, Request(FemConfig(), out=tmp_path))
    told = [row for row in rows(tmp_path / "demo_samples.csv") if row["peak_signal"] == "1"]
    assert [row["peak_color"] for row in told] == [peak.color for peak in found.peaks]
    assert [int(row["frame_index"]) for row in told] == [peak.decided_frame for peak in found.peaks]


def test_a_peak_that_only_the_end_decides_is_in_both_tables(demo_video: Path, tmp_path: Path) -> None:
    samples = tmp_path / "samples.csv"
    whole = analyse(demo_video, Request(FemConfig(), out=tmp_path / "whole"))
    lines = (tmp_path / "whole" / "demo_samples.csv").read_text(encoding="utf-8").splitlines()
    cut = whole.peaks[-1].end_frame + 5
    samples.write_text("\n".join(lines[: cut + 2]) + "\n", encoding="utf-8")
    found = analyse(samples, Request(FemConfig(), out=tmp_path))
    assert len(found.peaks) == len(whole.peaks)
    assert rows(tmp_path / "samples_samples.csv")[-1]["peak_signal"] == "1"
    assert len(rows(tmp_path / "samples_samples.csv")) == found.frames == cut + 1


def test_without_out_nothing_is_written(demo_video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    before = set(demo_video.parent.iterdir())
    analyse(demo_video, Request(FemConfig()))
    assert set(demo_video.parent.iterdir()) == before
    assert list(tmp_path.iterdir()) == []


def test_an_earlier_result_is_replaced(demo_video: Path, tmp_path: Path) -> None:
    (tmp_path / "demo_peaks.csv").write_text("old", encoding="utf-8")
    analyse(demo_video, Request(FemConfig(), out=tmp_path))
    assert len(rows(tmp_path / "demo_peaks.csv")) >= 2


def test_a_roi_over_the_edge_is_clamped_with_a_notice(demo_video: Path) -> None:
    found = analyse(demo_video, Request(FemConfig(), rois=RoiChoice(Roi(20, 20, 900, 900))))
    assert found.notices == ("ROI 20,20,900,900 reaches over the edge: 20,20,100,100 is measured",)


def test_a_roi_outside_is_an_error_that_says_what_to_do(demo_video: Path) -> None:
    with pytest.raises(OffScreenError, match="select a region inside"):
        analyse(demo_video, Request(FemConfig(), rois=RoiChoice(Roi(500, 500, 600, 600))))


def test_a_video_that_was_cut_off_is_analysed_as_far_as_it_goes_and_says_so(demo_video: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(demo_video.read_bytes()[: demo_video.stat().st_size // 2])
    found = analyse(cut, Request(FemConfig()))
    assert 60 < found.frames < 300
    assert "the file was cut off" in found.flaws[0]


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def step_curve(path: Path, *, with_times: bool) -> Path:
    """An emission of 0.6 s in three seconds at 40 Hz."""
    noise = np.random.default_rng(3).normal(0, 0.1, 120)
    gray = [100 + (25 if 60 <= i < 84 else 0) + (5 if i >= 84 else 0) + noise[i] for i in range(120)]
    lines = [f"{i / 40:.6f},{value}" if with_times else str(value) for i, value in enumerate(gray)]
    return write(path, "\n".join(["t_s,gray" if with_times else "gray", *lines]) + "\n")


def test_a_curve_without_times_is_taken_at_the_rate_given(tmp_path: Path) -> None:
    timed = analyse(step_curve(tmp_path / "a.csv", with_times=True), Request(FemConfig()))
    untimed = analyse(step_curve(tmp_path / "b.csv", with_times=False), Request(FemConfig(), rate_hz=40.0))
    assert len(timed.peaks) == 1
    assert timed.peaks == untimed.peaks
    assert timed.info.rate_hz == untimed.info.rate_hz == 40.0


@pytest.mark.parametrize("suffix", ["csv", "CSV", "tsv", "txt"])
def test_tables_are_read_by_whatever_name_spreadsheets_give_them(tmp_path: Path, suffix: str) -> None:
    text = "t_s\tgray\n0\t100,5\n0,1\t101\n"
    assert analyse(write(tmp_path / f"a.{suffix}", text), Request(FemConfig())).frames == 2


def test_rows_that_were_not_measured_are_left_out(tmp_path: Path) -> None:
    text = "t_s,gray,source\n0.0,100,demo\n0.1,,demo\n0.2,130,simulated\n0.3,101,demo\n"
    found = analyse(write(tmp_path / "a.csv", text), Request(FemConfig(), out=tmp_path))
    assert [row["frame_index"] for row in rows(tmp_path / "a_samples.csv")] == ["0", "3"]
    assert found.frames == 2


def test_json_is_one_object_per_file_and_line_and_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = [str(step_curve(tmp_path / name, with_times=True)) for name in ("a.csv", "b.csv")]
    assert main(["analyze", *paths, "--json"]) == 0
    objects = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [found["file"] for found in objects] == paths
    assert objects[0]["frames"] == 120
    assert objects[0]["rate_hz"] == 40.0
    (peak,) = objects[0]["peaks"]
    assert peak["color"] == "green"
    assert list(peak) == list(rows(make_peaks_csv(tmp_path))[0])


def make_peaks_csv(tmp_path: Path) -> Path:
    analyse(tmp_path / "a.csv", Request(FemConfig(), out=tmp_path))
    return tmp_path / "a_peaks.csv"


def test_the_table_names_file_counts_and_peaks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = step_curve(tmp_path / "a.csv", with_times=True)
    assert main(["analyze", str(path)]) == 0
    head, peak = capsys.readouterr().out.splitlines()
    assert head == f"{path}: 120 samples at 40 Hz, 1 peaks: 1 green (HEM), 0 red (no HEM)"
    assert peak.split()[:2] == ["1", "green"]


def test_detector_options_go_before_the_configuration(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = step_curve(tmp_path / "a.csv", with_times=True)
    assert main(["analyze", str(path), "--difference-threshold", "9"]) == 0
    assert "0 green (HEM), 1 red" in capsys.readouterr().out
    assert main(["analyze", str(path), "--mode", "fixed", "--threshold", "200"]) == 0
    assert "0 peaks" in capsys.readouterr().out


def test_one_file_that_fails_does_not_stop_the_others(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = step_curve(tmp_path / "a.csv", with_times=True)
    assert main(["analyze", str(tmp_path / "missing.mp4"), str(path)]) == 1
    told = capsys.readouterr()
    assert "1 peaks" in told.out
    assert "missing.mp4" in told.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["--threshold", "500"],
        ["--margin-frames", "0"],
        ["--rate", "-3"],
        ["--mode", "clever"],
        ["--roi", "5,5,5,5"],
    ],
)
def test_options_that_cannot_be_used_are_wrong_usage(tmp_path: Path, arguments: list[str]) -> None:
    path = step_curve(tmp_path / "a.csv", with_times=True)
    with pytest.raises(SystemExit) as left:
        main(["analyze", str(path), *arguments])
    assert left.value.code == 2


def test_analysing_loads_no_qt(tmp_path: Path) -> None:
    path = step_curve(tmp_path / "a.csv", with_times=True)
    code = "import sys, nhem_qt.cli as c; c.main(sys.argv[1:]); sys.exit(any('PySide6' in m for m in sys.modules))"
    subprocess.run([sys.executable, "-c", code, "analyze", str(path)], check=True, timeout=60)
