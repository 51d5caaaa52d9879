"""What a source can promise, found out before it is relied on."""

from __future__ import annotations

import contextlib
import os
import statistics
import time
from typing import TYPE_CHECKING

from nhem_qt.capture.permission import may_see_windows
from nhem_qt.capture.screen import is_wayland
from nhem_qt.capture.source import CaptureError
from nhem_qt.frame import SourceKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from nhem_qt.capture.source import FrameSource
    from nhem_qt.geometry import Roi

_TRIALS = 5
_LONGEST_TRIAL_S = 0.25

NO_PERMISSION = (
    "macOS shows this program the wallpaper instead of the windows of other programs: allow it in System Settings > "
    "Privacy & Security > Screen Recording, then start it anew"
)


def grab_rate_hz(
    source: FrameSource, roi: Roi, seconds: float, most: int, clock: Callable[[], float] = time.perf_counter
) -> float:
    """Return how many grabs of `roi` per second a source can give, of `most` grabs or of what `seconds` allow.

    It is the median that counts, for the first grab may have to make ready. Raises CaptureError.
    """
    durations_s: list[float] = []
    end_s = clock() + seconds
    while len(durations_s) < most and (not durations_s or clock() < end_s):
        begin_s = clock()
        source.grab(roi)
        durations_s.append(clock() - begin_s)
    return 1 / max(statistics.median(durations_s), 1e-6)


def start_notices(source: FrameSource, roi: Roi, rate_hz: float) -> tuple[str, ...]:
    """Return what the operator should know of a source before `roi` is grabbed `rate_hz` times per second.

    Only a screen has such things to tell; it is grabbed for up to a quarter of a second, or once where that takes
    longer. A grab that fails tells nothing here: the ticks will. What is worst comes last, where it is seen longest.
    """
    if source.kind is not SourceKind.SCREEN:
        return ()
    permission = () if may_see_windows() else (NO_PERMISSION,)
    return (*_speed_notices(source, roi, rate_hz), *permission)


def _speed_notices(source: FrameSource, roi: Roi, rate_hz: float) -> tuple[str, ...]:
    with contextlib.suppress(CaptureError, OSError, MemoryError):
        possible_hz = grab_rate_hz(source, roi, _LONGEST_TRIAL_S, _TRIALS)
        if possible_hz < rate_hz:
            return (_too_slow(possible_hz, rate_hz),)
    return ()


def _too_slow(possible_hz: float, rate_hz: float) -> str:
    way_out = (
        "log in to an X11 session, for Wayland is slow at it"
        if is_wayland(os.environ)
        else "lower data_processing.fps, or choose a smaller region"
    )
    return (
        f"The screen gives {possible_hz:.1f} pictures per second, not the {rate_hz:g} that are wanted, so short "
        f"emissions may be missed: {way_out}"
    )
