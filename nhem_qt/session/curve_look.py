"""How a curve is drawn: on the screen, and on paper."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

# The frame of the curve, the last two from the right and the lower edge.
LEFT, TOP = 75.0, 148.0
_MARGIN_RIGHT, _MARGIN_BOTTOM = 30.0, 65.0


class Tint(NamedTuple):
    """The colours of a verdict: of its line and letters, and of its span."""

    line: str
    shade: str


@dataclass(frozen=True, slots=True)
class CurveLook:
    """The size of a drawing in px, and its colours."""

    width: int
    height: int
    background: str
    grid: str
    text: str
    muted: str
    warning: str
    baseline: str
    threshold: str
    mark: str
    green: Tint
    red: Tint

    @property
    def columns(self) -> int:
        """As many stretches of a curve can be told apart."""
        return round(self.right - LEFT)

    @property
    def right(self) -> float:
        """Where the curve ends."""
        return self.width - _MARGIN_RIGHT

    @property
    def bottom(self) -> float:
        """Where the time axis lies."""
        return self.height - _MARGIN_BOTTOM


DARK = CurveLook(
    width=1600,
    height=700,
    background="#14171a",
    grid="#2a3139",
    text="#e6e9ec",
    muted="#9aa4ad",
    warning="#e3b341",
    baseline="#4cc2ff",
    threshold="#e3b341",
    mark="#d2a8ff",
    green=Tint("#3fb950", "#1d3f27"),
    red=Tint("#f85149", "#4f2424"),
)
"""Like the window."""

LIGHT = CurveLook(
    width=1080,
    height=600,
    background="#ffffff",
    grid="#e1e4e8",
    text="#16191d",
    muted="#57606a",
    warning="#8a5a00",
    baseline="#0969da",
    threshold="#a86d00",
    mark="#7a3fc4",
    green=Tint("#1a7f37", "#d3f0da"),
    red=Tint("#c5221f", "#fbdad7"),
)
"""For paper: as wide as a page, the words are large enough to be read."""
