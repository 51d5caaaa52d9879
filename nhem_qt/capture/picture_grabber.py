"""The screen by whole pictures of it: slow, but it works where nothing else does."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageGrab

from nhem_qt.capture.grabber import GrabError
from nhem_qt.geometry import Roi

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nhem_qt.frame import Pixels

# Those that Pillow knows, and how it calls them; the file of the picture comes last.
SCREENSHOT_COMMANDS = (("gnome-screenshot", "-f"), ("grim",), ("spectacle", "-n", "-b", "-f", "-o"))
_PATIENCE_S = 5.0


class PictureGrabber:
    """Takes a picture of the whole screen for every grab and cuts the region out.

    The origin of the coordinates is the upper left corner of the picture, which on X11 is that of the root window, as
    in mss. How large the screen is tells the newest picture. Monitors are not told apart.
    """

    def __init__(self, take: Callable[[], Image.Image]) -> None:
        self._take = take
        self._desktop: Roi | None = None

    def desktop(self) -> Roi:
        """Return the rectangle of the newest picture; raises GrabError if there is none, and none can be taken."""
        return self._desktop or _bounds(self._picture())

    def monitors(self) -> tuple[Roi, ...]:
        """Return the desktop as one monitor."""
        return (self.desktop(),)

    def grab(self, roi: Roi) -> Pixels:
        """Take a picture and return the pixels at `roi`."""
        picture = self._picture()
        if not _bounds(picture).contains(roi):
            raise GrabError(f"the region is not within the screen {_bounds(picture)}")
        part = picture.crop((roi.x1, roi.y1, roi.x2, roi.y2))
        return np.frombuffer(part.tobytes("raw", "BGRX"), np.uint8).reshape(roi.height, roi.width, 4)

    def sees_anything(self) -> bool:
        """Take a picture and say whether there is anything but black in it."""
        return self._picture().getbbox() is not None

    def close(self) -> None:
        """Forget how large the screen was."""
        self._desktop = None

    def _picture(self) -> Image.Image:
        picture = self._take().convert("RGB")
        self._desktop = _bounds(picture)
        return picture


def x11_picture() -> Image.Image:
    """Take a picture of the X11 screen; raises GrabError."""
    try:
        # With an empty name Pillow asks the environment, as always, but starts no screenshot program by itself: it
        # would wait for one for ever.
        return ImageGrab.grab(xdisplay="")
    except OSError as error:
        raise GrabError(str(error)) from error


def program_picture(command: Sequence[str]) -> Image.Image:
    """Let a screenshot program take a picture; raises GrabError, also if it takes too long."""
    with tempfile.TemporaryDirectory(prefix="nhem-qt-") as folder:
        path = Path(folder) / "screen.png"
        _call([*command, str(path)])
        try:
            with Image.open(path) as image:
                image.load()
                return image.copy()
        except (OSError, SyntaxError) as error:
            raise GrabError(f"{command[0]} leaves no picture") from error


def installed_commands() -> tuple[tuple[str, ...], ...]:
    """Return the calls of those screenshot programs that are installed."""
    return tuple(command for command in SCREENSHOT_COMMANDS if shutil.which(command[0]))


def _call(command: Sequence[str]) -> None:
    try:
        done = subprocess.run(  # noqa: S603 - a command of this module, and a file name of our own
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_PATIENCE_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise GrabError(f"{command[0]} does not answer within {_PATIENCE_S:g} s") from error
    except OSError as error:
        raise GrabError(f"{command[0]} cannot be started ({error.strerror})") from error
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise GrabError(f"{command[0]} fails ({said[-1] if said else f'exit code {done.returncode}'})")


def _bounds(picture: Image.Image) -> Roi:
    return Roi(0, 0, picture.width, picture.height)
