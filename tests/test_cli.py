"""The command line, as a user meets it."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from nhem_qt.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

WITHOUT_DISPLAY = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")


def run(*arguments: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "nhem_qt", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def without_display() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in WITHOUT_DISPLAY}


def assert_one_clear_line(result: subprocess.CompletedProcess[str], exit_code: int, words: str) -> None:
    assert result.returncode == exit_code, result.stderr
    assert words in result.stderr
    assert "Traceback" not in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_without_a_display_it_fails_with_a_clear_line(tmp_path: Path) -> None:
    result = run("--source", "demo", "--data-dir", str(tmp_path), environment=without_display())
    assert_one_clear_line(result, 1, "There is no display")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--roi", "1,2,3"], "four whole numbers"),
        (["--roi", "10,10,10,20"], "holds no pixel"),
        (["--roi", "20,10,10,20"], "holds no pixel"),
        (["--roi", "a,b,c,d"], "four whole numbers"),
        (["--source", "camera"], "is no source"),
        (["--source", "video:"], "is no source"),
        (["--seconds", "0"], "greater than 0"),
        (["--seconds", "soon"], "greater than 0"),
        (["--nonsense"], "unrecognized"),
        (["--sec=3"], "unrecognized"),
        (["dance"], "invalid choice"),
        (["--seconds", "5", "analyze", "a.csv"], "--seconds: it is meant for the window here, not for analyze"),
        (["--roi", "1,1,9,9", "analyze", "a.mp4"], "--roi: it is meant for the window here, not for analyze"),
        (["--source", "screen", "sessions"], "--source: it is meant for the window here, not for sessions"),
        (["--config", "mine.json", "sessions"], "--config: it is meant for the window here, not for sessions"),
        (["--export", "x", "export", "ID", "--out", "y"], "--export: it is meant for the window here, not for export"),
        (["--start", "doctor"], "--start: it is meant for the window here, not for doctor"),
        (["--data-dir", "x", "config", "show"], "--data-dir: it is meant for the window here, not for config"),
    ],
)
def test_wrong_usage_exits_with_2_and_says_why(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--source", "demo", "--roi", "9000,9000,9100,9100"], "select a region"),
        (["--source", "demo", "--roi", "-900,-900,-800,-800"], "select a region"),
        (["--source", "screen"], "No region is selected"),
        (["--source", "screen", "--roi", "0,0,100,100"], "cannot be grabbed"),
        (["--source", "video:missing.mp4"], "There is no video file"),
        (["--source", "video:{garbage}"], "cannot be read as a video"),
        (["--source", "demo", "--config", "missing.json"], "cannot be read"),
        (["--source", "demo", "--export", "{garbage}"], "choose another folder"),
        (["--source", "demo", "--screenshot", "{garbage}/picture.png"], "choose another folder"),
    ],
)
def test_what_cannot_be_done_exits_with_1_and_one_clear_line(tmp_path: Path, arguments: list[str], words: str) -> None:
    garbage = tmp_path / "garbage.mp4"
    garbage.write_bytes(b"no video at all" * 100)
    filled = [argument.format(garbage=garbage) for argument in arguments]
    environment = without_display() | {"QT_QPA_PLATFORM": "offscreen"}
    result = run(*filled, "--seconds", "1", "--data-dir", str(tmp_path / "data"), environment=environment)
    assert_one_clear_line(result, 1, words)


def test_a_run_leaves_tables_snapshot_picture_and_summary(tmp_path: Path) -> None:
    out = tmp_path / "out"
    picture = tmp_path / "picture.png"
    result = run(
        *("--source", "demo", "--seconds", "5", "--export", str(out)),
        *("--screenshot", str(picture), "--data-dir", str(tmp_path / "data")),
    )
    assert result.returncode == 0, result.stderr
    with (out / "samples.csv").open(encoding="utf-8", newline="") as file:
        samples = list(csv.DictReader(file))
    indices = [int(row["frame_index"]) for row in samples]
    assert indices == sorted(set(indices))
    assert max(indices) < 5 * 45
    assert {row["source"] for row in samples} == {"demo"}
    assert json.loads((out / "snapshot.json").read_text(encoding="utf-8"))["type"] == "realtime_data"
    with (out / "peaks.csv").open(encoding="utf-8", newline="") as file:
        peaks = list(csv.DictReader(file))
    assert [peak["color"] for peak in peaks] == ["red"]
    assert f"{len(samples)} samples, 1 peaks: 0 green (HEM), 1 red (no HEM)" in result.stdout
    with Image.open(picture) as image:
        # The window is no larger than the screen, which in the tests has 800x800 px.
        assert 640 <= image.width <= 800


def test_the_log_beside_the_sessions_tells_every_peak(tmp_path: Path) -> None:
    result = run("--source", "demo", "--seconds", "5", "--data-dir", str(tmp_path))
    assert (result.returncode, result.stderr) == (0, "")
    assert "peak 1 red" in (tmp_path / "nhem-qt.log").read_text(encoding="utf-8")


def test_a_kept_session_is_listed_and_exported(tmp_path: Path) -> None:
    data, live, kept = tmp_path / "data", tmp_path / "live", tmp_path / "kept"
    assert run("--source", "demo", "--seconds", "5", "--export", str(live), "--data-dir", str(data)).returncode == 0
    listed = run("sessions", "--data-dir", str(data), environment=without_display())
    (line,) = listed.stdout.splitlines()
    assert "0 green  1 red" in line
    assert "not finished" not in line
    exported = run(
        "export", line.split()[0], "--out", str(kept), "--data-dir", str(data), environment=without_display()
    )
    assert (exported.returncode, exported.stderr) == (0, "")
    for name in ("samples.csv", "peaks.csv"):
        assert (kept / name).read_text(encoding="utf-8") == (live / name).read_text(encoding="utf-8")
    with Image.open(kept / "curve.png") as picture:
        assert picture.width > 500


def test_an_export_that_could_not_hold_all_samples_is_no_success(tmp_path: Path) -> None:
    blocked, config = tmp_path / "blocked", tmp_path / "small.json"
    blocked.write_text("", encoding="utf-8")
    config.write_text('{"data_processing": {"max_frame_count": 100}}', encoding="utf-8")
    options = ("--source", "demo", "--seconds", "4", "--export", str(tmp_path / "out"), "--config", str(config))
    result = run(*options, "--data-dir", str(blocked))
    assert result.returncode == 1
    assert "not all could be kept" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_display_that_is_not_there_is_a_failure_and_no_abort(tmp_path: Path) -> None:
    result = run("--source", "demo", "--data-dir", str(tmp_path), environment=without_display() | {"DISPLAY": ":7654"})
    assert result.returncode == 1
    assert "Traceback" not in result.stderr


def test_a_file_named_as_configuration_by_mistake_stays_where_it_is(tmp_path: Path) -> None:
    recording, curve = tmp_path / "recording.mp4", tmp_path / "curve.csv"
    recording.write_bytes(bytes(1000))
    curve.write_text("t_s,gray\n0,100\n0.1,100\n", encoding="utf-8")
    result = run("analyze", str(curve), "--config", str(recording))
    assert recording.exists()
    assert "recording.mp4" in result.stderr


def test_a_configuration_named_before_the_command_is_used_unless_another_one_follows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    curve, first, second = tmp_path / "curve.csv", tmp_path / "first.json", tmp_path / "second.json"
    curve.write_text("t_s,gray\n0,100\n0.1,100\n", encoding="utf-8")
    assert main(["--config", str(first), "analyze", str(curve)]) == 1
    assert "first.json cannot be read" in capsys.readouterr().err
    assert main(["--config", str(first), "analyze", str(curve), "--config", str(second)]) == 1
    assert "second.json cannot be read" in capsys.readouterr().err


def test_a_data_folder_named_before_the_command_is_used(tmp_path: Path) -> None:
    result = run("--data-dir", str(tmp_path), "export", "yesterday", "--out", str(tmp_path / "out"))
    assert_one_clear_line(result, 1, f"There is no session 'yesterday' in {tmp_path}")


def test_no_sessions_are_no_lines(tmp_path: Path) -> None:
    result = run("sessions", "--data-dir", str(tmp_path / "none"))
    assert (result.returncode, result.stdout) == (0, "")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows asks the system for the user's folders")
@pytest.mark.parametrize("arguments", [["sessions"], ["config", "show"], ["doctor"]])
def test_a_user_without_a_home_is_told_what_to_set(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", "")
    monkeypatch.setattr("pwd.getpwuid", {}.__getitem__)
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line == "nhem-qt: Your home folder is not known: set HOME to a folder that you may write to"


def test_an_unknown_session_is_told(tmp_path: Path) -> None:
    result = run("export", "yesterday", "--out", str(tmp_path), "--data-dir", str(tmp_path))
    assert_one_clear_line(result, 1, "There is no session 'yesterday'")


def test_config_show_says_where_every_value_comes_from(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NHEM_PEAK_THRESHOLD", "99")
    path = tmp_path / "fem_config.json"
    path.write_text('{"data_processing": {"fps": 30}, "security": {"password": "hush"}}', encoding="utf-8")
    assert main(["config", "show", str(path)]) == 0
    told = capsys.readouterr().out
    lines = told.splitlines()
    assert "data_processing.fps = 30  (file)" in lines
    assert "peak_detection.threshold = 99  (environment)" in lines
    assert "peak_detection.margin_frames = 5  (default)" in lines
    assert "hush" not in told


def test_config_check_names_every_problem(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "fem_config.json"
    path.write_text('{"data_processing": {"fps": 9999}, "server": {"port": 1}}', encoding="utf-8")
    assert main(["config", "check", str(path)]) == 1
    (problem,) = capsys.readouterr().out.splitlines()
    assert problem.startswith("data_processing.fps:")
    path.write_text("{}", encoding="utf-8")
    assert main(["config", "check", str(path)]) == 0


def test_config_migrate_converts_and_reports(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "fem_config.json"
    path.write_text('{"roi_capture": {"default_config": {"x1": 1, "y1": 2, "x2": 101, "y2": 102}}}', encoding="utf-8")
    assert main(["config", "migrate", str(path)]) == 0
    assert "roi_capture.large_roi 1,2,101,102" in capsys.readouterr().out
    assert json.loads(path.read_text(encoding="utf-8"))["roi_capture"]["mode"] == "dual"


def test_a_configuration_that_is_not_there_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "show", str(tmp_path / "missing.json")]) == 1
    assert "missing.json cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_signal_ends_in_good_order(
    tmp_path: Path, number: signal.Signals, wait_for_samples: Callable[[Path], None]
) -> None:
    out, data = tmp_path / "out", tmp_path / "data"
    program = subprocess.Popen(
        [sys.executable, "-m", "nhem_qt", "--source", "demo", "--start", "--export", str(out), "--data-dir", str(data)],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        wait_for_samples(data)
        program.send_signal(number)
        _, errors = program.communicate(timeout=30)
    finally:
        program.kill()
    assert (program.returncode, errors) == (0, "")
    assert len((out / "samples.csv").read_text(encoding="utf-8").splitlines()) > 1
