"""Choosing the large ROI on a still of the whole desktop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from nhem_qt.geometry import SMALL_ROI_SIZE_PX, Roi
from nhem_qt.ui import palette
from nhem_qt.ui.image_view import ImageView

if TYPE_CHECKING:
    from PySide6.QtGui import QColor

    from nhem_qt.frame import Frame


_SMALLEST_FONT, _LARGEST_FONT = 16, 28
_SPACE = 12
_WIDEST_SIZE = "00000 \N{MULTIPLICATION SIGN} 00000"


class RegionDialog(QDialog):
    """Shows a still and lets a region be drawn in it or typed; open it with `open()`.

    `accepted` follows Apply: `selected_roi` then is the region in device pixels. The dialog deletes itself when it is
    closed; it keeps no part of the frame.
    """

    roi_changing = Signal(object)
    """The region as it is drawn or typed: Roi, or None while it holds no pixel."""

    def __init__(self, still: Frame, roi: Roi | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowFlag(Qt.WindowType.WindowMaximizeButtonHint)
        self.setWindowTitle(self.tr("Select region"))
        self._set_size()
        self._bounds = still.roi
        self._roi = roi.clamp(still.roi) if roi else None
        self._make_view(still)
        self._make_fields()
        self._make_buttons()
        self._lay_out()
        self._take(self._roi)

    @property
    def selected_roi(self) -> Roi | None:
        """The region as it is drawn or typed now, or None if it holds no pixel."""
        return self._roi

    def _on_view_roi_changing(self, roi: Roi | None) -> None:
        self._take(roi)
        self.roi_changing.emit(roi)

    def _on_view_roi_changed(self, roi: Roi) -> None:
        self._take(roi)
        self.roi_changing.emit(roi)

    def _on_field_value_changed(self) -> None:
        x1, y1, x2, y2 = (field.value() for field in self._fields)
        self._roi = Roi(x1, y1, x2, y2) if x1 < x2 and y1 < y2 else None
        self._view.set_selection(self._roi)
        self._show_verdict(typed=True)
        self.roi_changing.emit(self._roi)

    def _set_size(self) -> None:
        # Without a window manager nothing is maximized: the size is there all the same.
        room = self.screen().availableSize()
        self.resize(room)
        self.setWindowState(Qt.WindowState.WindowMaximized)
        font_size = min(max(room.height() // 60, _SMALLEST_FONT), _LARGEST_FONT)
        # A style sheet, since the program's own would win over a font.
        self.setStyleSheet(f"font-size: {font_size}px")

    def _make_view(self, still: Frame) -> None:
        self._view = ImageView(self)
        self._view.show_frame(still, None)
        self._view.begin_selection(still.roi, self._roi)
        self._view.roi_changing.connect(self._on_view_roi_changing)
        self._view.roi_changed.connect(self._on_view_roi_changed)
        self._view.selection_cancelled.connect(self.reject)

    def _make_fields(self) -> None:
        across, down = (self._bounds.x1, self._bounds.x2), (self._bounds.y1, self._bounds.y2)
        self._fields = [self._make_field(*limits) for limits in (across, down, across, down)]
        self._fill_fields(self._bounds)
        self._size = QLabel(self)
        self._message = QLabel(self)
        self._message.setWordWrap(True)
        self._keep_row_steady()

    def _keep_row_steady(self) -> None:
        """Keep the row from growing with its words: the picture would move under the mouse."""
        self._size.ensurePolished()
        self._size.setMinimumWidth(self._size.fontMetrics().horizontalAdvance(_WIDEST_SIZE))
        self._message.ensurePolished()
        self._message.setFixedHeight(2 * self._message.fontMetrics().lineSpacing())
        self._message.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def _make_buttons(self) -> None:
        self._buttons = QDialogButtonBox(self)
        self._apply = self._buttons.addButton(self.tr("&Apply"), QDialogButtonBox.ButtonRole.AcceptRole)
        self._buttons.addButton(self.tr("&Cancel"), QDialogButtonBox.ButtonRole.RejectRole)
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)

    def _make_field(self, least: int, most: int) -> QSpinBox:
        field = QSpinBox(self)
        field.setRange(least, most)
        field.setAccelerated(True)
        field.valueChanged.connect(self._on_field_value_changed)
        return field

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        names = (self.tr("X&1"), self.tr("&Y1"), self.tr("X&2"), self.tr("Y2"))
        for name, field in zip(names, self._fields, strict=True):
            label = QLabel(name, self)
            label.setBuddy(field)
            row.addWidget(label)
            row.addWidget(field)
            row.addSpacing(_SPACE)
        row.addWidget(self._size)
        row.addSpacing(_SPACE)
        row.addWidget(self._message, stretch=1)
        row.addWidget(self._buttons)
        column = QVBoxLayout(self)
        column.addWidget(self._view, stretch=1)
        column.addLayout(row)

    def _take(self, roi: Roi | None) -> None:
        """Show a region that was drawn in the fields; an empty drag leaves them as they are."""
        self._roi = roi
        if roi is not None:
            self._fill_fields(roi)
        self._show_verdict(typed=False)

    def _fill_fields(self, roi: Roi) -> None:
        for field, value in zip(self._fields, (roi.x1, roi.y1, roi.x2, roi.y2), strict=True):
            with QSignalBlocker(field):
                field.setValue(value)

    def _show_verdict(self, *, typed: bool) -> None:
        roi = self._roi
        self._apply.setEnabled(roi is not None)
        self._size.setText("" if roi is None else f"{roi.width} \N{MULTIPLICATION SIGN} {roi.height}")
        if roi is None and typed:
            self._say(self.tr("No pixel inside: X2 must be greater than X1, and Y2 than Y1"), palette.RED)
        elif roi is not None and min(roi.width, roi.height) < SMALL_ROI_SIZE_PX:
            note = self.tr("Less than {0} px wide or high: the whole region is measured")
            self._say(note.format(SMALL_ROI_SIZE_PX), palette.AMBER)
        else:
            self._message.clear()

    def _say(self, text: str, colour: QColor) -> None:
        self._message.setText(f'<span style="color: {colour.name()}">{text}</span>')
