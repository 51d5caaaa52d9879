"""The regions that can be had without drawing: whole monitors, and those that were given a name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QComboBox, QGridLayout, QPushButton, QStyledItemDelegate, QWidget

from nhem_qt.geometry import Roi
from nhem_qt.ui.region_fields import ChoiceList, NameField
from nhem_qt.ui.region_monitors import touched_monitors

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_DISABLED = QColor("#5f6973")
_LONGEST_NAME = 60
_LEAST_WIDTH = 12
_ROI_ROLE = Qt.ItemDataRole.UserRole
_NAME_ROLE = Qt.ItemDataRole.UserRole + 1


class RegionChoices(QWidget):
    """Offers regions inside `bounds` (device pixels), and keeps a list of named ones.

    What lies wholly off the still, or where no monitor is, is greyed with the reason as tooltip; it can be replaced and
    deleted by its name. `monitors` of which there is but one are not offered: it is all that there is.
    """

    region_chosen = Signal(object)
    """The region that was chosen, clamped to the bounds: Roi."""
    named_changed = Signal(object)
    """All named regions after one was saved or deleted: dict of str to Roi."""

    def __init__(
        self,
        bounds: Roi,
        named: Mapping[str, Roi],
        monitors: Sequence[Roi],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._bounds = bounds
        self._monitors = monitors
        self._named = dict(named)
        self._roi: Roi | None = None
        self._make_fields()
        self._lay_out()
        self._fill()
        self._show_what_goes()

    @property
    def named(self) -> dict[str, Roi]:
        """The named regions, as they were saved: not clamped."""
        return dict(self._named)

    def show_roi(self, roi: Roi | None) -> None:
        """Tell which region is selected: it can be saved, and the list says which of its regions it is, if any."""
        self._roi = roi
        known = roi is not None and self._list.currentData(_ROI_ROLE) == roi
        if not known:
            self._list.setCurrentIndex(-1)
        self._show_what_goes()

    def _on_list_activated(self, index: int) -> None:
        roi = self._list.itemData(index, _ROI_ROLE)
        if isinstance(roi, Roi):
            self._name.setText(self._list.itemData(index, _NAME_ROLE))
            self.region_chosen.emit(roi)

    def _on_name_text_changed(self) -> None:
        self._show_what_goes()

    def _on_save_clicked(self) -> None:
        name = self._typed_name()
        if name and self._roi is not None:
            self._named[name] = self._roi
            self._fill(name)
            self._tell()

    def _on_delete_clicked(self) -> None:
        if self._named.pop(self._typed_name(), None) is not None:
            self._name.clear()
            self._fill()
            self._tell()

    def _make_fields(self) -> None:
        self._list = ChoiceList(self)
        self._list.setModel(QStandardItemModel(self._list))
        # The list's own delegate does not know the colour of an item.
        self._list.setItemDelegate(QStyledItemDelegate(self._list))
        self._list.setPlaceholderText(self.tr("Choose a region..."))
        self._list.setMinimumContentsLength(_LEAST_WIDTH)
        self._list.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._list.activated.connect(self._on_list_activated)
        self._name = NameField(self)
        self._name.setPlaceholderText(self.tr("Name of this region"))
        self._name.setMaxLength(_LONGEST_NAME)
        self._name.textChanged.connect(self._on_name_text_changed)
        self._name.entered.connect(self._on_save_clicked)
        self._save = QPushButton(self)
        self._save.clicked.connect(self._on_save_clicked)
        self._delete = QPushButton(self.tr("&Delete"), self)
        self._delete.clicked.connect(self._on_delete_clicked)

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.addWidget(self._list, 0, 0, 1, 2)
        grid.addWidget(self._name, 1, 0, 1, 2)
        grid.addWidget(self._save, 2, 0)
        grid.addWidget(self._delete, 2, 1)

    def _fill(self, current: str | None = None) -> None:
        """List all that can be chosen; the region of the name `current` is the one selected."""
        self._list.clear()
        whole = self.tr("Whole monitor {0}")
        if len(self._monitors) > 1:
            for number, monitor in enumerate(self._monitors, 1):
                self._add(whole.format(number), "", monitor)
            self._list.insertSeparator(self._list.count())
        for name, roi in self._named.items():
            self._add(name, name, roi)
        self._list.setCurrentIndex(-1 if current is None else self._list.findData(current, _NAME_ROLE))
        self._list.setEnabled(self._list.count() > 0)

    def _add(self, label: str, name: str, roi: Roi) -> None:
        item = QStandardItem(f"{label}   {roi.width} \N{MULTIPLICATION SIGN} {roi.height}")
        item.setData(roi.clamp(self._bounds), _ROI_ROLE)
        item.setData(name, _NAME_ROLE)
        item.setToolTip(f"{roi.x1}, {roi.y1} \N{EN DASH} {roi.x2}, {roi.y2}")
        reason = self._why_not(roi)
        if reason:
            item.setText(self.tr("{0}   not shown here").format(label))
            item.setToolTip(reason)
            item.setEnabled(False)
            # The style sheet's colour is for enabled ones, and wins over the palette.
            item.setForeground(_DISABLED)
        model = self._list.model()
        if isinstance(model, QStandardItemModel):
            model.appendRow(item)

    def _why_not(self, roi: Roi) -> str:
        if roi.clamp(self._bounds) is None:
            return self.tr("{0} lies wholly off this picture, which shows {1}").format(roi, self._bounds)
        if self._monitors and not touched_monitors(roi, self._monitors):
            return self.tr("{0} lies where no monitor is").format(roi)
        return ""

    def _show_what_goes(self) -> None:
        name = self._typed_name()
        is_known = name in self._named
        self._save.setText(self.tr("&Replace") if is_known else self.tr("&Save as"))
        self._save.setEnabled(bool(name) and self._roi is not None)
        self._delete.setEnabled(is_known)

    def _typed_name(self) -> str:
        return self._name.text().strip()

    def _tell(self) -> None:
        self._show_what_goes()
        self.named_changed.emit(self.named)
