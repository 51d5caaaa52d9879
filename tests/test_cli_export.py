"""`nhem-qt export` as a user of a terminal sees it."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

FILES = ["curve.png", "curve.svg", "marks.csv", "peaks.csv", "picture.png", "samples.csv", "snapshot.json"]
PATIENCE_S = 60.0

# Enough that a signal comes in the middle.
COPIES = """
WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 400)
INSERT INTO sample
SELECT frame_index + 1000 * n, t_s + 20.5 * n, gray, gray_large, baseline, threshold, in_peak_region, NULL, NULL, NULL,
source, status, notice FROM sample, number
"""


def command(path: Path, out: Path, *options: str) -> list[str]:
    exporting = ["export", path.stem, "--out", str(out), "--data-dir", str(path.parent)]
    return [sys.executable, "-m", "nhem_qt", *exporting, *options]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize(("options", "more"), [((), []), (("--report",), ["report.html"])])
def test_all_files_of_a_session_are_written(
    kept_demo: Path, tmp_path: Path, options: list[str], more: list[str]
) -> None:
    done = subprocess.run(
        command(kept_demo, tmp_path / "new" / "out", *options), capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert names(tmp_path / "new" / "out") == sorted([*FILES, *more])
    for name in more:
        assert kept_demo.stem in (tmp_path / "new" / "out" / name).read_text(encoding="utf-8")


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_a_terminal_shows_the_progress(kept_demo: Path, tmp_path: Path) -> None:
    reading, writing = os.openpty()
    done = subprocess.run(command(kept_demo, tmp_path / "out", "--report"), stderr=writing, check=False, timeout=60)
    os.close(writing)
    told = os.read(reading, 100_000).decode()
    os.close(reading)
    assert done.returncode == 0
    shares = [int(words.partition("%")[0].split()[-1]) for words in told.split("\r") if "%" in words]
    assert (shares[0], shares[-1]) == (0, 100)
    assert shares == sorted(shares)


def test_ctrl_c_leaves_nothing_behind(kept_demo: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(kept_demo)) as connection:
        connection.execute(COPIES)
        connection.execute("DELETE FROM session WHERE key = 'sample_count'")
        connection.commit()
    out = tmp_path / "new" / "out"
    program = subprocess.Popen(command(kept_demo, out), stderr=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + PATIENCE_S
        while not list(out.glob(".export-*/new/samples.csv")) and time.monotonic() < deadline:
            time.sleep(0.01)  # another process sends no signal
        program.send_signal(signal.SIGINT)
        _, errors = program.communicate(timeout=PATIENCE_S)
    finally:
        program.kill()
    assert program.returncode == 1
    assert len(errors.splitlines()) == 1
    assert names(tmp_path) == ["kept"]
