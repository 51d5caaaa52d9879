"""A screen that really stops to answer: its X server is stopped, the program's window is elsewhere."""

from __future__ import annotations

import contextlib
import csv
import itertools
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from nhem_qt.session import KeptSession, session_paths

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs Xvfb, and signals that stop it")

SILENT_S = 3.5
SETTLED_S = 1.0
STALLED = "The capture does not answer: what is shown is old"
BEGUN_ANEW = "The capture does not answer: it is begun anew"
ANSWERS_AGAIN = "The capture answers again after "
LEFT = "The capture does not answer; all that was measured is kept"
LIMIT_S = 2.0
# What an idle machine of some years ago takes to load the program: one that needs longer is given longer to leave it.
LOADING_S = 1.2


class Bench:
    """A program that measures the screen of an X server which can be stopped; its window is on no screen."""

    def __init__(self, server: subprocess.Popen[bytes], display: str, folder: Path) -> None:
        self.server = server
        self.folder = folder
        environment = os.environ | {"DISPLAY": display, "QT_QPA_PLATFORM": "offscreen"}
        began_s = time.monotonic()
        subprocess.run([sys.executable, "-c", "import nhem_qt.ui.app"], check=True)
        self.patience = max(1.0, (time.monotonic() - began_s) / LOADING_S)
        files = ["--data-dir", str(folder / "data"), "--export", str(folder / "out")]
        self.program = subprocess.Popen(
            [sys.executable, "-m", "nhem_qt", "--source", "screen", "--roi", "100,100,400,400", "--start", *files],
            env=environment,
            cwd=folder,
            stderr=subprocess.PIPE,
            text=True,
        )

    def leave(self) -> tuple[list[str], float]:
        """Ask the program to leave; returns what it has told, and how long it took."""
        wished_s = time.monotonic()
        self.program.send_signal(signal.SIGTERM)
        _, errors = self.program.communicate(timeout=60)
        assert self.program.returncode == 0, errors
        return [line.removeprefix("nhem-qt: ") for line in errors.splitlines()], time.monotonic() - wished_s

    def exported(self) -> list[dict[str, str]]:
        with (self.folder / "out" / "samples.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def require_whole(self) -> None:
        (path,) = session_paths(self.folder / "data")
        with KeptSession(path) as kept:
            assert kept.finished
            assert kept.sample_count == len(self.exported())


@pytest.fixture
def bench(tmp_path: Path, wait_for_samples: Callable[[Path], None]) -> Iterator[Bench]:
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "800x600x24", "-nolisten", "tcp", "-noreset"]
    with contextlib.ExitStack() as stack:
        try:
            server = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL)
        except FileNotFoundError:
            pytest.skip("no virtual display: Xvfb is not installed")
        stack.callback(server.wait)
        stack.callback(server.terminate)
        stack.callback(server.send_signal, signal.SIGCONT)
        os.close(writing)
        with os.fdopen(reading) as answer:
            display = f":{answer.readline().strip()}"
        bench = Bench(server, display, tmp_path)
        stack.callback(bench.program.communicate)
        stack.callback(bench.program.kill)
        wait_for_samples(tmp_path / "data")
        # At its start the window looks at the screen as well; that it would hang then is not what is tried here.
        time.sleep(SETTLED_S)
        yield bench


def test_a_screen_that_is_silent_for_seconds_leaves_a_gap_in_the_same_session(bench: Bench) -> None:
    bench.server.send_signal(signal.SIGSTOP)
    time.sleep(SILENT_S)  # so long is the silence that is meant
    bench.server.send_signal(signal.SIGCONT)
    time.sleep(SILENT_S)  # and so long is what comes after it
    told, _ = bench.leave()
    stalled, begun_anew = told.index(STALLED), told.index(BEGUN_ANEW)
    answers_again = next(place for place, text in enumerate(told) if text.startswith(ANSWERS_AGAIN))
    assert stalled < begun_anew < answers_again
    bench.require_whole()
    samples = bench.exported()
    indices = [int(sample["frame_index"]) for sample in samples]
    assert indices == sorted(set(indices))
    before = [sample for sample in samples if sample["status"] == "success"]
    longest_s = max(float(later["t_s"]) - float(sooner["t_s"]) for sooner, later in itertools.pairwise(before))
    assert SILENT_S - 0.5 < longest_s < SILENT_S + LIMIT_S * bench.patience
    assert samples[-1]["status"] == "success"


@pytest.mark.parametrize("silent_s", [0.2, 2.5])
def test_the_program_is_left_at_once_though_the_screen_never_answers(bench: Bench, silent_s: float) -> None:
    bench.server.send_signal(signal.SIGSTOP)
    time.sleep(silent_s)  # before, and after a fresh thread was begun
    told, took_s = bench.leave()
    assert LEFT in told
    assert took_s <= LIMIT_S * bench.patience
    bench.require_whole()
