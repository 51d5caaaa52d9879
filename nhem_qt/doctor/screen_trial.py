"""Tries one way to the pixels of the screen; run as a program by the doctor: WAY [LARGE_ROI].

It prints what it found as one JSON object.
"""

from __future__ import annotations

import contextlib
import json
import sys
import time
from typing import TYPE_CHECKING

from nhem_qt.capture import CaptureError, ScreenSource, grab_rate_hz, screen_ways
from nhem_qt.capture.grabber import GrabError
from nhem_qt.capture.mss_grabber import MssGrabber
from nhem_qt.capture.permission import may_see_windows
from nhem_qt.geometry import Roi

if TYPE_CHECKING:
    from collections.abc import Sequence

_TRIAL_S = 0.5
# Enough to know the speed, and no burden for a session that is just being measured.
_MOST_GRABS = 200
_LARGE_SIZE_PX = 500

_ATTEMPTS, _RETRY_S = 3, 0.3


def main(arguments: Sequence[str]) -> None:
    """Try the way of that name, with grabs of LARGE_ROI if all of it is on the screen."""
    way, *large = arguments
    with contextlib.ExitStack() as stack:
        _stay_connected(stack)
        try:
            found = _tried(way, Roi.parse(large[0]) if large else None)
        except CaptureError as error:
            found = {"failure": _innermost(error)}
    sys.stdout.write(json.dumps(found) + "\n")


def _stay_connected(stack: contextlib.ExitStack) -> None:
    """Be a client of the display meanwhile, as the program's window is in earnest.

    A virtual display without any begins anew, and refuses whoever comes at that moment.
    """
    for _ in range(_ATTEMPTS):
        with contextlib.suppress(GrabError):
            stack.callback(MssGrabber().close)
            return
        time.sleep(_RETRY_S)


def _tried(name: str, wanted: Roi | None) -> dict[str, object]:
    source = ScreenSource(ways=[way for way in screen_ways() if way.name == name])
    bounds, monitors = source.bounds, source.monitors
    large = wanted if wanted is not None and bounds.contains(wanted) else _middle(monitors[0] if monitors else bounds)
    return {
        "bounds": str(bounds),
        "monitors": [str(monitor) for monitor in monitors],
        "large": [large.width, large.height],
        "small_hz": grab_rate_hz(source, large.centre(), _TRIAL_S, _MOST_GRABS),
        "large_hz": grab_rate_hz(source, large, _TRIAL_S, _MOST_GRABS),
        "sees_windows": may_see_windows(),
    }


def _middle(monitor: Roi) -> Roi:
    return monitor.centre(min(_LARGE_SIZE_PX, monitor.width, monitor.height))


def _innermost(error: BaseException) -> str:
    """Return the reason without what a user of the program would be told to do."""
    return str(error.__cause__ or error)


if __name__ == "__main__":
    main(sys.argv[1:])
