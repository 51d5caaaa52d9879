"""Whether a ROI lies on the screen, and what of it does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nhem_qt.geometry import SMALL_ROI_SIZE_PX, Roi

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nhem_qt.config.model import RoiConfig

MIN_CLAMPED_PX = 8
"""A ROI of which less is left on the screen, in width or height, is not measured without being asked."""


@dataclass(frozen=True, slots=True)
class ValidationResult:
    """What came of a check: whether there is something to measure, the ROI to use, and what to tell the user.

    `adjusted` is the ROI as given if all of it is on the screen, the part that is, or None if it is not `valid`.
    """

    valid: bool
    adjusted: Roi | None
    messages: tuple[str, ...]


def validate_roi_coordinates(roi: RoiConfig | Roi, monitors: Sequence[Roi]) -> ValidationResult:
    """Clamp a ROI to the monitors, all in device pixels; coordinates may be negative.

    Between monitors of different heights there is no picture: a ROI that lies only there is not valid.
    """
    wanted = roi if isinstance(roi, Roi) else roi.roi
    parts = [part for monitor in dict.fromkeys(monitors) if (part := wanted.clamp(monitor))]
    if not parts:
        return _refused(f"ROI {wanted} lies outside of {_listed(monitors)}: select a region on the screen")
    left = _around(parts)
    if left != wanted and min(left.width, left.height) < min(MIN_CLAMPED_PX, wanted.width, wanted.height):
        return _refused(
            f"Only {left.width}x{left.height} px of ROI {wanted} lie on {_listed(monitors)}, which is too little to "
            "measure: select a region on the screen"
        )
    return ValidationResult(valid=True, adjusted=left, messages=tuple(_messages(wanted, left, parts, monitors)))


def _refused(message: str) -> ValidationResult:
    return ValidationResult(valid=False, adjusted=None, messages=(message,))


def _messages(wanted: Roi, left: Roi, parts: Sequence[Roi], monitors: Sequence[Roi]) -> list[str]:
    messages = []
    if left != wanted:
        messages.append(f"ROI {wanted} reaches beyond {_listed(monitors)}: it is adjusted to {left}")
    if sum(part.area_px for part in parts) < left.area_px:
        messages.append(f"A part of ROI {left} lies between the monitors, where there is no picture")
    if min(left.width, left.height) < SMALL_ROI_SIZE_PX:
        size = f"{SMALL_ROI_SIZE_PX}x{SMALL_ROI_SIZE_PX}"
        messages.append(f"ROI {left} is smaller than {size} px: all of it ({left.width}x{left.height} px) is measured")
    return messages


def _around(parts: Sequence[Roi]) -> Roi:
    """Return the smallest rectangle around all parts."""
    return Roi(
        min(part.x1 for part in parts),
        min(part.y1 for part in parts),
        max(part.x2 for part in parts),
        max(part.y2 for part in parts),
    )


def _listed(monitors: Sequence[Roi]) -> str:
    if not monitors:
        return "the screen, of which no monitor is known"
    name = "the monitor" if len(monitors) == 1 else "the monitors"
    return f"{name} {' and '.join(map(str, monitors))}"
