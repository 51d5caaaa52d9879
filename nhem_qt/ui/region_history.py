"""The steps of a selection, to be undone and redone."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nhem_qt.geometry import Roi


class RegionHistory:
    """The regions selected one after the other; None stands for no region."""

    def __init__(self, first: Roi | None = None) -> None:
        self._steps = [first]
        self._index = 0

    @property
    def now(self) -> Roi | None:
        """The region at which the history stands."""
        return self._steps[self._index]

    @property
    def can_undo(self) -> bool:
        """Whether there is a step before this one."""
        return self._index > 0

    @property
    def can_redo(self) -> bool:
        """Whether there is an undone step."""
        return self._index + 1 < len(self._steps)

    def put(self, roi: Roi | None) -> None:
        """Go on to another region; what was undone is forgotten. The same region is no step."""
        if roi != self.now:
            self._index += 1
            self._steps[self._index :] = [roi]

    def undo(self) -> Roi | None:
        """Go back one step where there is one; return the region."""
        self._index -= self.can_undo
        return self.now

    def redo(self) -> Roi | None:
        """Take back one undo where there is one; return the region."""
        self._index += self.can_redo
        return self.now
