"""How busy the machine is, and what is done less often for it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

_MEDIUM, _HIGH = 0.5, 0.8
# A level is left only when the load is clearly below it.
_HYSTERESIS = 0.05

# In looks, one a second. Others may be busy for a moment; ticks that take too long are lost at once.
_BUSY_TICKS_LOOKS, _BUSY_SYSTEM_LOOKS = 3, 10
_CALM_LOOKS, _MOST_CALM_LOOKS = 10, 160


class LoadLevel(StrEnum):
    """Low below 0.5, medium below 0.8, high above."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, slots=True, order=True)
class Saving:
    """What is done less often: pictures by `picture_divisor`, and only every `stride`-th tick is taken."""

    picture_divisor: int = 1
    stride: int = 1


# The picture rate first: the gray values are what is measured.
_SAVINGS = (Saving(), Saving(2), Saving(4), Saving(4, 2), Saving(4, 3))


class LoadGovernor:
    """Chooses the saving from the load, one step at a time.

    The load is the greater of two shares, 0-1: of its period that a tick takes, and of the machine that all programs
    take together. A step is taken when the load was high for 3 s (10 s where only others make it high), and taken back
    when it was low for 10 s; when that was too early, the next time is twice as long. Ticks are left out only where
    the ticks themselves take too long.
    """

    def __init__(self) -> None:
        self.level = LoadLevel.LOW
        self._step = 0
        self._busy_ticks = self._busy_looks = self._calm_looks = 0
        self._calm_needed = _CALM_LOOKS
        self._since_relief = _MOST_CALM_LOOKS

    @property
    def saving(self) -> Saving:
        """What is to be done less often."""
        return _SAVINGS[self._step]

    def look(self, tick_share: float, system_share: float) -> Saving:
        """Take in the load of the last second; returns what is to be done less often from now on."""
        self.level = _level(max(tick_share, system_share), self.level)
        is_high = self.level is LoadLevel.HIGH
        self._busy_looks = self._busy_looks + 1 if is_high else 0
        self._busy_ticks = self._busy_ticks + 1 if tick_share >= _HIGH else 0
        self._calm_looks = self._calm_looks + 1 if self._is_calm(tick_share) else 0
        self._since_relief += 1
        if self._busy_ticks >= _BUSY_TICKS_LOOKS or self._busy_looks >= _BUSY_SYSTEM_LOOKS:
            self._save_more()
        elif self._step > 0 and self._calm_looks >= self._calm_needed and self._has_room(tick_share):
            self._save_less()
        return self.saving

    def _save_more(self) -> None:
        for_ticks = self._busy_ticks >= _BUSY_TICKS_LOOKS
        self._busy_ticks = self._busy_looks = 0
        step = min(self._step + 1, len(_SAVINGS) - 1)
        if _SAVINGS[step].stride > 1 and not for_ticks:
            return
        too_early = self._since_relief < self._calm_needed
        self._calm_needed = min(2 * self._calm_needed, _MOST_CALM_LOOKS) if too_early else _CALM_LOOKS
        self._step = step

    def _save_less(self) -> None:
        self._step -= 1
        self._calm_looks = self._since_relief = 0

    def _is_calm(self, tick_share: float) -> bool:
        """Whether the load is low; that of other programs is no reason to go on leaving out ticks."""
        return tick_share < _MEDIUM - _HYSTERESIS if self.saving.stride > 1 else self.level is LoadLevel.LOW

    def _has_room(self, tick_share: float) -> bool:
        """Whether ticks would not take too long with one step less."""
        return tick_share * self.saving.stride / _SAVINGS[self._step - 1].stride < _HIGH


def _level(load: float, before: LoadLevel) -> LoadLevel:
    high = _HIGH - (_HYSTERESIS if before is LoadLevel.HIGH else 0)
    medium = _MEDIUM - (_HYSTERESIS if before is not LoadLevel.LOW else 0)
    if load >= high:
        return LoadLevel.HIGH
    return LoadLevel.MEDIUM if load >= medium else LoadLevel.LOW
