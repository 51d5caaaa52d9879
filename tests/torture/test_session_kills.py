"""Sessions under conditions that take long or need a real disk."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.torture, pytest.mark.skipif(os.name == "nt", reason="needs fork and kill -9")]

KILLS = Path(__file__).parents[1] / "session" / "kills.py"


def test_a_hundred_kills_at_random_moments_cost_no_file_and_never_more_than_one_second(tmp_path: Path) -> None:
    command = [sys.executable, str(KILLS), str(tmp_path), "100"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=900)
    reports = [line.split() for line in done.stdout.splitlines()]
    assert len(reports) == 100
    assert {(answer, whole) for _, answer, whole in reports} == {("ok", "True")}
    assert all(0 <= int(lost) <= 120 for lost, _, _ in reports), reports
