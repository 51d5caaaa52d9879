"""Pixels with the time and place they were taken, and their gray value."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nhem_qt.geometry import Roi

Pixels: TypeAlias = "np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]"
"""BGRA, shape (height, width, 4)."""

# Larger arrays are no longer taken from memory that was used before.
_BAND_PX = 32_000

# The bytes of a pixel in one number.
_BGRA = np.dtype("<u4")


class SourceKind(StrEnum):
    """Where a gray value comes from."""

    SCREEN = "screen"
    VIDEO = "video"
    CSV = "csv"
    DEMO = "demo"
    SINE = "sine"
    SIMULATED = "simulated"


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """The pixels of one grab: BGRA, uint8, shape (roi.height, roi.width, 4).

    `t_s` is the capture time: on the clock of a live source, the presentation time of a recorded one.
    """

    pixels: Pixels
    roi: Roi
    t_s: float
    source: SourceKind

    def crop(self, roi: Roi) -> Frame:
        """Return the part of this frame at `roi` (device pixels, inside this frame) as a view."""
        return Frame(self.pixels[roi.slices_in(self.roi)], roi, self.t_s, self.source)

    def copy(self) -> Frame:
        """Return the same frame with pixels of its own: a view would keep the whole grab in memory."""
        return Frame(self.pixels.copy(), self.roi, self.t_s, self.source)

    @property
    def is_own(self) -> bool:
        """Whether nobody can write to the pixels, and they keep nothing else in memory: then no copy is needed."""
        return not self.pixels.flags.writeable and _bytes_kept(self.pixels) == self.pixels.nbytes

    def owned(self) -> Frame:
        """Return the same frame for keeping: this one if its pixels are its own, else a copy."""
        return self if self.is_own else self.copy()

    @property
    def gray(self) -> float:
        """Mean gray value of all pixels, 0-255."""
        return gray_value(self.pixels)


def _bytes_kept(pixels: Pixels) -> float:
    """Return how much an array keeps in memory, with all that it is a view of; infinite where that cannot be told."""
    owner: object = pixels
    while isinstance(owner, np.ndarray | memoryview):
        below = owner.base if isinstance(owner, np.ndarray) else owner.obj
        if below is None:
            return owner.nbytes
        owner = below
    return len(owner) if isinstance(owner, bytes | bytearray) else math.inf


def gray_value(bgra: Pixels) -> float:
    """Mean Rec. 601 luma of BGRA pixels, shape (h, w, 4), uint8; 0-255.

    Per pixel (19595 R + 38470 G + 7471 B + 32768) >> 16 as Pillow's mode "L" has it, so that the mean is equal to
    Pillow's to the bit. Works through the rows in bands: temporaries stay small however large the picture is.
    """
    height, width = bgra.shape[:2]
    rows = max(1, _BAND_PX // width)
    return sum(_luma_sum(bgra[top : top + rows]) for top in range(0, height, rows)) / (height * width)


def _luma_sum(bgra: Pixels) -> int:
    # Four bytes at once: to walk through every fourth byte takes twice as long.
    pixels = np.ascontiguousarray(bgra).view(_BGRA)
    luma = _weighted(pixels >> _BGRA.type(16), 19595)
    luma += _weighted(pixels >> _BGRA.type(8), 38470)
    luma += _weighted(pixels.copy(), 7471)
    luma += _BGRA.type(32768)
    luma >>= _BGRA.type(16)
    return int(luma.sum(dtype=_BGRA))


def _weighted(values: NDArray[np.uint32], weight: int) -> NDArray[np.uint32]:
    """Multiply the lowest bytes in place."""
    values &= _BGRA.type(255)
    values *= _BGRA.type(weight)
    return values
