"""Which region of a recording is measured, by the size of its pictures."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from nhem_qt.errors import NhemError
from nhem_qt.geometry import InvalidRoiError, Roi

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class NoRoiError(NhemError):
    """No region is given for pictures of this size."""


@dataclass(frozen=True, slots=True)
class SizedRoi:
    """A region, for pictures of one size (width, height) in px or, if that is None, for all others."""

    roi: Roi
    size: tuple[int, int] | None = None

    @classmethod
    def parse(cls, text: str) -> SizedRoi:
        """Read `X1,Y1,X2,Y2` or `WxH:X1,Y1,X2,Y2`; raises InvalidRoiError if the text is anything else."""
        size, colon, numbers = text.rpartition(":")
        return cls(Roi.parse(numbers), _size(size) if colon else None)


@dataclass(frozen=True, slots=True)
class RoiChoice:
    """The regions of a batch: one for every size of picture, and one for all other sizes."""

    other: Roi | None = None
    of_size: Mapping[tuple[int, int], Roi] = field(default_factory=lambda: MappingProxyType({}))

    @classmethod
    def of(cls, rois: Iterable[SizedRoi]) -> RoiChoice:
        """Gather regions; raises InvalidRoiError if two are given for one size."""
        of_size: dict[tuple[int, int] | None, Roi] = {}
        for one in rois:
            if one.size in of_size:
                which = "two" if one.size is None else f"two for pictures of {_words(one.size)}"
                raise InvalidRoiError(f"Of these ROIs there are {which}: give one for every size, as WxH:X1,Y1,X2,Y2")
            of_size[one.size] = one.roi
        other = of_size.pop(None, None)
        return cls(other, {size: roi for size, roi in of_size.items() if size is not None})

    def roi_for(self, bounds: Roi) -> Roi:
        """Return the region for pictures as large as `bounds`: all of them if no region is given at all.

        Raises NoRoiError if there are regions for other sizes only.
        """
        size = bounds.width, bounds.height
        roi = self.of_size.get(size, self.other)
        if roi is None and self.of_size:
            raise NoRoiError(f"No ROI is given for pictures of {_words(size)}: add --roi {_words(size)}:X1,Y1,X2,Y2")
        return roi or bounds


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise InvalidRoiError(f"{text!r} is no size of a picture: give WxH, such as 1920x1080")
    return int(width), int(height)


def _words(size: tuple[int, int]) -> str:
    return f"{size[0]}x{size[1]}"
