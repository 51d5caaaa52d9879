"""What is tried where the usual way to measure fails, and when."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from nhem_qt.monitor.backoff import Backoff
from nhem_qt.monitor.regions import RoiMode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nhem_qt.config import DataProcessingConfig
    from nhem_qt.geometry import Roi
    from nhem_qt.monitor.regions import Regions


class Fallback(StrEnum):
    """What is done instead of the usual, from good to bad."""

    NONE = "none"
    SMALL_FROM_LARGE = "small_from_large"
    SINGLE_MODE = "single_mode"
    LAST_PICTURE = "last_picture"
    EMERGENCY = "emergency"


@dataclass(slots=True, eq=False)
class Way:
    """A way to measure `regions`: how long it has failed by now, and when it is worth another try."""

    regions: Regions
    backoff: Backoff = field(default_factory=Backoff)
    failing_since_s: float | None = None
    small: Roi = field(init=False)
    """The small ROI of the regions; to find it anew on every tick takes time."""

    def __post_init__(self) -> None:
        self.small = self.regions.small

    def failed(self, now_s: float) -> None:
        """Note a failure."""
        self.backoff.failed(now_s)
        if self.failing_since_s is None:
            self.failing_since_s = now_s

    def succeeded(self) -> None:
        """Note a success."""
        if self.failing_since_s is not None:
            self.backoff.succeeded()
            self.failing_since_s = None

    def failing_s(self, now_s: float) -> float:
        """Return for how long it has failed; 0 if it does not."""
        return 0.0 if self.failing_since_s is None else now_s - self.failing_since_s


class Fallbacks:
    """Knows the ways to measure: the wanted one, and the legacy ROI where that fails for long.

    The wanted one is tried on and on, at growing intervals; as soon as it works it is used again. Only dual mode has
    the legacy ROI to fall back to.
    """

    def __init__(self, wanted: Regions, legacy: Regions | None, config: DataProcessingConfig) -> None:
        self._config = config
        self._legacy_regions = legacy
        self.use(wanted)

    def use(self, wanted: Regions) -> None:
        """Begin anew with other regions."""
        self.wanted = self.used = Way(wanted)
        self.small = Way(wanted)
        """The small ROI by itself; it can also be had as a part of the large one."""
        legacy = self._legacy_regions if wanted.mode is RoiMode.DUAL else None
        self._legacy = None if legacy is None else Way(legacy)
        self._lost_since_s: float | None = None

    def to_try(self, now_s: float) -> Iterator[Way]:
        """Yield the ways to be tried now, one after the other until one works."""
        if self.wanted.backoff.allows(now_s):
            yield self.wanted
        legacy = self._legacy
        long_ago = legacy is not None and self.wanted.failing_s(now_s) >= self._config.single_after_s
        if legacy is not None and long_ago and legacy.backoff.allows(now_s):
            yield legacy

    def failed(self, way: Way, now_s: float) -> None:
        """Note that a way did not work."""
        way.failed(now_s)
        if self._lost_since_s is None and way is self.used:
            self._lost_since_s = now_s

    def succeeded(self, way: Way) -> bool:
        """Note that a way works; returns whether another one was used before."""
        changed = way is not self.used
        self.used = way
        way.succeeded()
        self._lost_since_s = None
        return changed

    def lost_s(self, now_s: float) -> float:
        """Return for how long nothing at all could be had."""
        return 0.0 if self._lost_since_s is None else now_s - self._lost_since_s

    def level(self, now_s: float) -> Fallback:
        """Return what is done instead of the usual."""
        if self._lost_since_s is not None:
            is_emergency = self.lost_s(now_s) >= self._config.emergency_after_s
            return Fallback.EMERGENCY if is_emergency else Fallback.LAST_PICTURE
        if self.used is not self.wanted:
            return Fallback.SINGLE_MODE
        return Fallback.NONE if self.small.failing_since_s is None else Fallback.SMALL_FROM_LARGE
