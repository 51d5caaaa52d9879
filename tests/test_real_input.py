"""The real recording of a treatment: played on a screen and captured, and read as a file."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

PLAYER = Path(__file__).with_name("player.py")
ROI = "849,165,1209,525"


def peaks_of(folder: Path) -> list[dict[str, str]]:
    with (folder / "peaks.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration with a difference threshold at which the emission is clearly green."""
    path = tmp_path / "fem_config.json"
    path.write_text('{"peak_detection": {"difference_threshold": 1.5}}', encoding="utf-8")
    return path


def arguments(source: str, config: Path, out: Path, data: Path, seconds: int) -> list[str]:
    return [
        *(sys.executable, "-m", "nhem_qt", "--source", source, "--roi", ROI, "--seconds", str(seconds)),
        *("--config", str(config), "--export", str(out), "--data-dir", str(data)),
    ]


def test_the_file_gives_one_green_peak(recording: Path, config: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = arguments(f"video:{recording}", config, out, tmp_path / "data", 30)
    subprocess.run(command, check=True, timeout=60)
    (peak,) = peaks_of(out)
    assert abs(int(peak["start_frame"]) - 144) <= 2
    assert abs(int(peak["end_frame"]) - 157) <= 2
    assert peak["color"] == "green"


@pytest.fixture
def player(
    recording: Path, virtual_display: Callable[[str], AbstractContextManager[dict[str, str]]]
) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """The recording in the corner of a virtual screen, at its first frame; with the environment of that screen."""
    with virtual_display("1920x1080") as environment:
        command = [sys.executable, str(PLAYER), str(recording)]
        process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            assert process.stdout.readline() == "ready\n"
            yield process, environment
        finally:
            process.stdin.close()
            process.wait(timeout=10)
            process.stdout.close()


def test_the_screen_gives_the_same_single_peak(
    player: tuple[subprocess.Popen[str], dict[str, str]],
    config: Path,
    tmp_path: Path,
    wait_for_samples: Callable[[Path], None],
) -> None:
    process, environment = player
    out, data = tmp_path / "out", tmp_path / "data"
    program = subprocess.Popen(arguments("screen", config, out, data, 14), env=environment)
    try:
        wait_for_samples(data)
        process.stdin.write("play\n")
        process.stdin.flush()
        assert program.wait(timeout=60) == 0
    finally:
        program.kill()
    (peak,) = peaks_of(out)
    assert peak["color"] == "green"
    assert peak["source"] == "screen"
    # 14 frames at 22 Hz; both ends as the picture on the screen has them.
    assert abs(float(peak["duration_s"]) - 13 / 22) < 0.1
