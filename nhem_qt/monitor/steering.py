"""Lets a running session do less where the machine is too busy for all."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from nhem_qt.monitor.load import LoadGovernor, LoadLevel, Saving
from nhem_qt.monitor.machine import MachineCounters

if TYPE_CHECKING:
    from collections.abc import Callable

    from nhem_qt.monitor.machine import MachineReading
    from nhem_qt.monitor.monitor import Monitor
    from nhem_qt.monitor.schedule import Schedule

_LOOK_EVERY_S = 1.0


class Steering:
    """Measures the load once a second, and steers the picture rate and the schedule of a live source by it.

    With a recording it only measures: all of that is wanted, however long it takes.
    """

    def __init__(
        self,
        monitor: Monitor,
        schedule: Schedule,
        rate_hz: float,
        *,
        is_live: bool,
        read_machine: Callable[[], MachineReading] | None = None,
    ) -> None:
        self._monitor = monitor
        self._schedule = schedule
        self._rate_hz = rate_hz
        self._is_live = is_live
        self._read_machine = read_machine or MachineCounters().read
        self._governor = LoadGovernor()
        self._used = Saving()
        self._looked_s = time.perf_counter()
        self._ticks, self._busy_s = 0, 0.0
        self.reading: MachineReading | None = None
        """What was read last; None in the first second."""

    @property
    def level(self) -> LoadLevel:
        """The load of now."""
        return self._governor.level

    @property
    def saving(self) -> Saving:
        """What is done less often."""
        return self._used

    def note(self, begun_s: float) -> bool:
        """Note a tick that began at `begun_s` (time.perf_counter); returns whether the stride is another one now."""
        now_s = time.perf_counter()
        self._ticks += 1
        self._busy_s += now_s - begun_s
        if now_s - self._looked_s < _LOOK_EVERY_S:
            return False
        self._looked_s, before = now_s, self._used.stride
        self._look()
        return self._used.stride != before

    def _look(self) -> None:
        self.reading = self._read_machine()
        tick_share = self._busy_s / self._ticks * self._rate_hz / self._used.stride
        self._ticks, self._busy_s = 0, 0.0
        saving = self._governor.look(tick_share, self.reading.system_share)
        if self._is_live and saving != self._used:
            self._use(saving)

    def _use(self, saving: Saving) -> None:
        before, self._used = self._used, saving
        self._monitor.slow_pictures(saving.picture_divisor)
        self._schedule.take_every(saving.stride)
        self._monitor.count_anew()
        self._monitor.tell(self._words(saving, is_relief=saving < before))

    def _words(self, saving: Saving, *, is_relief: bool) -> str:
        if saving == Saving():
            return "The machine has time again: pictures and values are taken as configured"
        pictures = f"{self._monitor.picture_rate_hz:.3g} pictures a second are taken"
        both = f"{self._rate_hz / saving.stride:.3g} gray values and {pictures}"
        if is_relief:
            return f"The machine has more time: {both}"
        if saving.stride > 1:
            return f"The machine is too slow: at most {both}"
        return f"The machine is busy: only {pictures}, and all gray values"
