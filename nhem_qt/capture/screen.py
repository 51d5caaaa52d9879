"""The screen as a source, through the first way to its pixels that works."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import time
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from nhem_qt.capture.grabber import GrabError
from nhem_qt.capture.mss_grabber import MssGrabber
from nhem_qt.capture.picture_grabber import (
    SCREENSHOT_COMMANDS,
    PictureGrabber,
    installed_commands,
    program_picture,
    x11_picture,
)
from nhem_qt.capture.source import CaptureError
from nhem_qt.frame import Frame, SourceKind
from nhem_qt.geometry import Roi

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from nhem_qt.capture.grabber import Grabber


class Way(NamedTuple):
    """A way to the pixels of the screen: its name, and how it is opened (raises GrabError)."""

    name: str
    open: Callable[[], Grabber]


def screen_ways() -> tuple[Way, ...]:
    """Return what can be tried on this machine, the fastest first.

    On Windows and macOS that is mss alone: what Pillow offers there is the same call of the system, or slower.
    """
    fastest = Way("mss", MssGrabber)
    if sys.platform in {"win32", "darwin"}:
        return (fastest,)
    programs = [Way(command[0], partial(_program, command)) for command in installed_commands()]
    return (fastest, Way("Pillow", partial(PictureGrabber, x11_picture)), *programs)


def is_wayland(environment: Mapping[str, str]) -> bool:
    """Whether the session is one of Wayland, which shows X11 programs a black screen instead of an error."""
    return bool(environment.get("WAYLAND_DISPLAY")) or environment.get("XDG_SESSION_TYPE") == "wayland"


def monitors_now() -> tuple[Roi, ...]:
    """Return every monitor in device pixels, at once and without a look at what it shows; none if that is unknown."""
    try:
        with contextlib.closing(MssGrabber()) as grabber:
            return grabber.monitors()
    except GrabError:
        return ()


class ScreenSource:
    """Grabs rectangles of the virtual desktop.

    Make it in the thread that grabs, and after the QApplication (DPI awareness on Windows). The ways are tried once,
    here: `way` is the name of the one that works. Raises CaptureError if none does.
    """

    kind = SourceKind.SCREEN

    def __init__(self, clock: Callable[[], float] = time.perf_counter, ways: Sequence[Way] | None = None) -> None:
        self._clock = clock
        self.way, self._grabber = _first_that_works(screen_ways() if ways is None else ways)

    @property
    def bounds(self) -> Roi:
        """The virtual desktop as it is now: the rectangle around all monitors. Raises CaptureError."""
        try:
            return self._grabber.desktop()
        except GrabError as error:
            raise _no_screen(error) from error

    @property
    def monitors(self) -> tuple[Roi, ...]:
        """Every monitor, in the order of the capture library; raises CaptureError."""
        try:
            return self._grabber.monitors()
        except GrabError as error:
            raise _no_screen(error) from error

    def grab(self, roi: Roi) -> Frame:
        """Grab just `roi`; the frame is a view of the grabbed bytes. Raises CaptureError."""
        t_s = self._clock()
        try:
            pixels = self._grabber.grab(roi)
        except GrabError as error:
            raise CaptureError(
                f"The screen region {roi} cannot be grabbed: check that the screen is unlocked and the region on it"
            ) from error
        height, width = pixels.shape[:2]
        if (width, height) != (roi.width, roi.height):
            raise CaptureError(
                f"The screen gives {width}x{height} px for a region of {roi.width}x{roi.height} px: "
                "set the display scaling to 100 %"
            )
        return Frame(pixels, roi, t_s, self.kind)

    def close(self) -> None:
        """Close the connection to the screen."""
        self._grabber.close()


def _program(command: Sequence[str]) -> Grabber:
    return PictureGrabber(partial(program_picture, command))


def _first_that_works(ways: Sequence[Way]) -> tuple[str, Grabber]:
    """Return the first way by which the screen is seen, with its name; raises CaptureError."""
    log = logging.getLogger(__name__)
    failures: list[GrabError] = []
    for way in ways:
        try:
            grabber = way.open()
            _try_out(grabber)
        except GrabError as error:
            log.info("the screen cannot be grabbed through %s: %s", way.name, error)
            failures.append(error)
        else:
            log.debug("the screen is grabbed through %s", way.name)
            return way.name, grabber
    raise _no_screen(failures[0]) from failures[0]


def _try_out(grabber: Grabber) -> None:
    """Raise GrabError if the screen is not seen: one pixel is enough, but under Wayland, where all would be black."""
    if not is_wayland(os.environ):
        desktop = grabber.desktop()
        grabber.grab(Roi(desktop.x1, desktop.y1, desktop.x1 + 1, desktop.y1 + 1))
    elif not grabber.sees_anything():
        grabber.close()
        raise GrabError("it sees nothing but black")


def _no_screen(reason: GrabError) -> CaptureError:
    if is_wayland(os.environ):
        programs = ", ".join(command[0] for command in SCREENSHOT_COMMANDS)
        return CaptureError(
            "The screen cannot be grabbed, for Wayland lets no program look at it: log in to an X11 session, or "
            f"install the screenshot program of your desktop ({programs})"
        )
    return CaptureError(
        f"The screen cannot be grabbed ({reason}): run the program in a desktop session (X11, Windows or macOS)"
    )
