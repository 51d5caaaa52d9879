"""The screen through mss: by far the fastest way."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import mss
import numpy as np
from mss.exception import ScreenShotError

from nhem_qt.capture.grabber import GrabError
from nhem_qt.geometry import Roi

if TYPE_CHECKING:
    from mss.models import Monitor, Monitors

    from nhem_qt.frame import Pixels

# The library asserts that the X server answers: a lost connection is an AssertionError there.
_GRAB_ERRORS = (ScreenShotError, AssertionError)


class MssGrabber:
    """One handle serves all grabs.

    It is made anew only when the monitors are asked for again and after a failed grab: the screen may have changed, or
    the connection may have been lost. Raises GrabError if there is no screen to grab.
    """

    def __init__(self) -> None:
        self._handle: mss.MSS | None = None
        self._told_monitors = False
        self._open()

    def desktop(self) -> Roi:
        """Return the virtual desktop as it is now."""
        return _roi(self._all_monitors()[0])

    def monitors(self) -> tuple[Roi, ...]:
        """Return every monitor, in the order of the library."""
        return tuple(_roi(monitor) for monitor in self._all_monitors()[1:])

    def grab(self, roi: Roi) -> Pixels:
        """Grab just `roi`; the pixels are a view of the grabbed bytes, and nobody may write to them."""
        handle = self._open()
        try:
            pixels = np.asarray(handle.grab((roi.x1, roi.y1, roi.x2, roi.y2)))
        except _GRAB_ERRORS as error:
            self.close()
            raise GrabError(_first_line(error)) from error
        # The library gives every grab bytes of its own and keeps none: as long as nobody writes, nobody needs a copy.
        pixels.setflags(write=False)
        return pixels

    def sees_anything(self) -> bool:
        """Whether there is anything but black on the screen."""
        return bool(self.grab(self.desktop())[..., :3].any())

    def close(self) -> None:
        """Close the connection to the screen."""
        handle, self._handle, self._told_monitors = self._handle, None, False
        if handle is not None:
            # It complains of a lost connection after it has released it; a second call would release it again.
            with contextlib.suppress(ScreenShotError):
                handle.close()

    def _all_monitors(self) -> Monitors:
        # A handle remembers the monitors for ever; asked for rarely, they must be those of now.
        if self._told_monitors:
            self.close()
        try:
            monitors = self._open().monitors
        except _GRAB_ERRORS as error:
            self.close()
            raise GrabError(_first_line(error)) from error
        self._told_monitors = True
        return monitors

    def _open(self) -> mss.MSS:
        if self._handle is None:
            try:
                self._handle = mss.MSS()
            except _GRAB_ERRORS as error:
                raise GrabError(_first_line(error)) from error
        return self._handle


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), "the connection was lost")


def _roi(monitor: Monitor) -> Roi:
    left, top = monitor["left"], monitor["top"]
    return Roi(left, top, left + monitor["width"], top + monitor["height"])
