"""The rectangle that is being selected, without its drawing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nhem_qt.ui.region_grip import MOVE, Grip, facing, grip_at, moved_inside, pulled, spanned, stretched
from nhem_qt.ui.region_history import RegionHistory

if TYPE_CHECKING:
    from nhem_qt.geometry import Roi
    from nhem_qt.ui.region_grip import Border, Place


class RubberBand:
    """A selection inside `bounds`, drawn, pulled and moved by pixel borders; `roi` is None while it holds no pixel.

    A drag is one step to be undone; nudges and whatever else changes `roi` become one when `commit` is called.
    """

    def __init__(self, bounds: Roi, roi: Roi | None = None) -> None:
        self.bounds = bounds
        self.roi = roi
        self._history = RegionHistory(roi)
        self._anchor: Border | None = None
        self._held: Grip | None = None
        self._before = roi

    @property
    def is_dragging(self) -> bool:
        """Whether something follows the mouse just now."""
        return self._anchor is not None

    @property
    def held(self) -> Grip | None:
        """What follows the mouse just now: edges of the region or all of it; None while a new one is drawn."""
        return self._held

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to be undone."""
        return not self.is_dragging and (self._history.can_undo or self.roi != self._history.now)

    @property
    def can_redo(self) -> bool:
        """Whether there is an undone step."""
        return not self.is_dragging and self._history.can_redo and self.roi == self._history.now

    def grip_at(self, x: float, y: float, place: Place) -> Grip | None:
        """Return what a drag from this logical position takes, with the region at `place`; None draws a new one.

        A region that fills the bounds cannot be moved: inside of it a new one is drawn.
        """
        grip = grip_at(x, y, place)
        return None if grip == MOVE and self.roi == self.bounds else grip

    def press(self, border: Border, grip: Grip | None = None) -> None:
        """Take a part of the region, or begin a new one here."""
        self.commit()
        self._before = self.roi
        self._anchor = border
        self._held = grip
        if grip is None:
            self.roi = None

    def drag(self, border: Border) -> None:
        """Bring what is held to this border; a new rectangle is spanned from where it began."""
        if self._anchor is None:
            return
        if self._held is None or self._before is None:
            self.roi = spanned(self._anchor, border, self.bounds)
        else:
            self.roi = pulled(self._before, self._held, border, self.bounds)

    def facing(self, border: Border) -> Grip | None:
        """Return the edges that are held at this border: others than at first once they were pulled past those."""
        if self._held is None or self._before is None:
            return None
        return facing(self._before, self._held, border)

    def release(self) -> bool:
        """End the drag; return whether the region is another one. One without pixels is not kept."""
        self._anchor = self._held = None
        if self.roi is None:
            self.roi = self._before
        self.commit()
        return self.roi != self._before

    def drop(self) -> None:
        """Go back to the rectangle before the drag."""
        if self.is_dragging:
            self.roi = self._before
            self.release()

    def nudge(self, dx_px: int, dy_px: int) -> bool:
        """Move the rectangle within the bounds without changing its size; return whether it moved."""
        return self.roi is not None and self._become(moved_inside(self.roi, dx_px, dy_px, self.bounds))

    def stretch(self, dx_px: int, dy_px: int) -> bool:
        """Move the right and the lower edge within the bounds; return whether one moved."""
        return self.roi is not None and self._become(stretched(self.roi, dx_px, dy_px, self.bounds))

    def commit(self) -> None:
        """Make what was changed since the last step a step."""
        if not self.is_dragging:
            self._history.put(self.roi)

    def undo(self) -> bool:
        """Go back one step; return whether there was one."""
        if not self.can_undo:
            return False
        self.commit()
        self.roi = self._history.undo()
        return True

    def redo(self) -> bool:
        """Take back one undo; return whether there was one."""
        if not self.can_redo:
            return False
        self.roi = self._history.redo()
        return True

    def _become(self, roi: Roi) -> bool:
        if self.is_dragging or roi == self.roi:
            return False
        self.roi = roi
        return True
