"""The pattern of a picture, and how much two of them are alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nhem_qt.frame import Pixels

Cells: TypeAlias = "NDArray[np.float32]"

_GRID = 32
_DARK_GRAY = 8.0
_FEWEST_CELLS = 60
# Of noise alone less is left in a cell.
_LEAST_SD_GRAY = 4.0
# The tissue may move by a quarter of the picture from one picture to the next and still be the same.
_REACH_CELLS = 8
_LEAST_OVERLAP = 0.4
_PLAINLY_ALIKE = 0.6


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """What is brighter or darker than its neighbourhood, in a grid of 32x32 cells laid over the picture.

    Cells in or beside the dark count for nothing (`lit` is False): the outline of a scanner's picture never changes.
    """

    contrast: Cells
    lit: NDArray[np.bool_]

    @classmethod
    def of(cls, bgra: Pixels) -> Pattern:
        """Find the pattern of BGRA pixels, shape (h, w, 4), uint8."""
        gray = _cell_means(bgra)
        lit = _least_around(gray) > _DARK_GRAY
        contrast = np.where(lit, gray - _mean_around(gray), np.float32(0))
        count = np.count_nonzero(lit)
        if count:
            contrast[lit] -= contrast.sum() / np.float32(count)
        return cls(contrast, lit)

    def likeness(self, other: Pattern, *, shifted: bool) -> float | None:
        """Correlation with another pattern, -1 to 1; if `shifted`, as if the best shift between them were undone.

        None where one of them shows too little to tell.
        """
        if not (self.tells and other.tells):
            return None
        covariance = float((self.contrast * other.contrast).sum())
        plain = covariance / (self._energy * other._energy) ** 0.5
        return _best_shifted(self, other) if shifted and plain < _PLAINLY_ALIKE else plain

    @property
    def tells(self) -> bool:
        """Whether enough of it is lit and structured to tell one scene from another."""
        count = np.count_nonzero(self.lit)
        return bool(count >= _FEWEST_CELLS and self._energy >= count * _LEAST_SD_GRAY**2)

    @property
    def _energy(self) -> float:
        return float((self.contrast**2).sum())


def _cell_means(bgra: Pixels) -> Cells:
    """Mean green of every cell, from four pixels of it; those of a smaller picture are taken several times."""
    count = 2 * _GRID
    rows, columns = (((np.arange(count) + 0.5) * size / count).astype(np.intp) for size in bgra.shape[:2])
    samples = bgra[..., 1][np.ix_(rows, columns)].astype(np.float32)
    pairs = samples[::2] + samples[1::2]
    return ((pairs[:, ::2] + pairs[:, 1::2]) / 4).astype(np.float32, copy=False)


def _padded(gray: Cells, reach: int) -> Cells:
    """Repeat the outer cells outwards."""
    places = np.clip(np.arange(-reach, _GRID + reach), 0, _GRID - 1)
    return gray[np.ix_(places, places)]


def _least_around(gray: Cells) -> Cells:
    """Least of each cell and the eight around it."""
    padded = _padded(gray, 1)
    across = np.minimum(np.minimum(padded[:, :-2], padded[:, 1:-1]), padded[:, 2:])
    return np.minimum(np.minimum(across[:-2], across[1:-1]), across[2:])


def _mean_around(gray: Cells) -> Cells:
    """Mean of the 5x5 cells around each cell."""
    padded = _padded(gray, 2)
    across = padded[:, :-4] + padded[:, 1:-3] + padded[:, 2:-2] + padded[:, 3:-1] + padded[:, 4:]
    sums: Cells = across[:-4] + across[1:-3] + across[2:-2] + across[3:-1] + across[4:]
    return sums / np.float32(25)


def _best_shifted(first: Pattern, second: Pattern) -> float:
    """Highest correlation over the shifts within reach, each over the cells that are lit in both."""
    one, other = _spectra(first), _spectra(second)
    products = np.fft.irfft2(np.conj(one) * other)
    common, covariance = products[1], products[0]
    energy_one = np.fft.irfft2(np.conj(one[2]) * other[1])
    energy_other = np.fft.irfft2(np.conj(one[1]) * other[2])
    correlation = covariance / np.sqrt(np.maximum(energy_one * energy_other, 1e-6))
    fewest = _LEAST_OVERLAP * min(np.count_nonzero(first.lit), np.count_nonzero(second.lit))
    correlation[common < fewest] = -1.0
    within = np.r_[0 : _REACH_CELLS + 1, -_REACH_CELLS:0]
    return float(correlation[np.ix_(within, within)].max())


def _spectra(pattern: Pattern) -> NDArray[np.complexfloating]:
    """Spectra of contrast, lit cells and squared contrast, with room for shifts."""
    planes = np.stack((pattern.contrast, pattern.lit.astype(np.float32), pattern.contrast**2))
    return np.fft.rfft2(planes, (2 * _GRID, 2 * _GRID))
