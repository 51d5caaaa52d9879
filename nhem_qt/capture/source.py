"""What every source of pixels offers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from nhem_qt.errors import NhemError

if TYPE_CHECKING:
    import datetime as dt

    from nhem_qt.frame import Frame, SourceKind
    from nhem_qt.geometry import Roi


class CaptureError(NhemError):
    """A source cannot be opened, or pixels cannot be had just now."""


class FrameSource(Protocol):
    """A live source: it gives the pixels of now, whenever it is asked."""

    @property
    def kind(self) -> SourceKind:
        """What the samples of this source are labelled with."""

    @property
    def bounds(self) -> Roi:
        """The device pixels that can be grabbed."""

    def grab(self, roi: Roi) -> Frame:
        """Grab just `roi`, which lies inside `bounds`; raises CaptureError."""

    def close(self) -> None:
        """Release what the source holds; a closed source is not used again."""


class RecordedSource(FrameSource, Protocol):
    """A recording: every grab gives its next frame, in display order."""

    @property
    def rate_hz(self) -> float:
        """Mean frame rate of the recording."""

    @property
    def recorded_at(self) -> dt.datetime:
        """The wall clock at its first frame, as it says itself, or when it was changed last; raises CaptureError."""

    @property
    def upcoming_index(self) -> int:
        """Index of the next frame in display order, from 0."""

    @property
    def frames_missing(self) -> int:
        """How many of the frames that the recording promised did not come, once it is at its end; 0 if unknown."""

    @property
    def damage(self) -> str | None:
        """Which of the frames so far had to be guessed in part, in words; None if there are none."""

    def upcoming_s(self) -> float | None:
        """Presentation time of the next frame since the first one, or None at the end; raises CaptureError."""
