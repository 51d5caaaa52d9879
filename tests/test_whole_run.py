"""One whole run on the demo source, held against its truth."""

from __future__ import annotations

import csv
import subprocess
import sys
from typing import TYPE_CHECKING

from nhem_qt.capture import DemoSource
from nhem_qt.config import FemConfig
from nhem_qt.monitor import Monitor, Regions, RoiMode, Tick

if TYPE_CHECKING:
    from pathlib import Path

# An emission is decided when the pictures after it are there.
DECISION_S = 0.6
RATE_HZ = 45.0


def test_the_program_finds_every_emission_once_with_its_colour(tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-m", "nhem_qt", "--source", "demo", "--seconds", "15", "--export", str(out)]
    subprocess.run([*command, "--data-dir", str(tmp_path / "data")], check=True, timeout=90)
    with (out / "peaks.csv").open(encoding="utf-8", newline="") as file:
        peaks = list(csv.DictReader(file))
    truth = DemoSource().truth(15 - DECISION_S)
    assert [peak["color"] for peak in peaks] == [emission.color for emission in truth]
    for peak, emission in zip(peaks, truth, strict=True):
        assert abs(float(peak["start_s"]) - emission.start_s) < 0.3
        assert abs(float(peak["end_s"]) - emission.end_s) < 0.3
        assert abs(float(peak["difference"]) - emission.difference) < 1.5
    assert {"green", "red"} == {peak["color"] for peak in peaks}


def test_five_minutes_of_the_demo_hold_no_surprise() -> None:
    now_s = 0.0
    source = DemoSource(seed=7, clock=lambda: now_s)
    monitor = Monitor(source, Regions(RoiMode.DUAL, source.bounds), FemConfig(), RATE_HZ)
    peaks = []
    for index in range(int(300 * RATE_HZ)):
        now_s = index / RATE_HZ
        peak = monitor.tick(Tick(index, now_s)).peak
        peaks += [peak] if peak else []
    truth = source.truth(300 - DECISION_S)
    assert [peak.color for peak in peaks] == [emission.color for emission in truth]
    assert max(abs(peak.start_s - emission.start_s) for peak, emission in zip(peaks, truth, strict=True)) < 0.1
