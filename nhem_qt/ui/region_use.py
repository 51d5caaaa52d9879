"""Which region is measured, and what of the user's choices is kept for the next start."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from nhem_qt.config import validate_roi_coordinates
from nhem_qt.frame import SourceKind
from nhem_qt.monitor import RegionChoice, Regions, RoiMode, configured_choice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nhem_qt.config import DualRoiConfig
    from nhem_qt.geometry import Roi
    from nhem_qt.ui.configuring import Configuring


class RegionUse(QObject):
    """The choice of now: given for this run, else as configured, until the user chooses another.

    The configured regions are places on the screen: on any other source they would mean nothing. What is chosen on the
    screen is saved, behind the lock; what the command line gives is not. Videos of the same size share a region, which
    is remembered as long as the program runs.
    """

    changed = Signal()
    """Another choice counts from now on."""
    adjusted = Signal(str)
    """The region was adjusted to the monitors: what became of it."""
    lost = Signal(str)
    """The region lies on no monitor any more: what to do."""

    def __init__(self, configuring: Configuring, source: SourceKind, given: Roi | None) -> None:
        super().__init__(configuring)
        self._configuring = configuring
        self._place: SourceKind | Roi = source
        self._choices: dict[SourceKind | Roi, RegionChoice] = {}
        self._is_of_this_run = given is not None and self._on_screen
        if given is not None:
            self.choice = RegionChoice(large_roi=given)
        elif self._on_screen:
            self.choice = configured_choice(configuring.config.roi_capture)
        else:
            self.choice = RegionChoice()

    @property
    def regions(self) -> Regions | None:
        """What is shown and measured; None where that is all that the source shows, or nothing yet."""
        return self.choice.regions

    @property
    def screen_roi(self) -> Roi | None:
        """Where on the screen is measured; None if that is elsewhere, or nowhere yet."""
        return self.regions.large if self._on_screen and self.regions is not None else None

    def turn_to(self, source: SourceKind, picture: Roi | None = None) -> None:
        """Measure on another source; `picture` is all that a video shows."""
        self._choices[self._place] = self.choice
        came_from, self._place = self._place, picture or source
        if self._on_screen and not self._is_of_this_run:
            self.choice = configured_choice(self._configuring.config.roi_capture)
        elif came_from is not SourceKind.VIDEO:
            self.choice = self._choices.get(self._place, RegionChoice())

    def use_region(self, roi: Roi) -> None:
        """Measure another region."""
        if self._on_screen:
            self._is_of_this_run = False
        self._take_over(self.choice.with_roi(roi))

    def use_mode(self, mode: RoiMode) -> None:
        """Measure the centre of the region, or all of it."""
        self._take_over(self.choice.in_mode(mode))

    def follow_saved(self, before: DualRoiConfig, now: DualRoiConfig) -> None:
        """Measure what was saved, if that is another region."""
        saved = configured_choice(now)
        if self._on_screen and saved != configured_choice(before) and saved != self.choice:
            self._use(saved)

    def follow_worker(self, regions: Regions) -> None:
        """Take note of what is really measured."""
        self.choice = self.choice.in_mode(regions.mode).with_roi(regions.large)

    def fit_to(self, monitors: Sequence[Roi]) -> None:
        """Adjust the region to the monitors as they are now."""
        roi = self.screen_roi
        if roi is None:
            return
        result = validate_roi_coordinates(roi, monitors)
        if result.adjusted is None:
            self.lost.emit(result.messages[0])
        elif result.adjusted != roi:
            fitting = self.choice.with_roi(result.adjusted)
            self._use(fitting)
            if not self._configuring.locking.is_locked and not self._is_of_this_run:
                self._configuring.save_choice(fitting)
            self.adjusted.emit(result.messages[0])

    @property
    def _on_screen(self) -> bool:
        return self._place is SourceKind.SCREEN

    def _take_over(self, choice: RegionChoice) -> None:
        if self._on_screen and not self._is_of_this_run:
            self._configuring.locking.allow(partial(self._use_and_save, choice))
        else:
            self._use(choice)

    def _use_and_save(self, choice: RegionChoice) -> None:
        self._use(choice)
        self._configuring.save_choice(choice)

    def _use(self, choice: RegionChoice) -> None:
        self.choice = choice
        self.changed.emit()
