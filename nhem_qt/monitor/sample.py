"""What one tick yields."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from nhem_qt.frame import SourceKind

if TYPE_CHECKING:
    from nhem_qt.detection import Peak, Rejection
    from nhem_qt.monitor.picture_faults import PictureNotice


class Status(StrEnum):
    """How much of a tick's capture succeeded."""

    SUCCESS = "success"
    PARTIAL = "partial"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Measurement:
    """What was measured on one tick; `gray` is None where nothing was.

    `t_s` is the capture time in seconds since the session started (of a recording: since its first frame),
    `gray_large` the gray value of the large ROI where it was captured on this tick. `notice` says what is wrong with
    the picture. A gray value with source SIMULATED is invented, for drawing alone.
    """

    frame_index: int
    t_s: float
    gray: float | None
    gray_large: float | None
    source: SourceKind
    status: Status
    notice: PictureNotice | None = None

    @property
    def measured_gray(self) -> float | None:
        """The gray value if it was measured."""
        return None if self.source is SourceKind.SIMULATED else self.gray


@dataclass(frozen=True, slots=True)
class Sample:
    """A measurement with what the detector made of it; baseline and threshold are None where there is none yet."""

    measurement: Measurement
    baseline: float | None
    threshold: float | None
    in_peak_region: bool
    peak_signal: int | None
    peak: Peak | None
    rejection: Rejection | None
