"""An X server of the tests' own, for what can only be proven on a real screen."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SCREEN_WIDTH_PX, SCREEN_HEIGHT_PX = 320, 200

# Every pixel says where it is; the words come when the server has them.
_PAINTER = """
import sys
import numpy as np
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication, QWidget

class Pattern(QWidget):
    def paintEvent(self, event):
        with QPainter(self) as painter:
            painter.drawImage(0, 0, IMAGE)
        QTimer.singleShot(0, self.tell)

    def tell(self):
        app.sync()
        print("ready", flush=True)

app = QApplication([])
width, height = int(sys.argv[1]), int(sys.argv[2])
y, x = np.mgrid[:height, :width]
pixels = np.stack([x % 256, y % 256, (x * 7 + y * 13) % 256, np.full_like(x, 255)], axis=-1).astype(np.uint8)
IMAGE = QImage(pixels.data, width, height, width * 4, QImage.Format.Format_RGB32)
window = Pattern(None, Qt.WindowType.FramelessWindowHint | Qt.WindowType.BypassWindowManagerHint)
window.setGeometry(0, 0, width, height)
window.show()
app.exec()
"""


@contextlib.contextmanager
def _running(command: list[str], **options: object) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(command, text=True, **options)  # type: ignore[call-overload]
    try:
        yield process
    finally:
        process.terminate()
        process.wait()
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()


@contextlib.contextmanager
def _x_server(depth: int = 24) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    program = shutil.which("Xvfb")
    if program is None:
        pytest.skip("no X server: Xvfb is not installed")
    reader, writer = os.pipe()
    size = f"{SCREEN_WIDTH_PX}x{SCREEN_HEIGHT_PX}x{depth}"
    command = [program, "-displayfd", str(writer), "-screen", "0", size, "-nolisten", "tcp", "-noreset"]
    with _running(command, pass_fds=(writer,), stderr=subprocess.DEVNULL) as process:
        os.close(writer)
        with os.fdopen(reader) as numbers:
            number = numbers.readline().strip()
        assert number, "Xvfb did not start"
        yield f":{number}", process


@contextlib.contextmanager
def _painted_x_server() -> Iterator[str]:
    with _x_server() as (display, _):
        environment = os.environ | {"DISPLAY": display, "QT_QPA_PLATFORM": "xcb", "QT_SCALE_FACTOR": "1"}
        command = [sys.executable, "-c", _PAINTER, str(SCREEN_WIDTH_PX), str(SCREEN_HEIGHT_PX)]
        options = {"env": environment, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        with _running(command, **options) as painter:
            assert painter.stdout is not None
            assert painter.stderr is not None
            word = painter.stdout.readline()
            assert word == "ready\n", painter.stderr.read()
            yield display


@pytest.fixture(scope="session")
def x_display() -> Iterator[str]:
    """The display of an X server whose whole screen shows the pattern."""
    with _painted_x_server() as display:
        yield display


@pytest.fixture
def own_display(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The same on an X server of this test alone, which may change it; it is the one that is grabbed."""
    with _painted_x_server() as display:
        monkeypatch.setenv("DISPLAY", display)
        yield display


@pytest.fixture
def black_screen(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Grab from an X server that shows nothing, as X11 programs see it under Wayland."""
    with _x_server() as (display, _):
        monkeypatch.setenv("DISPLAY", display)
        yield display


@pytest.fixture
def shallow_screen(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Grab from an X server with 16 bits per pixel."""
    with _x_server(depth=16) as (display, _):
        monkeypatch.setenv("DISPLAY", display)
        yield display


@pytest.fixture
def screen(x_display: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Make the pattern's display the one that is grabbed."""
    monkeypatch.setenv("DISPLAY", x_display)
    return x_display


@pytest.fixture
def mortal_screen(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """Grab from an X server of this test alone; calling the fixture ends the server."""
    with _x_server() as (display, process):
        monkeypatch.setenv("DISPLAY", display)

        def end() -> None:
            process.kill()
            process.wait()

        yield end
