"""Which source is wanted, and opening it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nhem_qt.capture.demo import DemoSource
from nhem_qt.capture.screen import ScreenSource
from nhem_qt.capture.sine import SineSource
from nhem_qt.capture.source import CaptureError
from nhem_qt.capture.video import VideoSource
from nhem_qt.frame import SourceKind

if TYPE_CHECKING:
    from nhem_qt.capture.source import FrameSource


@dataclass(frozen=True, slots=True)
class SourceChoice:
    """A kind of source, and the file where it is a video."""

    kind: SourceKind
    path: Path | None = None

    def __str__(self) -> str:
        return self.kind if self.path is None else f"{self.kind}: {self.path.name}"

    @classmethod
    def parse(cls, text: str) -> SourceChoice:
        """Read `screen`, `demo`, `sine` or `video:PATH`; raises CaptureError if the text is anything else."""
        name, _, path = text.partition(":")
        if name == SourceKind.VIDEO and path:
            return cls(SourceKind.VIDEO, Path(path))
        if text in (SourceKind.SCREEN, SourceKind.DEMO, SourceKind.SINE):
            return cls(SourceKind(text))
        raise CaptureError(f"{text!r} is no source: choose screen, demo, sine or video:PATH")


def open_source(choice: SourceChoice) -> FrameSource:
    """Open the chosen source in the calling thread, which is the one that grabs; raises CaptureError."""
    match choice.kind:
        case SourceKind.VIDEO if choice.path is not None:
            return VideoSource(choice.path)
        case SourceKind.DEMO:
            return DemoSource()
        case SourceKind.SINE:
            return SineSource()
        case _:
            return ScreenSource()
