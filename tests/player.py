"""Plays a video in the left upper corner of the screen, each frame at its time: `python player.py VIDEO`.

Prints `ready` when the first frame is on the screen, plays when a line comes on standard input, prints `done`, and
shows the last frame until standard input ends.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import av
from PySide6.QtCore import QSocketNotifier, Qt, QTimer
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication, QWidget

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent


class Player(QWidget):
    """Shows the frames of one video, pixel by pixel."""

    def __init__(self, path: str) -> None:
        super().__init__(None, Qt.WindowType.FramelessWindowHint | Qt.WindowType.BypassWindowManagerHint)
        with av.open(path) as container:
            self._frames = [(frame.time, frame.to_ndarray(format="bgra")) for frame in container.decode(video=0)]
        self._index = 0
        self._start_s = 0.0
        height, width = self._frames[0][1].shape[:2]
        self.setGeometry(0, 0, width, height)
        self._timer = QTimer(self, interval=2, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._advance)

    def play(self) -> None:
        """Begin with the first frame now."""
        self._start_s = time.perf_counter() - self._frames[0][0]
        self._timer.start()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the frame whose time it is."""
        pixels = self._frames[self._index][1]
        height, width = pixels.shape[:2]
        QPainter(self).drawImage(0, 0, QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGB32))

    def _advance(self) -> None:
        now_s = time.perf_counter() - self._start_s
        index = max(i for i, (time_s, _) in enumerate(self._frames) if time_s <= now_s)
        if index != self._index:
            self._index = index
            self.repaint()
        if index == len(self._frames) - 1:
            self._timer.stop()
            say("done")


def say(word: str) -> None:
    """Tell the parent process."""
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def main() -> None:
    """Show, wait for the word, play, stay."""
    app = QApplication([])
    player = Player(sys.argv[1])
    player.show()
    stdin = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read)
    stdin.activated.connect(lambda: player.play() if sys.stdin.readline() else app.quit())
    # Painted twice round the event loop, so that the server has it.
    QTimer.singleShot(200, lambda: say("ready"))
    app.exec()


if __name__ == "__main__":
    main()
