"""Errors that nobody caught, in a window that goes on."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QThread, QTimer

from nhem_qt.session import KeptSession
from nhem_qt.ui.unhandled import UnhandledErrors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot


class Told:
    """What was told, and in which thread."""

    def __init__(self) -> None:
        self.errors: list[str] = []
        self.threads: set[threading.Thread] = set()

    def __call__(self, error: str) -> None:
        self.errors.append(error)
        self.threads.add(threading.current_thread())


@pytest.fixture
def told() -> Iterator[Told]:
    """What errors are told as; until the end of the test nobody else hears of them."""
    told = Told()
    with UnhandledErrors(told):
        yield told


def fail(words: str) -> None:
    raise ValueError(words)


def tracebacks(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.exc_text or "" for record in caplog.records if record.exc_info]


def test_an_error_of_a_timer_is_told_and_logged_once(
    told: Told, qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    times = []

    def on_timeout() -> None:
        times.append(1)
        fail(f"number {len(times)}")

    timer = QTimer(interval=1)
    timer.timeout.connect(on_timeout)
    timer.start()
    qtbot.waitUntil(lambda: len(times) > 20)
    timer.stop()
    qtbot.waitUntil(lambda: bool(told.errors))
    assert told.errors == ["ValueError: number 1"]
    (text,) = tracebacks(caplog)
    assert "in on_timeout" in text


def test_two_errors_in_one_place_are_two_if_different_slots_led_there(told: Told, qtbot: QtBot) -> None:
    QTimer.singleShot(0, lambda: fail("one"))
    QTimer.singleShot(0, lambda: fail("another"))
    qtbot.waitUntil(lambda: len(told.errors) == 2)
    assert told.errors == ["ValueError: one", "ValueError: another"]


def test_an_error_in_a_thread_is_told_in_the_thread_of_the_window(
    told: Told, qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    thread = threading.Thread(target=fail, args=("beside",), name="helper 7")
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: bool(told.errors))
    assert told.errors == ["ValueError: beside"]
    assert told.threads == {threading.main_thread()}
    assert "An error ended the thread helper 7" in caplog.text


class FailingThread(QThread):
    def run(self) -> None:
        fail("in Qt's thread")


def test_an_error_in_a_thread_of_qt_is_told(told: Told, qtbot: QtBot) -> None:
    thread = FailingThread()
    thread.start()
    qtbot.waitUntil(lambda: bool(told.errors))
    thread.wait()
    assert told.errors == ["ValueError: in Qt's thread"]
    assert told.threads == {threading.main_thread()}


class Stubborn:
    def __del__(self) -> None:
        fail("while it is put away")


def test_an_error_of_an_object_that_is_put_away_is_told(told: Told, qtbot: QtBot) -> None:
    Stubborn()
    qtbot.waitUntil(lambda: bool(told.errors))
    assert told.errors == ["ValueError: while it is put away"]


def test_a_long_message_is_told_by_its_beginning(told: Told, qtbot: QtBot) -> None:
    QTimer.singleShot(0, lambda: fail("first line " + 500 * "x" + "\nsecond line"))
    qtbot.waitUntil(lambda: bool(told.errors))
    (error,) = told.errors
    assert error.startswith("ValueError: first line xxx")
    assert len(error) == 200


def test_ctrl_c_is_no_error(monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> None:
    heard = []
    monkeypatch.setattr(sys, "excepthook", lambda *args: heard.append(args[0]))
    told = Told()
    with UnhandledErrors(told):
        sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
        qtbot.wait(1)
    assert (heard, told.errors) == ([KeyboardInterrupt], [])


def test_the_hooks_are_given_back() -> None:
    before = (sys.excepthook, threading.excepthook, sys.unraisablehook)
    with UnhandledErrors(Told()):
        assert sys.excepthook != before[0]
    assert (sys.excepthook, threading.excepthook, sys.unraisablehook) == before


def test_an_error_is_kept_alive_by_nobody(told: Told, qtbot: QtBot) -> None:
    put_away = threading.Event()

    class Guest:
        def __del__(self) -> None:
            put_away.set()

    def slot() -> None:
        guest = Guest()
        fail(f"with {type(guest).__name__}")

    logging.disable()  # pytest keeps what is logged
    QTimer.singleShot(0, slot)
    qtbot.waitUntil(lambda: bool(told.errors))
    logging.disable(logging.NOTSET)
    # Python itself remembers the last one.
    sys.last_value = sys.last_traceback = None
    assert put_away.is_set()


_TROUBLED_RUN = """
import sys, threading
from pathlib import Path
from nhem_qt.capture import SourceChoice
from nhem_qt.config import FemConfig, LoadedConfig
from nhem_qt.logs import log_to_console, log_to_file
from nhem_qt.ui.app import Departure, run_window
from nhem_qt.ui.main_window import MainWindow, WindowSetup

class Troubled(MainWindow):
    def _on_redraw_timer_due(self):
        super()._on_redraw_timer_due()
        if self.monitoring.session is not None:
            raise RuntimeError("the curve is crooked")

import nhem_qt.ui.app
nhem_qt.ui.app.MainWindow = Troubled
data = Path(sys.argv[1])
log_to_console("INFO")
log_file = data / "nhem-qt.log"
log_to_file(log_file)
setup = WindowSetup(SourceChoice.parse("demo"), None, LoadedConfig(FemConfig(), None, ()), data, log_file, 3.0)
summary = run_window(setup, Departure(start=True), (), threading.Event())
print(summary.sample_count)
"""


def test_monitoring_goes_on_and_the_error_is_in_log_and_session(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _TROUBLED_RUN, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 20
    assert done.stderr.count("nhem-qt: An error that nobody caught: RuntimeError: the curve is crooked\n") == 1
    assert "Traceback" not in done.stderr
    logged = (tmp_path / "nhem-qt.log").read_text(encoding="utf-8")
    assert logged.count("in _on_redraw_timer_due") == 1
    (path,) = tmp_path.glob("*.sqlite")
    with KeptSession(path) as kept:
        told = [notice.text for notice in kept.notices()]
    words = "An error in the program (RuntimeError: the curve is crooked). Monitoring goes on; the log has more"
    assert told.count(words) == 1
