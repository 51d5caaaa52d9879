"""`nhem-qt analyze` as a user meets it: many files, progress, Ctrl+C, no chatter, no PyAV."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import pty
import re
import signal
import subprocess
import sys
import termios
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest

from nhem_qt.cli import main

if TYPE_CHECKING:
    from pathlib import Path

ROWS = 400_000
UNREADABLE = "cannot be read as a video beyond frame 0: check that the file is whole and plays in a video player"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "nhem_qt", "analyze", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def curve(path: Path, count: int = 60) -> Path:
    path.write_text("t_s,gray\n" + "".join(f"{index / 40},100\n" for index in range(count)), encoding="utf-8")
    return path


def video(path: Path, frames: int = 30, codec: str = "mpeg4") -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(frames):
            # A new frame holds whatever was in memory.
            gray = np.full((48 * 3 // 2, 64), 120, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(gray, "yuv420p")))
        container.mux(stream.encode())
    return path


def summary(out: Path) -> list[dict[str, str]]:
    with (out / "summary.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_folder_gives_tables_and_summary_and_every_failure_is_told_twice(tmp_path: Path) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    curve(folder / "a.csv")
    video(folder / "b.mp4")
    (folder / "c.mp4").write_bytes(b"")
    (folder / "d.csv").write_text("t_s,gray\n0,high\n", encoding="utf-8")
    result = run(str(folder), "--out", str(out))
    assert result.returncode == 1
    assert [line.split(": ")[0] for line in result.stdout.splitlines()] == [f"{folder}/a.csv", f"{folder}/b.mp4"]
    assert result.stderr.splitlines() == [
        f"nhem-qt: c.mp4 {UNREADABLE}",
        "nhem-qt: d.csv, line 2: gray is 'high', which is no number: correct it",
        f"nhem-qt: 2 of 4 files could not be analysed in full: {folder}/c.mp4, {folder}/d.csv",
    ]
    assert [row["samples"] for row in summary(out)] == ["60", "30", "", ""]
    assert {file.name for file in out.iterdir()} == {
        *("a_samples.csv", "a_peaks.csv", "b_samples.csv", "b_peaks.csv"),
        "summary.csv",
    }


def test_of_a_single_file_there_is_no_summary_but_of_a_folder_always(tmp_path: Path) -> None:
    path, out = curve(tmp_path / "a.csv"), tmp_path / "out"
    assert run(str(path), "--out", str(out)).returncode == 0
    assert {file.name for file in out.iterdir()} == {"a_samples.csv", "a_peaks.csv"}
    assert run(str(tmp_path), "--out", str(out)).returncode == 0
    assert [row["file"] for row in summary(out)] == [str(path)]


def test_a_second_run_gives_the_same_bytes_and_takes_no_results_for_recordings(tmp_path: Path) -> None:
    curve(tmp_path / "a.csv")
    video(tmp_path / "b.mp4")
    contents = []
    for _ in range(2):
        assert run(str(tmp_path), "--out", str(tmp_path)).returncode == 0
        contents.append({file.name: file.read_bytes() for file in tmp_path.iterdir()})
    assert contents[0] == contents[1]
    assert len(summary(tmp_path)) == 2


def test_a_region_per_size_is_given_by_several_options(tmp_path: Path) -> None:
    small, curve_file = video(tmp_path / "b.mp4"), curve(tmp_path / "a.csv")
    fits = run(str(small), str(curve_file), "--roi", "64x48:0,0,20,20", "--roi", "640x480:0,0,50,50")
    assert (fits.returncode, fits.stderr) == (0, "")
    misses = run(str(small), "--roi", "640x480:0,0,50,50")
    assert misses.returncode == 1
    assert misses.stderr == "nhem-qt: b.mp4: No ROI is given for pictures of 64x48: add --roi 64x48:X1,Y1,X2,Y2\n"
    outside = run(str(small), "--roi", "100,100,200,200")
    assert outside.stderr.startswith("nhem-qt: b.mp4: ROI 100,100,200,200 lies outside of the picture")
    partly = run(str(small), "--roi", "-10,10,200,200")
    assert partly.stderr == "nhem-qt: b.mp4: ROI -10,10,200,200 reaches over the edge: 0,10,64,48 is measured\n"
    assert partly.returncode == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--roi", "1,1,9,9", "--roi", "2,2,9,9"], "give one for every size"),
        (["--roi", "9x9:1,1,9,9", "--roi", "9x9:2,2,9,9"], "give one for every size"),
        (["--roi", "wide:1,1,9,9"], "is no size of a picture"),
        (["--roi", "9x9:1,1,9"], "four whole numbers"),
    ],
)
def test_regions_that_cannot_be_used_are_wrong_usage(
    tmp_path: Path, arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main(["analyze", str(curve(tmp_path / "a.csv")), *arguments])
    assert left.value.code == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("rate", ["0", "0.5", "1000.1", "1e9", "inf", "fast"])
def test_a_rate_that_no_curve_has_is_wrong_usage(tmp_path: Path, rate: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["analyze", str(curve(tmp_path / "a.csv")), "--rate", rate])
    assert left.value.code == 2
    assert f"'{rate}' is no rate: give a number of samples per second from 1 to 1000" in capsys.readouterr().err


def test_files_of_one_name_but_for_their_case_cannot_share_a_folder(tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as left:
        main(["analyze", str(curve(tmp_path / "a.csv")), str(tmp_path / "A.mp4"), "--out", str(tmp_path / "out")])
    assert left.value.code == 2


def test_a_recording_that_was_cut_off_gives_what_is_there_and_a_failure(tmp_path: Path) -> None:
    path = video(tmp_path / "cut.mkv", 200)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    result = run(str(path), "--json")
    assert result.returncode == 1
    assert 50 < json.loads(result.stdout)["frames"] < 150
    (line,) = result.stderr.splitlines()
    assert line.startswith("nhem-qt: cut.mkv: The recording ends ")


def test_nothing_but_our_own_words_comes_of_broken_files(tmp_path: Path) -> None:
    """FFmpeg has much to say about these, on standard error, if it is let."""
    names = []
    for codec, suffix in (("mpeg4", "avi"), ("libx264", "mkv"), ("libvpx-vp9", "webm"), ("libx264", "mp4")):
        whole = video(tmp_path / f"{codec}.{suffix}", codec=codec).read_bytes()
        for cut in (len(whole) // 3, len(whole) - 40):
            names.append(tmp_path / f"{codec}-{suffix}-{cut}.{suffix}")
            names[-1].write_bytes(whole[:cut])
        names.append(tmp_path / f"{codec}-{suffix}-torn.{suffix}")
        middle = len(whole) // 2
        names[-1].write_bytes(whole[:middle] + bytes(200) + whole[middle + 200 :])
    result = run(*map(str, names))
    assert result.returncode in {0, 1}
    assert "Traceback" not in result.stderr
    assert all(line.startswith("nhem-qt: ") for line in result.stderr.splitlines())


def test_a_csv_that_is_none_leaves_the_files_after_it_alone(tmp_path: Path) -> None:
    zeros, milliseconds, sound = (tmp_path / f"{name}.csv" for name in ("zeros", "milliseconds", "sound"))
    zeros.write_bytes(bytes(200_000))
    milliseconds.write_text("t_s,gray,timestamp\n1761209440000,5,2025-10-23T08:50:40Z\n", encoding="utf-8")
    sound.write_text("t_s,gray\n0,5\n0.1,5\n", encoding="utf-8")
    result = run(str(zeros), str(milliseconds), str(sound))
    assert result.returncode == 1
    assert "2 samples at 10 Hz" in result.stdout
    told = result.stderr.splitlines()
    assert [line.startswith("nhem-qt: ") for line in told] == [True, True, True]
    assert "2 of 3 files could not be analysed in full" in told[2]


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
def test_progress_is_told_on_a_terminal_and_gone_at_the_end(tmp_path: Path) -> None:
    path, command = curve(tmp_path / "a.csv", 100_000), [sys.executable, "-m", "nhem_qt", "analyze"]
    reading, writing = pty.openpty()
    termios.tcsetwinsize(writing, (24, 30))
    with subprocess.Popen([*command, str(path)], stdout=subprocess.PIPE, stderr=writing) as program:
        os.close(writing)
        told = b""
        # The end of a terminal's other side is an error here.
        with contextlib.suppress(OSError):
            while some := os.read(reading, 1000):
                told += some
        os.close(reading)
        assert program.wait() == 0
    words = told.decode()
    assert re.search(r"a\.csv: \d+ frames, ", words)
    # Longer than that it would go on in the next line, and stay there.
    assert max(map(len, words.split("\r"))) == 29
    assert words.endswith("\r")
    assert words.split("\r")[-2].strip() == ""


def test_no_progress_is_told_where_nobody_watches(tmp_path: Path) -> None:
    result = run(str(curve(tmp_path / "a.csv", 20_000)))
    assert result.stderr == ""


@pytest.mark.parametrize(("wish", "as_json"), [(signal.SIGINT, False), (signal.SIGINT, True), (signal.SIGTERM, False)])
def test_a_wish_to_stop_leaves_what_is_finished_and_nothing_half_done(
    tmp_path: Path, wish: signal.Signals, *, as_json: bool
) -> None:
    short, long, never = curve(tmp_path / "a.csv"), curve(tmp_path / "b.csv", ROWS), curve(tmp_path / "c.csv")
    out = tmp_path / "out"
    command = [sys.executable, "-m", "nhem_qt", "analyze", str(short), str(long), str(never), "--out", str(out)]
    with subprocess.Popen(
        [*command, *(["--json"] if as_json else [])], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as program:
        assert program.stdout is not None
        first = program.stdout.readline()
        program.send_signal(wish)
        rest, errors = program.communicate(timeout=30)
    assert "a.csv" in first
    assert rest == ""
    assert program.returncode == 1
    assert errors == "nhem-qt: stopped before the end; what is written so far is whole\n"
    assert {file.name for file in out.iterdir()} == {"a_samples.csv", "a_peaks.csv", "summary.csv"}
    assert [row["file"] for row in summary(out)] == [str(short)]


WITHOUT_PYAV = "import sys; sys.modules['av'] = None; from nhem_qt.cli import main; sys.exit(main(sys.argv[1:]))"


def test_without_pyav_curves_are_analysed_and_videos_say_what_to_install(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-c",
        WITHOUT_PYAV,
        "analyze",
        str(curve(tmp_path / "a.csv")),
        str(video(tmp_path / "b.mp4")),
    ]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 1
    assert "60 samples at 40 Hz" in result.stdout
    assert result.stderr.splitlines()[0] == 'nhem-qt: Reading a video needs PyAV: pip install "nhem-qt[video]"'


def test_a_folder_for_results_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("", encoding="utf-8")
    result = run(str(curve(tmp_path / "a.csv")), str(curve(tmp_path / "b.csv")), "--out", str(blocked))
    assert result.returncode == 1
    (line,) = result.stderr.splitlines()
    assert "blocked cannot be written" in line
