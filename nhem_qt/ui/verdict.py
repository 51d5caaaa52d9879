"""How the verdict on an emission is written: colour, shape and word together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nhem_qt.ui import palette

if TYPE_CHECKING:
    from PySide6.QtGui import QColor


@dataclass(frozen=True, slots=True)
class Verdict:
    """The look of a peak's colour."""

    shape: str
    word: str
    colour: QColor

    def __str__(self) -> str:
        return f"{self.shape} {self.word}"


HEM = Verdict("\N{BLACK UP-POINTING TRIANGLE}", "HEM", palette.GREEN)
NO_HEM = Verdict("\N{BLACK CIRCLE}", "no HEM", palette.RED)


def verdict_of(color: str) -> Verdict:
    """Return the verdict for a peak's colour, green or red."""
    return HEM if color == "green" else NO_HEM
