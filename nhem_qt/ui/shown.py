"""Picture and readout together: what is shown of a session, or of a still of which nothing is measured."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from nhem_qt.frame import SourceKind
from nhem_qt.monitor import Regions, RoiMode
from nhem_qt.ui.image_view import PictureState

if TYPE_CHECKING:
    from nhem_qt.frame import Frame
    from nhem_qt.monitor import Monitor, RoiData
    from nhem_qt.session import LiveSession
    from nhem_qt.ui.image_view import ImageView
    from nhem_qt.ui.readout import Readout


class Shown(QObject):
    """Shows pictures in `image_view` and `readout` with the box that is measured, or would be."""

    def __init__(self, image_view: ImageView, readout: Readout) -> None:
        super().__init__(image_view)
        self._image_view = image_view
        self._readout = readout
        self._large: RoiData | None = None
        self._small: RoiData | None = None

    def begin(self, monitor: Monitor) -> None:
        """Show a session that begins."""
        self._large = self._small = None
        self.show_mode(monitor.regions.mode)
        self._image_view.set_state(PictureState.RUNNING)

    def show_mode(self, mode: RoiMode) -> None:
        """Lay out for the mode: where the whole picture is measured, no part of it is shown enlarged."""
        self._image_view.set_mode(mode.value)
        self._readout.show_mode(mode)

    def show_rest(self, state: PictureState) -> None:
        """Show another state of the picture; one that is marked as old stays so until there is another."""
        if not self._image_view.is_old:
            self._image_view.set_state(state)

    def show_pictures(self, monitor: Monitor) -> None:
        """Show the newest pictures, if they are not shown yet."""
        large, small = monitor.large_picture, monitor.small_picture
        if large is not None and large is not self._large:
            self._large = large
            dual = monitor.regions.mode is RoiMode.DUAL
            self._image_view.show_frame(large.frame, large.frame.roi.centre() if dual else None)
        if small is not None and small is not self._small:
            self._small = small
            self._readout.show_small_roi(small.frame)

    def show_value(self, session: LiveSession) -> None:
        """Show the newest gray value; none beside a picture that is old."""
        old = self._image_view.is_old
        self._readout.show_old(old=old)
        self._readout.show_sample(None if old else session.history.last)

    def show_idle(self, source: SourceKind, mode: RoiMode, regions: Regions | None) -> None:
        """Show that nothing is measured, and what is to be done first; no regions are all that the source shows."""
        self.show_mode(mode)
        self._image_view.set_source(source)
        self._image_view.set_state(PictureState.IDLE)
        if source is not SourceKind.SCREEN:
            self._image_view.set_guidance(self.tr("Press Start (F5) to monitor this source."), with_button=False)
        elif regions is not None:
            ready = self.tr("Region {0} is selected. Press Start (F5) to monitor it.")
            self._image_view.set_guidance(ready.format(regions.large))
        else:
            self._image_view.set_guidance(self.tr("Select the region that holds the ultrasound picture."))

    def show_still(self, still: Frame, regions: Regions, session: LiveSession | None) -> None:
        """Show what would be measured of a still, with its gray value only if `session` has just measured it."""
        inside = regions.large.clamp(still.roi) or still.roi
        shown = dataclasses.replace(regions, large=inside)
        self._image_view.set_state(PictureState.IDLE)
        self._image_view.show_frame(still.crop(inside), shown.small if regions.mode is RoiMode.DUAL else None)
        self._readout.show_small_roi(still.crop(shown.small))
        last = session.history.last if session is not None and session.monitor.regions == shown else None
        self._readout.show_sample(last if last is not None and last.measurement.t_s == still.t_s else None)
