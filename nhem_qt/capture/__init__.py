"""Where pixels come from."""

from nhem_qt.capture.demo import DemoSource
from nhem_qt.capture.open import SourceChoice, open_source
from nhem_qt.capture.screen import ScreenSource
from nhem_qt.capture.sine import SineSource
from nhem_qt.capture.source import CaptureError, FrameSource, RecordedSource
from nhem_qt.capture.video import VideoSource

__all__ = [
    "CaptureError",
    "DemoSource",
    "FrameSource",
    "RecordedSource",
    "ScreenSource",
    "SineSource",
    "SourceChoice",
    "VideoSource",
    "open_source",
]
