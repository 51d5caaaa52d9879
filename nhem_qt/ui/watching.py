"""What the window says of its own while it monitors: how far the picture can be trusted, what is in the way."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nhem_qt.frame import SourceKind
from nhem_qt.monitor import HealthLevel, Status
from nhem_qt.ui.image_view import PictureState
from nhem_qt.worker import STALLED_AFTER_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from nhem_qt.detection import DetectorConfig
    from nhem_qt.monitor import HealthReport
    from nhem_qt.session import LiveSession


def picture_state(session: LiveSession, silence_s: float) -> tuple[PictureState, float | None]:
    """Return what the picture of a running session stands for, and its age in s where it is old.

    `silence_s` is how long ago the worker was last seen alive.
    """
    last, small = session.history.last, session.monitor.small_picture
    if silence_s > STALLED_AFTER_S:
        return PictureState.STALE, silence_s
    if last is not None and last.measurement.status is Status.FAILED:
        return PictureState.FAILED, None if small is None else session.age_s(small.frame)
    return PictureState.RUNNING, None


def health_of(session: LiveSession, silence_s: float, tr: Callable[[str], str]) -> HealthReport:
    """Return how well a running session goes; of a capture that hangs only this side can tell."""
    report = session.health_report()
    if silence_s <= STALLED_AFTER_S:
        return report
    words = tr("The capture does not answer: nothing has been measured for {0:.0f} s").format(silence_s)
    hanging = replace(report, level=HealthLevel.BAD, words=(words,), rate_hz=0.0, picture_rate_hz=0.0)
    return replace(hanging, synchronisation_rate=0.0, success_rate=0.0)


def source_of(session: LiveSession) -> SourceKind:
    """Return where the newest gray value comes from: in an emergency it may be simulated."""
    last = session.history.last
    return SourceKind(session.info.source) if last is None else last.measurement.source


def useless_threshold(session: LiveSession, detector: DetectorConfig, tr: Callable[[str], str]) -> str | None:
    """Say so where a fixed threshold can find nothing; None where it can."""
    last = session.history.last
    if last is None or last.baseline is None or detector.mode != "fixed" or last.baseline < detector.threshold:
        return None
    words = tr(
        "The baseline {0:.1f} lies above the fixed threshold {1:g}: no emission can be found. "
        "Use Detection > Set threshold from picture"
    )
    return words.format(last.baseline, detector.threshold)
