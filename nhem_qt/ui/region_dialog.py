"""Choosing the large ROI on a still of the whole desktop."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from nhem_qt.geometry import SMALL_ROI_SIZE_PX, Roi
from nhem_qt.monitor import Regions, RoiMode
from nhem_qt.ui import palette
from nhem_qt.ui.image_view import ImageView
from nhem_qt.ui.region_choices import RegionChoices
from nhem_qt.ui.region_fields import RegionField
from nhem_qt.ui.region_keys import Command, command_of
from nhem_qt.ui.region_monitors import dead_areas, touched_monitors
from nhem_qt.ui.region_preview import RegionPreview

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from PySide6.QtGui import QColor, QKeyEvent

    from nhem_qt.frame import Frame

_SMALLEST_FONT, _LARGEST_FONT = 16, 28
_SPACE = 12
_WIDEST_SIZE = "00000 \N{MULTIPLICATION SIGN} 00000"
_NONE_NAMED: Mapping[str, Roi] = MappingProxyType({})


class RegionDialog(QDialog):
    """Shows a still and lets a region be drawn in it, typed, or chosen among monitors and named ones.

    Open it with `open()`. `accepted` follows Apply: `selected_roi` then is the region in device pixels. The dialog
    deletes itself when it is closed; it keeps no part of the frame. `mode` tells what of the region will be measured.
    `monitors` (device pixels) tell where the still shows nothing; without them nothing is known of that.
    """

    roi_changing = Signal(object)
    """The region as it is drawn, typed or chosen: Roi, or None while it holds no pixel."""
    named_regions_changed = Signal(object)
    """All named regions after one was saved or deleted, whatever becomes of the dialog: dict of str to Roi."""

    def __init__(
        self,
        still: Frame,
        roi: Roi | None = None,
        parent: QWidget | None = None,
        *,
        mode: RoiMode = RoiMode.DUAL,
        named: Mapping[str, Roi] = _NONE_NAMED,
        monitors: Sequence[Roi] = (),
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowFlag(Qt.WindowType.WindowMaximizeButtonHint)
        self.setWindowTitle(self.tr("Select region"))
        self._set_size()
        self._bounds, self._mode = still.roi, mode
        self._monitors = tuple(monitors)
        self._named = named
        self._roi = roi.clamp(still.roi) if roi else None
        self._make_view(still)
        self._make_fields()
        self._make_side()
        self._make_buttons()
        self._lay_out()
        self._take(self._roi)

    @property
    def selected_roi(self) -> Roi | None:
        """The region as it is selected now, or None if it holds no pixel."""
        return self._roi

    @property
    def named_regions(self) -> Mapping[str, Roi]:
        """The named regions as they are now; they can be asked for after closing too."""
        return MappingProxyType(self._named)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Undo and redo wherever the keys are."""
        command = command_of(event)
        if command is Command.UNDO:
            self._view.undo()
        elif command is Command.REDO:
            self._view.redo()
        else:
            super().keyPressEvent(event)

    def _on_view_roi_changing(self, roi: Roi | None) -> None:
        self._take(roi)
        self.roi_changing.emit(roi)

    def _on_view_roi_changed(self, roi: Roi) -> None:
        self._take(roi)
        self.roi_changing.emit(roi)

    def _on_view_selection_applied(self) -> None:
        if self._apply.isEnabled():
            self.accept()

    def _on_field_value_changed(self) -> None:
        x1, y1, x2, y2 = (field.value() for field in self._fields)
        self._roi = Roi(x1, y1, x2, y2) if x1 < x2 and y1 < y2 else None
        self._view.set_selection(self._roi)
        self._show_region(typed=True)
        self.roi_changing.emit(self._roi)

    def _on_field_editing_finished(self) -> None:
        self._view.commit_selection()

    def _on_choices_region_chosen(self, roi: Roi) -> None:
        self._view.commit_selection()
        self._view.set_selection(roi)
        self._view.commit_selection()
        # The arrow keys now mean the region, no more the list.
        self._view.setFocus()
        self._take(roi)
        self.roi_changing.emit(roi)

    def _on_choices_named_changed(self, named: dict[str, Roi]) -> None:
        self._named = named
        self.named_regions_changed.emit(self.named_regions)

    def _set_size(self) -> None:
        # Without a window manager nothing is maximized: the size is there all the same.
        room = self.screen().availableSize()
        self.resize(room)
        self.setWindowState(Qt.WindowState.WindowMaximized)
        self._font_size = min(max(room.height() // 60, _SMALLEST_FONT), _LARGEST_FONT)
        # A style sheet, since the program's own would win over a font.
        self.setStyleSheet(
            f"QWidget {{ font-size: {self._font_size}px }}"
            "QComboBox, QLineEdit { min-height: 1.6em }"
            "QLineEdit { border: 1px solid #3a424b; border-radius: 4px; padding: 0 6px }"
            "QLineEdit:focus { border-color: #4cc2ff }"
            "QComboBox QAbstractItemView { border: 1px solid #3a424b }"
            "QComboBox QAbstractItemView::item { min-height: 1.7em }"
        )

    def _make_view(self, still: Frame) -> None:
        self._view = ImageView(self)
        self._view.show_frame(still, None)
        if len(self._monitors) > 1:
            self._view.set_monitors(self._monitors)
        self._view.begin_selection(still.roi, self._roi, mode=self._mode, with_buttons=False)
        self._view.roi_changing.connect(self._on_view_roi_changing)
        self._view.roi_changed.connect(self._on_view_roi_changed)
        self._view.selection_applied.connect(self._on_view_selection_applied)
        self._view.selection_cancelled.connect(self.reject)

    def _make_fields(self) -> None:
        across, down = (self._bounds.x1, self._bounds.x2), (self._bounds.y1, self._bounds.y2)
        self._fields = [self._make_field(*limits) for limits in (across, down, across, down)]
        self._fill_fields(self._bounds)
        self._size = QLabel(self)
        self._message = QLabel(self)
        self._message.setWordWrap(True)
        self._keep_row_steady()

    def _make_side(self) -> None:
        # Every pixel of the small ROI is shown by as many of the screen's.
        side = SMALL_ROI_SIZE_PX * (3 * self._font_size // 8)
        self._preview = RegionPreview(side, self._font_size, self)
        self._choices = RegionChoices(self._bounds, self._named, self._monitors, self)
        self._choices.region_chosen.connect(self._on_choices_region_chosen)
        self._choices.named_changed.connect(self._on_choices_named_changed)
        self._undo = self._make_step_button(self.tr("&Undo"), self._view.undo)
        self._redo = self._make_step_button(self.tr("R&edo"), self._view.redo)
        self._side = QWidget(self)
        self._side.setFixedWidth(side)

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
        self._apply.setDefault(True)
        self._buttons.addButton(self.tr("&Cancel"), QDialogButtonBox.ButtonRole.RejectRole)
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)

    def _make_step_button(self, text: str, step: Callable[[], None]) -> QPushButton:
        button = QPushButton(text, self)
        # It is greyed when there is no more step: the keys must not go astray then.
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.clicked.connect(step)
        return button

    def _make_field(self, least: int, most: int) -> RegionField:
        field = RegionField(self)
        field.setRange(least, most)
        field.setAccelerated(True)
        field.valueChanged.connect(self._on_field_value_changed)
        field.editingFinished.connect(self._on_field_editing_finished)
        return field

    def _lay_out(self) -> None:
        self._lay_out_side()
        upper = QHBoxLayout()
        upper.addWidget(self._view, stretch=1)
        upper.addWidget(self._side)
        column = QVBoxLayout(self)
        column.addLayout(upper, stretch=1)
        column.addLayout(self._row())

    def _lay_out_side(self) -> None:
        column = QVBoxLayout(self._side)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._preview, stretch=1)
        column.addSpacing(_SPACE)
        column.addWidget(self._choices)
        column.addStretch()
        column.addWidget(self._hint())
        steps = QHBoxLayout()
        steps.addWidget(self._undo)
        steps.addWidget(self._redo)
        column.addLayout(steps)

    def _row(self) -> QHBoxLayout:
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
        return row

    def _hint(self) -> QLabel:
        hint = QLabel(
            self.tr("Arrow keys move the region by 1 px, with Shift by 10 px, with Ctrl they resize it."), self
        )
        hint.setWordWrap(True)
        hint.setStyleSheet(f"color: {palette.MUTED.name()}")
        return hint

    def _take(self, roi: Roi | None) -> None:
        """Show a region that was not typed in the fields; an empty drag leaves them as they are."""
        self._roi = roi
        if roi is not None:
            self._fill_fields(roi)
        self._show_region(typed=False)

    def _fill_fields(self, roi: Roi) -> None:
        for field, value in zip(self._fields, (roi.x1, roi.y1, roi.x2, roi.y2), strict=True):
            with QSignalBlocker(field):
                field.setValue(value)

    def _show_region(self, *, typed: bool) -> None:
        """Show all but the fields and the picture what the region is now."""
        roi = self._roi
        self._size.setText("" if roi is None else f"{roi.width} \N{MULTIPLICATION SIGN} {roi.height}")
        self._choices.show_roi(roi)
        self._undo.setEnabled(self._view.can_undo)
        self._redo.setEnabled(self._view.can_redo)
        refusal = self._refusal(roi) if roi is not None else ""
        self._apply.setEnabled(roi is not None and not refusal)
        if roi is None or refusal:
            self._preview.clear()
        else:
            measured = self._measured(roi)
            self._preview.show_measured(measured, self._view.pixels_at(measured))
        self._show_verdict(refusal, typed=typed)

    def _show_verdict(self, refusal: str, *, typed: bool) -> None:
        roi = self._roi
        if roi is None and typed:
            self._say(self.tr("No pixel inside: X2 must be greater than X1, and Y2 than Y1"), palette.RED)
        elif refusal:
            self._say(refusal, palette.RED)
        elif roi is not None:
            self._say(". ".join(self._notes(roi)), palette.AMBER)
        else:
            self._message.clear()

    def _measured(self, roi: Roi) -> Roi:
        return Regions(self._mode, roi).small

    def _refusal(self, roi: Roi) -> str:
        if not self._monitors or touched_monitors(self._measured(roi), self._monitors):
            return ""
        if touched_monitors(roi, self._monitors):
            return self.tr("The measured square at the centre is on no monitor: move the region")
        return self.tr("No monitor shows this region: nothing can be measured here")

    def _notes(self, roi: Roi) -> list[str]:
        notes = []
        if self._mode is RoiMode.DUAL and min(roi.width, roi.height) < SMALL_ROI_SIZE_PX:
            note = self.tr("Less than {0} px wide or high: the whole region is measured")
            notes.append(note.format(SMALL_ROI_SIZE_PX))
        touched = [str(number) for number in touched_monitors(roi, self._monitors)]
        if len(touched) > 1:
            notes.append(self.tr("Spans monitors {0}").format(self.tr(" and ").join(touched)))
        if dead_areas(self._measured(roi), self._monitors):
            notes.append(self.tr("A part of what is measured is on no monitor"))
        return notes

    def _say(self, text: str, colour: QColor) -> None:
        self._message.setText(f'<span style="color: {colour.name()}">{text}</span>' if text else "")
