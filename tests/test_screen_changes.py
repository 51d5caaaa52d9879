"""A screen that changes its size while it is watched."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

REGION = {"x1": 1000, "y1": 100, "x2": 1800, "y2": 900}


def shrink(environment: dict[str, str]) -> None:
    """Give the display 1280x720: a virtual one knows no other mode than its first."""
    xrandr = shutil.which("xrandr")
    if xrandr is None:
        pytest.skip("no xrandr to change the size of a display")
    numbers = ["0", "1280", "0", "0", "0", "720", "0", "0", "0"]
    for arguments in (
        ["--newmode", "small", *numbers],
        ["--addmode", "screen", "small"],
        ["--output", "screen", "--mode", "small"],
    ):
        subprocess.run([xrandr, *arguments], env=environment, check=True, capture_output=True)


def test_a_smaller_screen_adjusts_the_region_saves_it_and_goes_on(
    virtual_display: Callable[..., AbstractContextManager[dict[str, str]]],
    wait_for_samples: Callable[[Path], None],
    tmp_path: Path,
) -> None:
    config, out, data = tmp_path / "fem_config.json", tmp_path / "out", tmp_path / "data"
    config.write_text(json.dumps({"roi_capture": {"large_roi": REGION}}), encoding="utf-8")
    command = [sys.executable, "-m", "nhem_qt", "--config", str(config), "--seconds", "6", "--export", str(out)]
    with virtual_display("1920x1080", "-noreset") as environment:
        program = subprocess.Popen(
            [*command, "--data-dir", str(data)], env=environment, stderr=subprocess.PIPE, text=True
        )
        try:
            wait_for_samples(data)
            shrink(environment)
            _, errors = program.communicate(timeout=60)
        finally:
            program.kill()
    assert program.returncode == 0, errors
    saved = json.loads(config.read_text(encoding="utf-8"))["roi_capture"]["large_roi"]
    assert [saved[name] for name in ("x1", "y1", "x2", "y2")] == [1000, 100, 1280, 720]
    with (out / "samples.csv").open(encoding="utf-8", newline="") as file:
        samples = list(csv.DictReader(file))
    assert samples[-1]["status"] == "success"
    assert json.loads((out / "snapshot.json").read_text(encoding="utf-8"))["roi_configs"]["roi1"] == {
        "x1": 1000,
        "y1": 100,
        "x2": 1280,
        "y2": 720,
    }
