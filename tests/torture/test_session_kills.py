"""Sessions under conditions that take long or need a real disk."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nhem_qt.frame import SourceKind
from nhem_qt.monitor import Measurement, Sample, Status
from nhem_qt.session import KeptSession, SessionInfo, SessionStore

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.torture, pytest.mark.skipif(os.name == "nt", reason="needs fork and kill -9")]

KILLS = Path(__file__).parents[1] / "session" / "kills.py"


def test_a_hundred_kills_at_random_moments_cost_no_file_and_never_more_than_one_second(tmp_path: Path) -> None:
    command = [sys.executable, str(KILLS), str(tmp_path), "100"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=900)
    reports = [line.split() for line in done.stdout.splitlines()]
    assert len(reports) == 100
    assert {(answer, whole) for _, answer, whole in reports} == {("ok", "True")}
    assert all(0 <= int(lost) <= 120 for lost, _, _ in reports), reports


@contextlib.contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    mount, unmount = shutil.which("mount"), shutil.which("umount")
    if mount is None or unmount is None:
        pytest.skip("there is no mount here")
    mounted = subprocess.run(
        [mount, "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("mounting a small disk is not allowed here")
    try:
        yield folder
    finally:
        subprocess.run([unmount, str(folder)], check=True)


def sample_of(index: int) -> Sample:
    measurement = Measurement(index, index / 45, 100 + index / 7, None, SourceKind.DEMO, Status.SUCCESS)
    return Sample(measurement, None, None, in_peak_region=False, peak_signal=None, peak=None, rejection=None)


def test_a_disk_that_really_becomes_full_ends_the_keeping_and_damages_nothing(tmp_path: Path) -> None:
    info = SessionInfo("full", dt.datetime.now().astimezone(), "demo", "dual", "0,0,9,9", 45.0)
    with small_disk(tmp_path, "1m") as folder:
        store = SessionStore(folder, info)
        kept_at_least, index = 0, 0
        while store.failure is None:
            for _ in range(100):
                store.put(sample_of(index))
                index += 1
            if store.flush(60):
                kept_at_least = index
        assert store.failure.endswith("(database or disk is full): make room there")
        assert not store.close(60)
        with KeptSession(store.path) as kept:
            samples = list(kept.samples())
            assert not kept.finished
        assert samples == [sample_of(number) for number in range(len(samples))]
        assert len(samples) >= kept_at_least > 0
        with contextlib.closing(sqlite3.connect(store.path)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
