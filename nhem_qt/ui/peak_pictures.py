"""What the detector saw of one emission: pictures before, during and after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QVBoxLayout, QWidget

from nhem_qt.session import Moment
from nhem_qt.ui.magnified_view import LEAST_MEASURED_PX, MagnifiedView
from nhem_qt.ui.verdict import verdict_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nhem_qt.detection import Peak
    from nhem_qt.session import KeptPicture

_LARGE_SHARE, _SMALL_SHARE = 3, 2
# Two pictures taken within this are told of as one.
_SAME_MOMENT_S = 0.05


class PeakPictures(QFrame):
    """Three moments side by side, the large ROI above, the measured pixels enlarged below; titled by the verdict."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self._nothing = self.tr("Choose a peak in the curve or in the list")
        self._title = QLabel(self)
        self._title.setObjectName("verdict")
        self._moments = {
            Moment.BEFORE: _MomentView(self.tr("before"), self),
            Moment.DURING: _MomentView(self.tr("during"), self),
            Moment.AFTER: _MomentView(self.tr("after"), self),
        }
        grid = QGridLayout(self)
        grid.setContentsMargins(14, 10, 14, 10)
        grid.addWidget(self._title, 0, 0, 1, len(self._moments))
        for column, view in enumerate(self._moments.values()):
            grid.addWidget(view, 1, column)
            grid.setColumnStretch(column, 1)
        grid.setRowStretch(1, 1)
        self.show_peak(None, ())

    @property
    def title(self) -> str:
        """The words above the pictures."""
        return self._title.text()

    def show_none_found(self) -> None:
        """Say that there is no peak that could be chosen."""
        self._nothing = self.tr("No emission was found")
        self.show_peak(None, ())

    def show_peak(self, peak: Peak | None, pictures: Iterable[KeptPicture]) -> None:
        """Show these pictures of a peak; None asks for one to be chosen, if there is any."""
        if peak is None:
            self._title.setText(self._nothing)
            self._title.setStyleSheet("")
        else:
            verdict = verdict_of(peak.color)
            words = self.tr("Peak {0}: {1} {2} at {3:.2f} s")
            self._title.setText(words.format(peak.peak_index, verdict, f"{peak.difference:+z.2f}", peak.start_s))
            self._title.setStyleSheet(f"color: {verdict.colour.name()}")
        kept = {(picture.moment, picture.small): picture for picture in pictures}
        for moment, view in self._moments.items():
            view.setVisible(peak is not None)
            view.show_pictures(kept.get((moment, False)), kept.get((moment, True)))


class _MomentView(QWidget):
    """The pictures of one moment with the gray values in words."""

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._name = name
        self._caption = QLabel(self)
        self._caption.setObjectName("caption")
        self._caption.setWordWrap(True)
        # Its second line must not take the room of the pictures.
        self._caption.setText("\n")
        self._caption.ensurePolished()
        self._caption.setMinimumHeight(self._caption.sizeHint().height())
        self._large, self._small = MagnifiedView(self), MagnifiedView(self)
        self._small.setMinimumSize(LEAST_MEASURED_PX, LEAST_MEASURED_PX)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._caption)
        column.addWidget(self._large, stretch=_LARGE_SHARE)
        column.addWidget(self._small, stretch=_SMALL_SHARE)
        column.setAlignment(self._caption, Qt.AlignmentFlag.AlignTop)

    def show_pictures(self, large: KeptPicture | None, small: KeptPicture | None) -> None:
        for view, picture in ((self._large, large), (self._small, small)):
            view.show_image(QImage() if picture is None else QImage.fromData(picture.png))
            view.setVisible(picture is not None)
        measured = small or large
        if measured is None:
            self._caption.setText(self.tr("{0}: no picture was kept").format(self._name))
        else:
            words = self.tr("{0}, {1:.2f} s: gray {2:.1f}").format(self._name, measured.t_s, measured.gray)
            if large is not None and abs(large.t_s - measured.t_s) > _SAME_MOMENT_S:
                words += self.tr("; the large picture is of {0:.2f} s").format(large.t_s)
            self._caption.setText(words)
