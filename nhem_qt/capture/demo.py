"""The demo source: a moving ultrasound phantom with emissions whose truth is known."""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, Literal

from nhem_qt.capture.anatomy import BOUNDS
from nhem_qt.capture.phantom import Phantom
from nhem_qt.capture.source import CaptureError
from nhem_qt.capture.treatment import PICTURES_PER_S, Treatment, shots
from nhem_qt.frame import Frame, SourceKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from nhem_qt.capture.treatment import Shot
    from nhem_qt.frame import Pixels
    from nhem_qt.geometry import Roi

_GREEN_ABOVE_GRAY = 2.1


@dataclass(frozen=True, slots=True)
class Emission:
    """The truth of one emission.

    `start_s` and `end_s` count from the beginning of the demo; `difference` is the gray by which its mark raises the
    small ROI, as the mean from 0.12 to 0.5 s after the end.
    """

    start_s: float
    end_s: float
    difference: float

    @property
    def color(self) -> Literal["green", "red"]:
        """What the emission is called at the default difference threshold of 2.1 gray."""
        return "green" if self.difference > _GREEN_ABOVE_GRAY else "red"


class DemoSource:
    """A live source of invented pictures, the same for the same seed (0 or more) and clock.

    The demo begins with the first grab. From then on the scanner makes 20 pictures per second; grabs in between give
    the same picture again. The focus is the centre of `bounds`. `clock` gives seconds and never runs backwards.
    """

    kind = SourceKind.DEMO
    bounds = BOUNDS

    def __init__(self, seed: int = 1, clock: Callable[[], float] = time.perf_counter) -> None:
        self._seed = seed
        self._clock = clock
        self._phantom = Phantom(seed)
        self._treatment = Treatment(seed)
        self._picture = self._treatment.picture(0)
        self._number = 0
        self._drawn: tuple[Roi, Pixels] | None = None
        self._start_s: float | None = None

    @property
    def start_s(self) -> float | None:
        """The clock's time of the first grab, from which the truth counts; None before it."""
        return self._start_s

    def grab(self, roi: Roi) -> Frame:
        """Draw just `roi` as it is now; raises CaptureError if it is not inside `bounds`."""
        if not self.bounds.contains(roi):
            raise CaptureError(f"ROI {roi} is not inside the demo's picture {self.bounds}: choose a region within it")
        now_s = self._clock()
        if self._start_s is None:
            self._start_s = now_s
        self._turn_to(int((now_s - self._start_s) * PICTURES_PER_S))
        return Frame(self._pixels_of(roi), roi, now_s, self.kind)

    def close(self) -> None:
        """Do nothing: there is nothing to release."""

    def truth(self, until_s: float) -> tuple[Emission, ...]:
        """Return all emissions that end before `until_s`, a finite time in seconds since the demo began."""
        emissions = map(_emission, shots(self._seed))
        return tuple(takewhile(lambda emission: emission.end_s < until_s, emissions))

    def _turn_to(self, number: int) -> None:
        if number != self._number:
            self._picture = self._treatment.picture(number)
            self._number = number
            self._drawn = None

    def _pixels_of(self, roi: Roi) -> Pixels:
        """Draw `roi`, once as long as the picture stays the same; nobody may write to it."""
        if self._drawn is None or self._drawn[0] != roi:
            pixels = self._phantom.render(self._picture, roi)
            pixels.setflags(write=False)
            self._drawn = roi, pixels
        return self._drawn[1]


def _emission(shot: Shot) -> Emission:
    return Emission(shot.start / PICTURES_PER_S, shot.end / PICTURES_PER_S, shot.difference)
