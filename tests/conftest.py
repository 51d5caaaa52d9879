"""What all tests share."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from nhem_qt.capture import DemoSource
from nhem_qt.config import FemConfig
from nhem_qt.monitor import RegionChoice, Tick
from nhem_qt.session import LiveSession, Mark

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

# Under a virtual display without window manager shortcuts never arrive; Qt's offscreen platform delivers them.
os.environ["QT_QPA_PLATFORM"] = "offscreen"

# A shell that starts the tests in the background lets them ignore Ctrl+C, and with them what they start.
signal.signal(signal.SIGINT, signal.default_int_handler)

# A shared machine may stall at any moment: that is no finding.
settings.register_profile("nhem", deadline=None)
settings.load_profile("nhem")


@pytest.fixture(scope="session")
def recording() -> Path:
    """The real recording of a treatment, where the machine has it."""
    path = os.environ.get("NHEM_TEST_RECORDING")
    if not path or not Path(path).is_file():
        pytest.skip("no real recording: NHEM_TEST_RECORDING does not name one")
    return Path(path)


@pytest.fixture(scope="session")
def kept_demo_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A kept session of 20 s of the demo, with a mark; nobody may write to it."""
    now_s = time.perf_counter()
    source = DemoSource(clock=lambda: now_s)
    session = LiveSession(source, RegionChoice(), FemConfig(), tmp_path_factory.mktemp("kept"))
    start_s = now_s = session._start_s
    for index in range(45 * 20):
        now_s = start_s + index / 45
        session.take(Tick(index, index / 45))
    session.annotate(Mark(8.0, ""), "HIFU on")
    session.finish()
    session.close()
    assert session.kept_path is not None
    return session.kept_path


@pytest.fixture
def kept_demo(kept_demo_once: Path, tmp_path: Path) -> Path:
    """The same in a file of the test's own, alone in its folder."""
    folder = tmp_path / "kept"
    folder.mkdir()
    return Path(shutil.copy(kept_demo_once, folder))


@pytest.fixture(scope="session")
def virtual_display() -> Callable[..., AbstractContextManager[dict[str, str]]]:
    """Runs an X display of the tests' own, of a size such as 1920x1080; gives an environment for programs on it."""
    if shutil.which("Xvfb") is None:
        pytest.skip("no virtual display: Xvfb is not installed")

    @contextlib.contextmanager
    def display(size: str, *options: str) -> Iterator[dict[str, str]]:
        reading, writing = os.pipe()
        command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", f"{size}x24", "-nolisten", "tcp", *options]
        server = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL)
        os.close(writing)
        try:
            with os.fdopen(reading) as answer:
                number = answer.readline().strip()
            environment = {name: value for name, value in os.environ.items() if name != "QT_QPA_PLATFORM"}
            yield environment | {"DISPLAY": f":{number}"}
        finally:
            server.terminate()
            server.wait()

    return display


@pytest.fixture(scope="session")
def wait_for_samples() -> Callable[[Path], None]:
    """Waits until a session in a data folder, written by another process, has samples on disk."""

    def wait(data: Path) -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if any(_sample_count(path) for path in data.glob("*.sqlite")):
                return
            time.sleep(0.02)  # another process sends no signal
        pytest.fail("no sample was kept within 30 s")

    return wait


@pytest.fixture(scope="session")
def waited_for_processor_s() -> Callable[[int], float]:
    """Tells how long the threads of a process have waited so far for a processor that others had; 0 if unknown."""

    def waited(process_id: int) -> float:
        total_ns = 0
        for path in Path(f"/proc/{process_id}/task").glob("*/schedstat"):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                total_ns += int(path.read_text(encoding="utf-8").split()[1])
        return total_ns / 1e9

    return waited


def _sample_count(path: Path) -> int:
    try:
        with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            return int(connection.execute("SELECT count(*) FROM sample").fetchone()[0])
    except sqlite3.Error:
        return 0
