"""The screen as a source, through mss."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

import mss
import numpy as np
from mss.exception import ScreenShotError

from nhem_qt.capture.source import CaptureError
from nhem_qt.frame import Frame, SourceKind
from nhem_qt.geometry import Roi

if TYPE_CHECKING:
    from collections.abc import Callable

    from mss.models import Monitor, Monitors

# The library asserts that the X server answers: a lost connection is an AssertionError there.
_GRAB_ERRORS = (ScreenShotError, AssertionError)


class ScreenSource:
    """Grabs rectangles of the virtual desktop.

    Make it in the thread that grabs, and after the QApplication (DPI awareness on Windows). One handle serves all
    grabs; it is made anew only when the monitors are asked for and after a failed grab, for the screen may have
    changed, or the connection may have been lost.
    Raises CaptureError if there is no screen to grab.
    """

    kind = SourceKind.SCREEN

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._handle: mss.MSS | None = None
        self._open()

    @property
    def bounds(self) -> Roi:
        """The virtual desktop as it is now: the rectangle around all monitors."""
        return _roi(self._all_monitors()[0])

    @property
    def monitors(self) -> tuple[Roi, ...]:
        """Every monitor, in the order of the capture library."""
        return tuple(_roi(monitor) for monitor in self._all_monitors()[1:])

    def grab(self, roi: Roi) -> Frame:
        """Grab just `roi`; the frame is a view of the grabbed bytes. Raises CaptureError."""
        handle = self._open()
        try:
            t_s = self._clock()
            shot = handle.grab((roi.x1, roi.y1, roi.x2, roi.y2))
        except _GRAB_ERRORS as error:
            self.close()
            raise CaptureError(
                f"The screen region {roi} cannot be grabbed: check that the screen is unlocked and the region on it"
            ) from error
        if (shot.width, shot.height) != (roi.width, roi.height):
            raise CaptureError(
                f"The screen gives {shot.width}x{shot.height} px for a region of {roi.width}x{roi.height} px: "
                "set the display scaling to 100 %"
            )
        return Frame(np.asarray(shot), roi, t_s, self.kind)

    def close(self) -> None:
        """Close the connection to the screen."""
        handle, self._handle = self._handle, None
        if handle is not None:
            # It complains of a lost connection after it has released it; a second call would release it again.
            with contextlib.suppress(ScreenShotError):
                handle.close()

    def _all_monitors(self) -> Monitors:
        # A handle remembers the monitors for ever; asked for rarely, they must be those of now.
        self.close()
        try:
            return self._open().monitors
        except _GRAB_ERRORS as error:
            self.close()
            raise _no_screen() from error

    def _open(self) -> mss.MSS:
        if self._handle is None:
            try:
                self._handle = mss.MSS()
            except _GRAB_ERRORS as error:
                raise _no_screen() from error
        return self._handle


def _no_screen() -> CaptureError:
    return CaptureError("The screen cannot be grabbed: run the program in a desktop session (X11, Windows or macOS)")


def _roi(monitor: Monitor) -> Roi:
    left, top = monitor["left"], monitor["top"]
    return Roi(left, top, left + monitor["width"], top + monitor["height"])
