"""The demo's treatment: what is fired when and with what effect, and what the scanner shows of it.

Time is counted in ultrasound pictures since the demo began. A shot is one emission at one spot. Between two shots the
patient takes a breath and the tissue is moved to the next spot; around a shot both lie still, as when shots wait for
the end of a breath.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

import numpy as np

from nhem_qt.capture.phantom import NOISE_REACH_PX, Glare, Mark, Picture, draw_glare

if TYPE_CHECKING:
    from collections.abc import Iterator

PICTURES_PER_S = 20

_FIRST_START = 60
_SHORTEST, _LONGEST = 10, 18
_SHORTEST_PAUSE, _LONGEST_PAUSE = 40, 100
_STILL_AFTER, _STILL_BEFORE = 12, 8
_SPOTS_PX = (0, 36, 72, 36, 0, -36, -72, -36)
_GREEN_SHARE = 0.5
_DIP_SHARE = 0.12

_BREATH_PX = -5.0
_PULSE_PX, _PULSE_HZ = 0.1, 1.2
_AFTERGLOW_S, _AFTERGLOW_LEVEL = 0.1, 0.12
_POST_S = (0.12, 0.5)
_FADING_S = 0.4  # as a real mark: 13.8 gray at once, 9 after 0.2 s, 7.5 after 0.35 s, 4.9 after 0.7 s, 2.1 after 2.3 s
_SHOTS_SEEN = 6  # the mark of the one before them has faded from view


@dataclass(frozen=True, slots=True)
class Shot:
    """One emission, seen in the pictures start <= number < end.

    `rise_gray` is how far it lifts the small ROI, `difference` what its mark adds there afterwards, as the mean from
    0.12 to 0.5 s after the end; `spot_px` is how far the tissue is shifted to the right during it.
    """

    start: int
    end: int
    rise_gray: float
    difference: float
    spot_px: int


_NO_SHOT = Shot(-_STILL_AFTER - 1, -_STILL_AFTER, rise_gray=0.0, difference=0.0, spot_px=_SPOTS_PX[0])


class Treatment:
    """The shots of a seed (0 or more) and their pictures, made when asked for; what is long over is forgotten."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._upcoming = shots(seed)
        self._over = deque([_NO_SHOT], maxlen=_SHOTS_SEEN)
        self._next = next(self._upcoming)

    def picture(self, number: int) -> Picture:
        """Return the ultrasound picture `number`, 0 or more and never less than the one before."""
        while number >= self._next.end:
            self._over.append(self._next)
            self._next = next(self._upcoming)
        rng = np.random.default_rng((self._seed, number))
        shift_px = self._shift_px(number)
        return Picture(
            shift_px=shift_px,
            noise_px=(int(rng.integers(NOISE_REACH_PX)), int(rng.integers(NOISE_REACH_PX))),
            gain=rng.normal(1.0, 0.0007),
            marks=self._marks(number, shift_px),
            glare=self._glare(number, rng),
        )

    def _shift_px(self, number: int) -> tuple[int, float]:
        last, coming = self._over[-1], self._next
        begin, finish = last.end + _STILL_AFTER, coming.start - _STILL_BEFORE
        progress = min(max((number - begin) / (finish - begin), 0.0), 1.0)
        moved = progress**2 * (3 - 2 * progress)
        breath_px = _BREATH_PX * math.sin(math.pi * progress) ** 2
        pulse_px = _PULSE_PX * math.sin(2 * math.pi * _PULSE_HZ * number / PICTURES_PER_S)
        return round(last.spot_px + moved * (coming.spot_px - last.spot_px)), breath_px + pulse_px

    def _marks(self, number: int, shift_px: tuple[int, float]) -> tuple[Mark, ...]:
        x_px, y_px = shift_px
        begun = [shot for shot in (*self._over, self._next) if shot.start <= number]
        return tuple(Mark(x_px - shot.spot_px, y_px, _mark_gray(shot, number)) for shot in begun)

    def _glare(self, number: int, rng: np.random.Generator) -> Glare | None:
        shot = self._next
        if number == shot.start:
            return draw_glare(rng, shot.rise_gray, 1.0, swept=rng.uniform(0.2, 0.9))
        if number > shot.start:
            dip = rng.uniform(0.5, 0.8) if rng.random() < _DIP_SHARE else 1.0
            return draw_glare(rng, shot.rise_gray, dip * rng.uniform(0.92, 1.08))
        return self._afterglow(number, rng)

    def _afterglow(self, number: int, rng: np.random.Generator) -> Glare | None:
        left = 1 - _since_s(self._over[-1], number) / _AFTERGLOW_S
        if left <= 0:
            return None
        return draw_glare(rng, self._over[-1].rise_gray, _AFTERGLOW_LEVEL * left * rng.random())


def shots(seed: int) -> Iterator[Shot]:
    """Draw the shots of a seed without end, the same every time; one of the first two is green, the other red."""
    rng = np.random.default_rng(seed)
    first_is_green = bool(rng.integers(2))
    start = _FIRST_START
    for number in count():
        end = start + int(rng.integers(_SHORTEST, _LONGEST, endpoint=True))
        is_green = first_is_green == (number == 0) if number <= 1 else rng.random() < _GREEN_SHARE
        difference = rng.uniform(4.0, 8.5) if is_green else rng.uniform(-0.5, 0.6)
        yield Shot(start, end, rng.uniform(25.0, 38.0), difference, _SPOTS_PX[number % len(_SPOTS_PX)])
        start = end + int(rng.integers(_SHORTEST_PAUSE, _LONGEST_PAUSE, endpoint=True))


def _since_s(shot: Shot, number: int) -> float:
    """Time from the end of the shot to the middle of the picture's time on the screen."""
    return (number + 0.5 - shot.end) / PICTURES_PER_S


def _mark_gray(shot: Shot, number: int) -> float:
    """Gray that the mark adds to the small ROI: it grows evenly during the emission and fades ever slower after it."""
    since_s = _since_s(shot, number)
    grown = min((number + 1 - shot.start) / (shot.end - shot.start), 1.0)
    return shot.difference / _mean_left() * grown / (1 + max(since_s, 0.0) / _FADING_S)


def _mean_left() -> float:
    begin_s, end_s = _POST_S
    return _FADING_S * math.log((_FADING_S + end_s) / (_FADING_S + begin_s)) / (end_s - begin_s)
