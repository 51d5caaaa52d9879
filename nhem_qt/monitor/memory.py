"""How the memory budget is shared out, and what it does not hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nhem_qt.geometry import Roi
    from nhem_qt.monitor.regions import Regions

_BYTES_PER_MB = 1_000_000
_LARGE_SHARE, _SMALL_SHARE, _SAMPLES_SHARE = 0.7, 0.2, 0.1

_BYTES_PER_PIXEL = 4
# What is held of a sample, and its row of the curve.
_BYTES_PER_SAMPLE = 400


@dataclass(frozen=True, slots=True)
class MemoryBudget:
    """Shares of `total_mb`: 70 % for large pictures, 20 % for small ones, 10 % for samples."""

    total_mb: float

    @property
    def large_bytes(self) -> int:
        """What pictures of the large ROI may take."""
        return int(_LARGE_SHARE * self.total_mb * _BYTES_PER_MB)

    @property
    def small_bytes(self) -> int:
        """What pictures of the small ROI may take."""
        return int(_SMALL_SHARE * self.total_mb * _BYTES_PER_MB)

    def samples(self, wanted: int) -> int:
        """Return how many samples may be held, at most as many as wanted."""
        return min(wanted, int(_SAMPLES_SHARE * self.total_mb * _BYTES_PER_MB) // _BYTES_PER_SAMPLE)

    def cut(self, regions: Regions, large: int, small: int) -> str | None:
        """Say how many pictures of these regions fit where that is less than wanted; None if all do."""
        fits = (
            ("large", _fitting(self.large_bytes, regions.large), large),
            ("small", _fitting(self.small_bytes, regions.small), small),
        )
        parts = [f"{held} instead of {wanted} {name} pictures" for name, held, wanted in fits if held < wanted]
        return f"The memory budget of {self.total_mb:g} MB holds {' and '.join(parts)}" if parts else None


def _fitting(budget_bytes: int, roi: Roi) -> int:
    """Return how many pictures fit; the newest one always does."""
    return max(1, budget_bytes // (_BYTES_PER_PIXEL * roi.area_px))
