"""The pictures of the demo: an ultrasound phantom, drawn one rectangle at a time.

All that stays the same is made once. A picture is a handful of slices of it, so that a small rectangle costs little and
a pixel does not depend on the rectangle that it is asked for in.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from nhem_qt.capture import anatomy
from nhem_qt.capture.anatomy import BOUNDS, FOCUS_GRAY, FOCUS_X_PX, FOCUS_Y_PX, HALF_ANGLE_RAD, SHIFT_X_PX, SHIFT_Y_PX
from nhem_qt.geometry import SMALL_ROI_SIZE_PX, Roi

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import TypeAlias

    import numpy.typing as npt

    from nhem_qt.capture.anatomy import Field
    from nhem_qt.frame import Pixels

    _Spot: TypeAlias = tuple[Roi, Field]

NOISE_REACH_PX = 256

_LINES = 1024
_ZONES_END_PX = (190, 242)  # from one transmit zone to the next, by distance from the apex, the gaps of the glare jump
_GAP_SPACING_RAD, _GAP_RAD = 0.21, 0.045
_GLARE_WEIGHT = 0.75
_MARK_SD_X_PX, _MARK_SD_Y_PX = 6.0, 9.0
_BAND_PX = 32_000
_BLACK = np.uint32(0xFF000000)


@dataclass(frozen=True, slots=True)
class Mark:
    """A bright spot in the tissue: its centre in pixels off the focus, and what it adds to the small ROI if centred."""

    x_px: float
    y_px: float
    gray: float


@dataclass(frozen=True, slots=True, eq=False)
class Glare:
    """The interference of an emission: how far each scan line of each zone is taken over, 0-1, and by which gray."""

    weight: Field
    gray: float


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """What tells one ultrasound picture from the next.

    `shift_px`: the tissue to the right and down, at most SHIFT_X_PX and SHIFT_Y_PX. `noise_px`: the corner, x and y
    from 0 to NOISE_REACH_PX, from which the noise is taken. `gain` multiplies all gray values.
    """

    shift_px: tuple[int, float]
    noise_px: tuple[int, int]
    gain: float = 1.0
    marks: tuple[Mark, ...] = ()
    glare: Glare | None = None


class Phantom:
    """A piece of tissue under a sector scanner, the same for the same seed (0 or more)."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self._tissue = anatomy.tissue(rng)
        self._noise = _noise(rng)
        self._sector = anatomy.sector()
        self._edges_px = _edges_px(self._sector)
        self._line_index, self._glare_share = _lines()
        annotation, is_annotated = anatomy.annotation()
        self._annotated_px, self._annotation = np.nonzero(is_annotated), annotation[is_annotated]

    def render(self, picture: Picture, roi: Roi) -> Pixels:
        """Return the BGRA pixels of `roi`, inside BOUNDS, as an array of their own: (height, width, 4), uint8."""
        bgra = np.full((roi.height, roi.width), _BLACK, "<u4")
        spots = [_spot(mark) for mark in picture.marks]
        for band in self._bands(roi):
            bgra[band.slices_in(roi)] = self._drawn(picture, spots, band)
        self._annotate(bgra, roi)
        return bgra.view(np.uint8).reshape(roi.height, roi.width, 4)

    def _bands(self, roi: Roi) -> Iterator[Roi]:
        """Yield the rectangles that hold all of the sector: small, so that what is computed stays at hand."""
        rows = max(1, _BAND_PX // roi.width)
        for top in range(roi.y1, roi.y2, rows):
            bottom = min(top + rows, roi.y2)
            left = max(roi.x1, int(self._edges_px[0][top:bottom].min()))
            right = min(roi.x2, int(self._edges_px[1][top:bottom].max()))
            if left < right:
                yield Roi(left, top, right, bottom)

    def _drawn(self, picture: Picture, spots: Sequence[_Spot], roi: Roi) -> npt.NDArray[np.uint32]:
        """Return the pixels without annotation, each as one number."""
        here = roi.slices_in(BOUNDS)
        gray = self._moved_tissue(picture.shift_px, roi)
        for place, spot in spots:
            seen = place.clamp(roi)
            if seen is not None:
                gray[seen.slices_in(roi)] += spot[seen.slices_in(place)]
        if picture.glare is not None:
            np.maximum(gray, 0, out=gray)
            weight = picture.glare.weight.ravel().take(self._line_index[here])
            weight *= self._glare_share[here]
            gray += weight * (np.float32(picture.glare.gray) - gray)
        gray *= self._sector[here]
        gray *= self._noise_at(picture.noise_px, roi)
        gray *= np.float32(picture.gain)
        gray += np.float32(0.5)
        # Numbers with a sign are converted, and whole ones compared, four times as fast as others.
        levels = gray.astype("<i4")
        np.maximum(levels, 0, out=levels)
        np.minimum(levels, 255, out=levels)
        bgra: npt.NDArray[np.uint32] = levels.view("<u4")
        bgra *= np.uint32(0x010101)
        bgra |= _BLACK
        return bgra

    def _moved_tissue(self, shift_px: tuple[int, float], roi: Roi) -> Field:
        left = roi.x1 + SHIFT_X_PX - shift_px[0]
        whole, part = divmod(-shift_px[1], 1)  # without roi.y1, lest the rounding of `part` depend on it
        top = roi.y1 + SHIFT_Y_PX + int(whole)
        rows = self._tissue[top : top + roi.height + 1, left : left + roi.width]
        gray = rows[1:] - rows[:-1]
        gray *= np.float32(part)
        gray += rows[:-1]
        return gray

    def _noise_at(self, noise_px: tuple[int, int], roi: Roi) -> Field:
        left, top = noise_px[0] + roi.x1, noise_px[1] + roi.y1
        return self._noise[top : top + roi.height, left : left + roi.width]

    def _annotate(self, bgra: npt.NDArray[np.uint32], roi: Roi) -> None:
        rows, columns = self._annotated_px
        near = slice(*np.searchsorted(rows, (roi.y1, roi.y2)))
        within = (columns[near] >= roi.x1) & (columns[near] < roi.x2)
        bgra[rows[near][within] - roi.y1, columns[near][within] - roi.x1] = self._annotation[near][within]


def _edges_px(sector: Field) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return for each row the first column that the scanner sees, and the one after the last."""
    is_seen, width = sector > 0, sector.shape[1]
    nothing = ~is_seen.any(1)
    return np.where(nothing, width, is_seen.argmax(1)), np.where(nothing, 0, width - is_seen[:, ::-1].argmax(1))


def draw_glare(rng: np.random.Generator, rise_gray: float, level: float, swept: float = 1.0) -> Glare:
    """Draw the glare of one picture: bright streaks along the scan lines with dark gaps between them.

    At `level` 1 it raises the small ROI by about `rise_gray`, below 1 by less. Only the share `swept` of the lines,
    from the right, has it: an emission begins while the scanner is in the midst of a picture.
    """
    angle_rad = np.linspace(-HALF_ANGLE_RAD, HALF_ANGLE_RAD, _LINES)
    phase_rad = rng.uniform(0, _GAP_SPACING_RAD, (len(_ZONES_END_PX) + 1, 1))
    to_gap_rad = np.abs((angle_rad + phase_rad) % _GAP_SPACING_RAD - _GAP_SPACING_RAD / 2) - _GAP_RAD / 2
    weight = np.clip(to_gap_rad / 0.006, 0, 1) * _streaks(rng) * (_GLARE_WEIGHT * level)
    weight[:, : round((1 - swept) * _LINES)] = 0
    lit = _GLARE_WEIGHT * (1 - _GAP_RAD / _GAP_SPACING_RAD)
    return Glare(np.minimum(weight, 1).astype(np.float32), FOCUS_GRAY + rise_gray / lit)


def _streaks(rng: np.random.Generator) -> npt.NDArray[np.float64]:
    knots = rng.normal(1.0, 0.1, 200)
    return np.interp(np.linspace(0, 199, _LINES), np.arange(200), knots)


def _lines() -> tuple[npt.NDArray[np.intp], Field]:
    """Return the index of each pixel's zone and line in `Glare.weight`, and the share of it seen in that depth."""
    radius_px, angle_rad = anatomy.polar(*anatomy.picture_grid())
    zone = np.searchsorted(_ZONES_END_PX, radius_px)
    line = np.clip((angle_rad / HALF_ANGLE_RAD + 1) * _LINES / 2, 0, _LINES - 1)
    share = np.interp(radius_px, (110, 150, *_ZONES_END_PX), (0, 0.25, 0.5, 1))
    return zone * _LINES + line.astype(np.intp), share.astype(np.float32)


def _noise(rng: np.random.Generator) -> Field:
    shape = (BOUNDS.height + NOISE_REACH_PX, BOUNDS.width + NOISE_REACH_PX)
    return np.float32(1) + np.float32(0.03) * anatomy.smooth_noise(rng, shape, (0.7, 1.1))


def _spot(mark: Mark) -> _Spot:
    """Return what a mark adds to the gray values, and where."""
    place = BOUNDS.centre(2 * round(3 * _MARK_SD_Y_PX)).moved(round(mark.x_px), round(mark.y_px))
    column = _bell(np.arange(place.y1, place.y2) - FOCUS_Y_PX - mark.y_px, _MARK_SD_Y_PX)
    row = _bell(np.arange(place.x1, place.x2) - FOCUS_X_PX - mark.x_px, _MARK_SD_X_PX)
    return place, (mark.gray * np.outer(column, row)).astype(np.float32)


def _bell(off_px: npt.NDArray[np.floating], sd_px: float) -> npt.NDArray[np.floating]:
    """Gaussian with mean 1 over the width of the small ROI."""
    half_px = SMALL_ROI_SIZE_PX / 2
    mean = sd_px * math.sqrt(math.pi / 2) * math.erf(half_px / sd_px / math.sqrt(2)) / half_px
    return np.exp(-((off_px / sd_px) ** 2) / 2) / mean
