"""Folders of recordings: what is taken of them, one region for every size, the summary, files that fail."""

from __future__ import annotations

import csv
import os
import sys
from pathlib import Path

import av
import numpy as np
import pytest

from nhem_qt.analysis import (
    ClashError,
    NoRoiError,
    Outcome,
    Position,
    Request,
    RoiChoice,
    SizedRoi,
    analyse_all,
    recordings,
    require_room,
    write_summary,
)
from nhem_qt.config import FemConfig
from nhem_qt.errors import Cancelled
from nhem_qt.geometry import InvalidRoiError, Roi
from nhem_qt.session import ExportError


def curve(path: Path, rise: float = 5.0) -> Path:
    """An emission of 0.6 s in three seconds at 40 Hz."""
    noise = np.random.default_rng(3).normal(0, 0.1, 120)
    grays = [100 + (25 if 60 <= i < 84 else 0) + (rise if i >= 84 else 0) + noise[i] for i in range(120)]
    path.write_text("t_s,gray\n" + "".join(f"{i / 40},{gray}\n" for i, gray in enumerate(grays)), encoding="utf-8")
    return path


def video(path: Path, width: int, height: int, count: int = 10) -> Path:
    """A picture whose left half is black and whose right half is white."""
    picture = np.zeros((height, width, 3), np.uint8)
    picture[:, width // 2 :] = 255
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = width, height, "bgr0"
        for _ in range(count):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        container.mux(stream.encode())
    return path


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_of_a_folder_all_videos_and_curves_are_taken_but_no_results(tmp_path: Path) -> None:
    wanted = ["a.mp4", "B.MKV", "c.csv", "d.webm", "E.TSV", "f.m2ts", "samples.csv"]
    others = [
        "a_samples.csv",
        "a_peaks.csv",
        "summary.csv",
        "peaks.csv",
        "marks.csv",
        "notes.txt",
        ".hidden.mp4",
        "x.png",
    ]
    for name in (*wanted, *others):
        (tmp_path / name).touch()
    (tmp_path / "inner.mp4").mkdir()
    assert recordings([tmp_path]) == sorted(tmp_path / name for name in wanted)


def test_files_that_are_named_are_taken_whatever_they_are_called(tmp_path: Path) -> None:
    named = [tmp_path / "a_samples.csv", tmp_path / "missing.mp4"]
    assert recordings(named) == named


def test_a_file_that_is_named_twice_is_taken_once(tmp_path: Path) -> None:
    paths = [tmp_path / "b.csv", tmp_path / "a.csv"]
    for path in paths:
        path.touch()
    assert recordings([paths[0], tmp_path, paths[1]]) == paths


@pytest.mark.parametrize(
    ("files", "folder", "words"),
    [
        (["1/a.mp4", "2/a.mp4"], "out", "1/a.mp4 and 2/a.mp4 would have the same names"),
        (["a.mp4", "A.csv"], "out", "a.mp4 and A.csv would have the same names"),
        (["in/a.csv", "in/a_samples.csv"], "in", "in/a_samples.csv would be replaced"),
        (["in/a.csv", "in/summary.csv"], "in/x/..", "in/summary.csv would be replaced"),
    ],
)
def test_results_that_would_replace_what_they_must_not_are_refused(files: list[str], folder: str, words: str) -> None:
    with pytest.raises(ClashError, match=words):
        require_room([Path(file) for file in files], Path(folder))


@pytest.mark.parametrize("files", [["in/a.csv", "in/b.mp4"], ["in/a_samples.csv"], ["in/summary.csv"]])
def test_results_may_lie_beside_what_was_analysed(files: list[str]) -> None:
    require_room([Path(file) for file in files], Path("in"))


def test_where_nothing_can_be_written_all_ends_at_once(tmp_path: Path) -> None:
    (tmp_path / "blocked").touch()
    outcomes = analyse_all([curve(tmp_path / "a.csv")], Request(FemConfig(), out=tmp_path / "blocked"))
    with pytest.raises(ExportError, match="blocked cannot be written"):
        next(outcomes)


def test_a_recording_that_was_cut_off_is_analysed_and_told_to_be_broken(tmp_path: Path) -> None:
    path = video(tmp_path / "cut.mkv", 200, 100, count=100)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    outcomes = list(analyse_all([path], Request(FemConfig(), out=tmp_path)))
    write_summary(tmp_path, outcomes)
    (row,) = rows(tmp_path / "summary.csv")
    assert 30 < int(row["samples"]) < 60
    assert row["error"] == outcomes[0].error
    assert "frames early: the file was cut off" in row["error"]
    assert len(rows(tmp_path / "cut_samples.csv")) == int(row["samples"])


def test_a_folder_without_recordings_is_a_failure(tmp_path: Path) -> None:
    (outcome,) = analyse_all(recordings([tmp_path]), Request(FemConfig()))
    assert outcome.found is None
    assert outcome.error == f"{tmp_path} holds no video and no CSV that can be read: name another folder"


def test_a_file_that_fails_does_not_stop_the_others(tmp_path: Path) -> None:
    (tmp_path / "b.mp4").write_bytes(b"nothing")
    curve(tmp_path / "a.csv")
    curve(tmp_path / "c.csv")
    outcomes = list(analyse_all(recordings([tmp_path]), Request(FemConfig(), out=tmp_path / "out")))
    assert [outcome.found is not None for outcome in outcomes] == [True, False, True]
    assert {file.name for file in (tmp_path / "out").iterdir()} == {
        "a_peaks.csv",
        "a_samples.csv",
        "c_peaks.csv",
        "c_samples.csv",
    }


def test_the_summary_has_one_row_for_every_file(tmp_path: Path) -> None:
    files = [curve(tmp_path / "green.csv", 5.0), curve(tmp_path / "red.csv", 0.0), tmp_path / "missing.mp4"]
    outcomes = list(analyse_all(files, Request(FemConfig())))
    write_summary(tmp_path / "out", outcomes)
    green, red, missing = rows(tmp_path / "out" / "summary.csv")
    assert list(green) == ["file", "length_s", "rate_hz", "samples", "green", "red", "mean_difference", "error"]
    assert green["file"] == str(files[0])
    assert (green["length_s"], green["rate_hz"], green["samples"]) == ("2.975000", "40.0", "120")
    assert (green["green"], green["red"], red["green"], red["red"]) == ("1", "0", "0", "1")
    assert float(green["mean_difference"]) == pytest.approx(5, abs=0.3)
    assert green["error"] == ""
    assert missing["samples"] == missing["green"] == ""
    assert missing["error"] == f"There is no video file {files[2]}: check the path"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere all names are text")
def test_a_file_whose_name_is_no_text_stands_in_the_summary_as_it_is_printed(tmp_path: Path) -> None:
    path = curve(tmp_path / os.fsdecode(b"\xff.csv"))
    write_summary(tmp_path, list(analyse_all([path], Request(FemConfig()))))
    (row,) = rows(tmp_path / "summary.csv")
    assert row["file"] == str(tmp_path / r"\udcff.csv")


def test_the_mean_difference_of_a_file_without_emission_is_empty(tmp_path: Path) -> None:
    (tmp_path / "flat.csv").write_text("t_s,gray\n0,1\n0.1,1\n", encoding="utf-8")
    write_summary(tmp_path, list(analyse_all([tmp_path / "flat.csv"], Request(FemConfig()))))
    (flat,) = rows(tmp_path / "summary.csv")
    assert (flat["green"], flat["red"], flat["mean_difference"]) == ("0", "0", "")


def gray_of(outcome: Outcome, out: Path) -> float:
    return float(rows(out / f"{outcome.file.stem}_samples.csv")[0]["gray"])


def test_every_size_of_picture_has_its_own_region(tmp_path: Path) -> None:
    files = [
        video(tmp_path / "wide.mkv", 200, 100),
        video(tmp_path / "small.mkv", 80, 60),
        video(tmp_path / "odd.mkv", 90, 90),
    ]
    rois = [SizedRoi.parse(text) for text in ("200x100:120,0,200,100", "80x60:0,0,30,60", "10,0,80,90")]
    request = Request(FemConfig(), RoiChoice.of(rois), out=tmp_path)
    wide, small, odd = analyse_all(files, request)
    assert (gray_of(wide, tmp_path), gray_of(small, tmp_path), gray_of(odd, tmp_path)) == (255.0, 0.0, 127.5)
    assert wide.found is not None
    assert wide.found.info.roi == "120,0,200,100"


def test_a_size_without_region_is_an_error_that_says_how_to_give_one(tmp_path: Path) -> None:
    rois = RoiChoice.of([SizedRoi.parse("640x480:0,0,50,50")])
    (outcome,) = analyse_all([video(tmp_path / "wide.mkv", 200, 100)], Request(FemConfig(), rois))
    assert outcome.error == "wide.mkv: No ROI is given for pictures of 200x100: add --roi 200x100:X1,Y1,X2,Y2"


def test_without_any_region_all_of_the_picture_is_taken() -> None:
    bounds = Roi(0, 0, 200, 100)
    assert RoiChoice().roi_for(bounds) == bounds
    assert RoiChoice(Roi(1, 2, 3, 4)).roi_for(bounds) == Roi(1, 2, 3, 4)
    with pytest.raises(NoRoiError):
        RoiChoice(None, {(80, 60): Roi(1, 2, 3, 4)}).roi_for(bounds)


@pytest.mark.parametrize(
    "text", ["200:1,2,3,4", "axb:1,2,3,4", "-2x3:1,2,3,4", "200x100:", "200x100:1,2", "x:1,2,3,4", ""]
)
def test_what_is_no_region_is_refused(text: str) -> None:
    with pytest.raises(InvalidRoiError):
        SizedRoi.parse(text)


@pytest.mark.parametrize("twice", [["1,2,3,4", "5,6,7,8"], ["9x9:1,2,3,4", "9x9:5,6,7,8"]])
def test_two_regions_for_one_size_are_refused(twice: list[str]) -> None:
    with pytest.raises(InvalidRoiError, match="give one for every size"):
        RoiChoice.of([SizedRoi.parse(text) for text in twice])


def test_the_progress_tells_file_frames_speed_and_what_is_left(tmp_path: Path) -> None:
    positions: list[Position] = []
    path = tmp_path / "long.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(200):
            container.mux(stream.encode(av.VideoFrame(64, 48, "yuv420p")))
        container.mux(stream.encode())
    list(analyse_all([path], Request(FemConfig(), progress=positions.append)))
    assert {position.file for position in positions} == {path}
    assert [position.samples for position in positions] == [32, 64, 96, 128, 160, 192]
    assert {position.length_s for position in positions} == {8.0}
    assert positions[-1].t_s == pytest.approx(191 / 25)


def test_the_position_in_words() -> None:
    assert (
        str(Position(Path("/x/rec.mp4"), 1000, 40.0, 120.0, 2.0)) == "rec.mp4: 1000 frames, 20 x real time, 0:04 left"
    )
    assert str(Position(Path("rec.mp4"), 1000, 40.0, 7240.0, 2.0)).endswith("6:00 left")
    assert str(Position(Path("rec.csv"), 1000, 40.0, None, 2.0)) == "rec.csv: 1000 frames, 20 x real time"
    assert str(Position(Path("rec.csv"), 0, 0.0, 10.0, 0.0)) == "rec.csv: 0 frames, 0 x real time"


def test_what_the_progress_raises_ends_all_and_leaves_nothing_of_that_file(tmp_path: Path) -> None:
    files = [curve(tmp_path / "a.csv"), curve(tmp_path / "b.csv"), curve(tmp_path / "c.csv")]
    out = tmp_path / "out"

    def cancel(position: Position) -> None:
        if position.file.name == "b.csv" and position.samples > 90:
            raise Cancelled

    with pytest.raises(Cancelled):
        list(analyse_all(files, Request(FemConfig(), out=out, progress=cancel)))
    assert {file.name for file in out.iterdir()} == {"a_samples.csv", "a_peaks.csv"}
