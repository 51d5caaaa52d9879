"""Region > Select region: a still of all that the source shows, and the dialog on it."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, cast

from PySide6.QtCore import QObject, QTimer, Signal

from nhem_qt.capture import ScreenSource, SourceChoice, is_wayland, open_source, still_at
from nhem_qt.frame import Frame, SourceKind
from nhem_qt.monitor import RegionChoice
from nhem_qt.ui.background import Attempt
from nhem_qt.ui.region_dialog import RegionDialog

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtWidgets import QWidget

    from nhem_qt.geometry import Roi

# The window must be gone from the screen before a still of it is taken; compositors fade windows out.
_HIDE_MS = 300

# The operator sees nothing while a still of the screen is taken: one that hangs must soon be told. It may as well be a
# slow screen, so that every other attempt is given twice as long.
_SCREEN_PATIENCE_S = 1.0
# Wayland may ask the user first, and in a large video the way to a frame may be long.
_LONGEST_PATIENCE_S = 20.0


class Still(NamedTuple):
    """A picture of all that a source shows, and the monitors in it."""

    frame: Frame
    monitors: tuple[Roi, ...]


class Selecting(QObject):
    """Lets a region be selected; a window that may stand in the picture hides meanwhile."""

    selected = Signal(object, object)
    """The region (Roi) and the still (Frame) in which it was selected."""
    named_regions_changed = Signal(object)
    """The regions kept under a name (Mapping of str to Roi)."""
    failed = Signal(str)
    ended = Signal()
    """The window is back, whatever came of it."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._region = RegionChoice()
        self._named: Mapping[str, Roi] = {}
        self._at_s = 0.0
        self._attempt: Attempt | None = None
        self._screen_patience_s = _LONGEST_PATIENCE_S if is_wayland(os.environ) else _SCREEN_PATIENCE_S
        self._choice: SourceChoice | None = None
        self._hiding = QTimer(self, singleShot=True, interval=_HIDE_MS)
        self._hiding.timeout.connect(self._on_hiding_timeout)

    def begin(self, choice: SourceChoice, region: RegionChoice, named: Mapping[str, Roi], at_s: float = 0.0) -> None:
        """Take a still and open the dialog on it, with the region of now and the named ones to choose from.

        Of a video it is the picture at the time `at_s`.
        """
        self._region, self._named, self._at_s = region, named, at_s
        if choice.kind is SourceKind.SCREEN:
            self._choice = choice
            self._window.hide()
            self._hiding.start()
        else:
            self._take(choice)

    def abandon(self) -> None:
        """Open no dialog any more: the window is about to close."""
        self._hiding.stop()
        if self._attempt is not None:
            self._attempt.give_up()
            self._attempt = None

    def _on_hiding_timeout(self) -> None:
        if self._choice is not None:
            self._take(self._choice)

    def _on_attempt_done(self, result: object) -> None:
        self._come_back()
        still, regions = cast("Still", result), self._region.regions
        dialog = RegionDialog(
            still.frame,
            None if regions is None else regions.large,
            self._window,
            mode=self._region.mode,
            named=self._named,
            monitors=still.monitors,
        )
        dialog.named_regions_changed.connect(self.named_regions_changed)
        dialog.accepted.connect(partial(self._on_dialog_accepted, dialog, still.frame))
        dialog.open()

    def _on_attempt_failed(self, message: str) -> None:
        self._come_back()
        self.failed.emit(message)

    def _on_attempt_hung(self) -> None:
        self._screen_patience_s = min(2 * self._screen_patience_s, _LONGEST_PATIENCE_S)
        self._on_attempt_failed(
            self.tr(
                "The source does not answer, so that there is no picture to select in: Region > Select region tries "
                "it anew"
            )
        )

    def _on_dialog_accepted(self, dialog: RegionDialog, still: Frame) -> None:
        if dialog.selected_roi is not None:
            self.selected.emit(dialog.selected_roi, still)

    def _take(self, choice: SourceChoice) -> None:
        patience_s = self._screen_patience_s if choice.kind is SourceKind.SCREEN else _LONGEST_PATIENCE_S
        still = partial(_take_still, choice, self._at_s)
        done, failed, hung = self._on_attempt_done, self._on_attempt_failed, self._on_attempt_hung
        self._attempt = Attempt(still, done, failed, hung, patience_s, self)

    def _come_back(self) -> None:
        self._attempt = None
        self._window.show()
        self.ended.emit()


def _take_still(choice: SourceChoice, at_s: float) -> Still:
    if choice.kind is SourceKind.VIDEO and choice.path is not None:
        return Still(still_at(choice.path, at_s), ())
    source = open_source(choice)
    try:
        monitors = source.monitors if isinstance(source, ScreenSource) else ()
        return Still(source.grab(source.bounds).owned(), monitors)
    finally:
        source.close()
