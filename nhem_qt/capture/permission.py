"""Whether the system lets this program see the screen."""

from __future__ import annotations

import ctypes
import sys

_CORE_GRAPHICS = "/System/Library/Frameworks/CoreGraphics.framework/CoreGraphics"


def may_see_windows() -> bool:
    """Whether other programs' windows are in what is grabbed; macOS gives the wallpaper alone until it is allowed."""
    if str(sys.platform) != "darwin":
        return True
    try:
        ask = ctypes.CDLL(_CORE_GRAPHICS).CGPreflightScreenCaptureAccess
    except (OSError, AttributeError):
        # Older systems need no permission.
        return True
    ask.restype = ctypes.c_bool
    return bool(ask())
