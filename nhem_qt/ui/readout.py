"""The measured box enlarged, and what is measured in it, legible at two metres."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from nhem_qt.monitor import RoiMode
from nhem_qt.ui import palette
from nhem_qt.ui.magnified_view import LEAST_MEASURED_PX, MagnifiedView
from nhem_qt.ui.verdict import HEM, NO_HEM, Verdict, verdict_of

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from nhem_qt.detection import Peak
    from nhem_qt.frame import Frame
    from nhem_qt.monitor import Sample

_WIDTH_PX, _LARGE_WIDTH_PX = 300, 450
# A window as high as this stands on a large screen, which is looked at from farther away.
_LARGE_FROM_PX = 1600
_NOTHING = "\N{EM DASH}"


class Readout(QFrame):
    """A column beside the picture: small ROI, gray value, baseline, threshold, the last verdict and the counts."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self._small_roi = MagnifiedView(self)
        self._small_roi.setMinimumSize(LEAST_MEASURED_PX, LEAST_MEASURED_PX)
        self._small_roi_caption = self._label("caption", "")
        self._gray = self._label("grayValue", _NOTHING)
        self._levels = self._label("secondary", "")
        self._verdict = self._label("verdict", "")
        self._counts = self._label("secondary", "")
        self._lay_out()
        self._set_large(large=False)
        self.clear()

    def clear(self) -> None:
        """Show that nothing is measured."""
        self._small_roi.show_pixels(None)
        self._small_roi_caption.setText(self.tr("measured region"))
        self.show_sample(None)
        self.show_peaks(())

    def show_mode(self, mode: RoiMode) -> None:
        """Show the measured box enlarged only where it is a part of the picture."""
        self._small_roi.setVisible(mode is RoiMode.DUAL)

    def show_small_roi(self, frame: Frame) -> None:
        """Show the measured pixels enlarged; copies them."""
        self._small_roi.show_pixels(frame.pixels)
        roi = frame.roi
        caption = self.tr("measured: {0} \N{MULTIPLICATION SIGN} {1} px at {2}, {3}")
        self._small_roi_caption.setText(caption.format(roi.width, roi.height, roi.x1, roi.y1))

    def show_old(self, *, old: bool) -> None:
        """Dim the measured box while it shows what is no longer so."""
        self._small_roi.set_dimmed(dimmed=old)

    def show_sample(self, sample: Sample | None) -> None:
        """Show the newest sample."""
        gray = None if sample is None else sample.measurement.measured_gray
        self._gray.setText(_number(gray))
        # What the detector holds meanwhile is no statement on a picture that is not there.
        baseline, threshold = (None, None) if sample is None or gray is None else (sample.baseline, sample.threshold)
        self._levels.setText(self.tr("baseline {0}\nthreshold {1}").format(_number(baseline), _number(threshold)))

    def show_peaks(self, peaks: tuple[Peak, ...]) -> None:
        """Show the verdict on the last peak, and how many there were of each."""
        green = sum(peak.color == "green" for peak in peaks)
        self._counts.setText(f"{_coloured(HEM)} {green} &nbsp; {_coloured(NO_HEM)} {len(peaks) - green}")
        if not peaks:
            self._verdict.setText(self.tr("no peak yet"))
            self._verdict.setStyleSheet(f"color: {palette.MUTED.name()}")
            return
        last = peaks[-1]
        verdict = verdict_of(last.color)
        self._verdict.setText(f"{verdict}  {last.difference:+z.2f}")
        self._verdict.setStyleSheet(f"color: {verdict.colour.name()}")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take more room in a high window."""
        super().resizeEvent(event)
        large = self.window().height() >= _LARGE_FROM_PX
        if large != self.property("large"):
            self._set_large(large=large)

    def _set_large(self, *, large: bool) -> None:
        self.setProperty("large", large)
        width_px = _LARGE_WIDTH_PX if large else _WIDTH_PX
        self.setFixedWidth(width_px)
        self._small_roi.setMaximumHeight(width_px)
        for label in self.findChildren(QLabel):
            self.style().polish(label)

    def _label(self, name: str, text: str) -> QLabel:
        label = QLabel(text, self)
        label.setObjectName(name)
        return label

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 8, 16, 6)
        column.setSpacing(2)
        column.addWidget(self._small_roi, stretch=100)
        column.addWidget(self._small_roi_caption)
        column.addSpacing(6)
        column.addWidget(self._label("caption", self.tr("gray value")))
        column.addWidget(self._gray)
        column.addWidget(self._levels)
        column.addStretch()
        column.addWidget(self._label("caption", self.tr("last emission")))
        column.addWidget(self._verdict)
        column.addSpacing(6)
        column.addWidget(self._label("caption", self.tr("this session")))
        column.addWidget(self._counts)


def _coloured(verdict: Verdict) -> str:
    return f'<span style="color: {verdict.colour.name()}">{verdict}</span>'


def _number(value: float | None) -> str:
    return _NOTHING if value is None else f"{value:.1f}"
