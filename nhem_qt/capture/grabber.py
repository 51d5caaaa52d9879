"""What every way to the pixels of the screen offers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from nhem_qt.capture.source import CaptureError

if TYPE_CHECKING:
    from nhem_qt.frame import Pixels
    from nhem_qt.geometry import Roi


class GrabError(CaptureError):
    """A grab failed; the message is the reason alone."""


class Grabber(Protocol):
    """One way to the pixels of the screen; made, used and closed in one thread."""

    def desktop(self) -> Roi:
        """Return the virtual desktop, the rectangle around all monitors; raises GrabError."""

    def monitors(self) -> tuple[Roi, ...]:
        """Return every monitor; raises GrabError."""

    def grab(self, roi: Roi) -> Pixels:
        """Return the pixels of now at `roi`, BGRA; raises GrabError, also if a part of `roi` is off the screen."""

    def sees_anything(self) -> bool:
        """Whether there is anything but black on the screen; raises GrabError."""

    def close(self) -> None:
        """Release what is held; whatever else is called gets it anew."""
