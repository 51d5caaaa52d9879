"""Where pixels come from."""

from nhem_qt.capture.dating import recorded_at
from nhem_qt.capture.demo import DemoSource
from nhem_qt.capture.open import SourceChoice, open_source
from nhem_qt.capture.promise import NO_PERMISSION, grab_rate_hz, start_notices
from nhem_qt.capture.screen import ScreenSource, Way, is_wayland, monitors_now, screen_ways
from nhem_qt.capture.sine import SineSource
from nhem_qt.capture.source import CaptureError, FrameSource, RecordedSource
from nhem_qt.capture.video import VIDEO_SUFFIXES, VideoSource
from nhem_qt.capture.video_preview import VideoFacts, frames_before, look_at, still_at

__all__ = [
    "NO_PERMISSION",
    "VIDEO_SUFFIXES",
    "CaptureError",
    "DemoSource",
    "FrameSource",
    "RecordedSource",
    "ScreenSource",
    "SineSource",
    "SourceChoice",
    "VideoFacts",
    "VideoSource",
    "Way",
    "frames_before",
    "grab_rate_hz",
    "is_wayland",
    "look_at",
    "monitors_now",
    "open_source",
    "recorded_at",
    "screen_ways",
    "start_notices",
    "still_at",
]
