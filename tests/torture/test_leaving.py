"""Leaving the program at any moment: at once, in good order, with the session whole."""

from __future__ import annotations

import contextlib
import random
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from nhem_qt.session import KeptSession, session_paths

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="looks into /proc")

DRIVEN = Path(__file__).with_name("driven.py")
LIMIT_S = 2.0
LATEST_S = 3.0
# What an idle machine of some years ago takes to load the program: one that needs longer is given longer to leave it.
LOADING_S = 1.2
COMMANDS = (
    "about",
    "cut",
    "export",
    "export_csv",
    "mark_with_note",
    "open_session",
    "pause_or_resume",
    "select_in_picture",
    "select_region",
    "set_password",
    "show_settings",
    "start",
    "stop",
    "use_single",
)


class Leaving(NamedTuple):
    """What is done at the window (see driven.py), and which signal comes when, if none of that closes it."""

    events: str
    number: signal.Signals | None
    after_s: float


class Outcome(NamedTuple):
    returncode: int
    errors: str
    took_s: float


def drawn(chance: random.Random) -> Leaving:
    """Draw a way to leave: by a signal or by closing the window, with nothing or something else going on."""
    events = [(chance.uniform(0.2, 2.0), chance.choice(COMMANDS)) for _ in range(chance.choice((0, 0, 1, 2)))]
    number = chance.choice((signal.SIGTERM, signal.SIGINT, None))
    after_s = chance.uniform(0.0, LATEST_S)
    if number is None:
        events.append((after_s, "close"))
    return Leaving(",".join(f"{round(1000 * at_s)}:{what}" for at_s, what in events), number, after_s)


def loading_s(environment: dict[str, str]) -> float:
    """Return how long it takes now to load the program."""
    began_s = time.monotonic()
    subprocess.run([sys.executable, "-c", "import nhem_qt.ui.app"], env=environment, check=True)
    return time.monotonic() - began_s


def leave(
    leaving: Leaving, folder: Path, environment: dict[str, str], source: Sequence[str] = ("demo", "--start")
) -> Outcome:
    arguments = ["--source", *source, "--data-dir", str(folder), "--config", str(folder / "fem_config.json")]
    start = [str(DRIVEN), leaving.events] if leaving.events else ["-m", "nhem_qt"]
    program = subprocess.Popen(
        [sys.executable, *start, *arguments],
        env=environment | {"NHEM_LOG_LEVEL": "DEBUG"},
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with contextlib.ExitStack() as stack:
        stack.callback(program.kill)
        if leaving.number is not None:
            wait_until_it_can_heed(program)
            time.sleep(leaving.after_s)  # any moment is meant
            program.send_signal(leaving.number)
        wished_s = time.monotonic()
        output, errors = program.communicate(timeout=60)
        ended_s = time.monotonic()
    if leaving.number is None:
        wished_s = float(output.split()[-1])
    return Outcome(program.returncode, errors, ended_s - wished_s)


def wait_until_it_can_heed(program: subprocess.Popen[str]) -> None:
    """Wait until the program holds back or catches the signal: before that Python itself is being started."""
    status = Path(f"/proc/{program.pid}/status")
    mask = 1 << (signal.SIGTERM - 1)
    while program.poll() is None:
        words = dict(line.split(":\t") for line in status.read_text(encoding="utf-8").splitlines() if ":\t" in line)
        if (int(words["SigBlk"], 16) | int(words["SigCgt"], 16)) & mask:
            return
        time.sleep(0.005)  # another process sends no signal


def warnings_of_qt(folder: Path) -> list[str]:
    lines = [line for log in folder.rglob("*.log") for line in log.read_text(encoding="utf-8").splitlines()]
    return [line for line in lines if " qt: " in line]


def require_whole(path: Path, slack_s: float, *, paused: bool) -> None:
    """Check that a session has ended in good order, with every sample up to its end."""
    with KeptSession(path) as kept:
        assert kept.finished
        indices = [cells[0] for cells in kept.sample_cells()]
        assert indices == sorted(set(indices))
        assert kept.sample_count == len(indices)
        if indices and not paused:
            ended_s = (kept.ended_at - kept.info.started_at).total_seconds()
            assert ended_s - kept.newest_samples(1)[0].measurement.t_s < slack_s


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_wish_to_stop_that_comes_while_the_program_is_loaded_is_heeded(
    number: signal.Signals, virtual_display: Callable[..., AbstractContextManager[dict[str, str]]], tmp_path: Path
) -> None:
    (tmp_path / "fem_config.json").write_text("{}", encoding="utf-8")
    with virtual_display("800x600") as environment:
        outcome = leave(Leaving("", number, 0.0), tmp_path, environment)
    assert outcome[:2] == (0, "")
    assert session_paths(tmp_path) == []


@pytest.mark.parametrize(
    "leaving",
    [Leaving("500:select_region,650:close", None, 0.0), Leaving("0:select_region", signal.SIGTERM, LATEST_S)],
    ids=["hidden", "dialog"],
)
def test_the_program_is_left_while_a_region_of_the_screen_is_selected(
    leaving: Leaving, virtual_display: Callable[..., AbstractContextManager[dict[str, str]]], tmp_path: Path
) -> None:
    (tmp_path / "fem_config.json").write_text("{}", encoding="utf-8")
    with virtual_display("800x600") as environment:
        patience = max(1.0, loading_s(environment) / LOADING_S)
        outcome = leave(leaving, tmp_path, environment, ["screen"])
    assert outcome[:2] == (0, "")
    assert outcome.took_s <= LIMIT_S * patience
    assert warnings_of_qt(tmp_path) == []


def test_without_a_window_it_is_heeded_as_soon_as_all_is_loaded(tmp_path: Path) -> None:
    program = subprocess.Popen(
        [sys.executable, "-m", "nhem_qt", "analyze", "-"], cwd=tmp_path, stderr=subprocess.PIPE, text=True
    )
    wait_until_it_can_heed(program)
    loaded = Path(f"/proc/{program.pid}/maps").read_text(encoding="utf-8")
    program.send_signal(signal.SIGINT)
    _, errors = program.communicate(timeout=60)
    assert (program.returncode, errors) == (1, "nhem-qt: stopped before the end; what is written so far is whole\n")
    assert "numpy" not in loaded


@pytest.mark.parametrize(
    "runs",
    [
        pytest.param(10, marks=pytest.mark.timeout(600)),
        pytest.param(200, marks=[pytest.mark.torture, pytest.mark.timeout(0)]),
    ],
)
def test_the_program_can_be_left_at_any_moment(
    runs: int,
    virtual_display: Callable[..., AbstractContextManager[dict[str, str]]],
    tmp_path: Path,
) -> None:
    chance = random.Random(runs)  # noqa: S311 - chance that repeats itself
    times: list[float] = []
    with virtual_display("1920x1080", "-noreset") as environment:
        for number in range(runs):
            leaving = drawn(chance)
            folder = tmp_path / str(number)
            folder.mkdir()
            (folder / "fem_config.json").write_text("{}", encoding="utf-8")
            patience = max(1.0, loading_s(environment) / LOADING_S)
            outcome = leave(leaving, folder, environment)
            times.append(outcome.took_s)
            assert outcome[:2] == (0, ""), leaving
            assert warnings_of_qt(folder) == [], leaving
            patience = max(patience, loading_s(environment) / LOADING_S) if outcome.took_s > LIMIT_S else patience
            assert outcome.took_s <= LIMIT_S * patience, leaving
            for path in session_paths(folder):
                require_whole(path, LIMIT_S * patience, paused="pause" in leaving.events)
    late = sum(took_s > LIMIT_S for took_s in times)
    words = f"left in {statistics.median(times):.2f} s, {max(times):.2f} s at the most, {late} times on a busy machine"
    sys.stdout.write(f"{words} in more than {LIMIT_S:g} s\n")
