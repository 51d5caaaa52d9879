"""Telling when a trouble begins and ends, in words, but not every time that it flickers."""

from __future__ import annotations

_AGAIN_AFTER_S = 10.0


class Spell:
    """One trouble that comes and goes.

    Its begin is told once it has lasted `after_s`, its end only if the begin was told. When it comes again within 10 s
    after the last begin that was told, nothing is said.
    """

    def __init__(self, after_s: float = 0.0) -> None:
        self._after_s = after_s
        self._since_s: float | None = None
        self._told_s: float | None = None
        self.is_told = False
        """Whether its begin was told and its end was not yet."""

    def begins(self, t_s: float) -> bool:
        """Note that it is there at `t_s`; returns whether its begin is to be told now."""
        if self._since_s is None:
            self._since_s = t_s
        if self.is_told or t_s - self._since_s < self._after_s:
            return False
        if self._told_s is not None and t_s - self._told_s < _AGAIN_AFTER_S:
            return False
        self._told_s, self.is_told = t_s, True
        return True

    def ends(self) -> bool:
        """Note that it is not there; returns whether its end is to be told now."""
        told, self.is_told, self._since_s = self.is_told, False, None
        return told
