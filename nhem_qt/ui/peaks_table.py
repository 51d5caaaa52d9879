"""The list of peaks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from nhem_qt.ui.verdict import verdict_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from nhem_qt.detection import Peak

_ANY_INDEX = QModelIndex | QPersistentModelIndex


class _Column(NamedTuple):
    title: str
    tip: str
    text: Callable[[Peak], str]


class PeaksModel(QAbstractTableModel):
    """The peaks of a session, newest last."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._peaks: list[Peak] = []
        self._columns = self._make_columns()

    @property
    def peaks(self) -> tuple[Peak, ...]:
        """All peaks listed."""
        return tuple(self._peaks)

    def append(self, peak: Peak) -> None:
        """List one more peak."""
        row = len(self._peaks)
        self.beginInsertRows(QModelIndex(), row, row)
        self._peaks.append(peak)
        self.endInsertRows()

    def clear(self) -> None:
        """List nothing."""
        self.beginResetModel()
        self._peaks.clear()
        self.endResetModel()

    def rowCount(self, parent: _ANY_INDEX = QModelIndex()) -> int:  # noqa: B008 - the signature is Qt's
        """Return the number of peaks."""
        return 0 if parent.isValid() else len(self._peaks)

    def columnCount(self, parent: _ANY_INDEX = QModelIndex()) -> int:  # noqa: B008 - the signature is Qt's
        """Return the number of columns."""
        return 0 if parent.isValid() else len(self._columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a column's title and what it means."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        column = self._columns[section]
        return {Qt.ItemDataRole.DisplayRole: column.title, Qt.ItemDataRole.ToolTipRole: column.tip}.get(
            Qt.ItemDataRole(role)
        )

    def data(self, index: _ANY_INDEX, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what a cell shows."""
        peak, column = self._peaks[index.row()], self._columns[index.column()]
        match Qt.ItemDataRole(role):
            case Qt.ItemDataRole.DisplayRole:
                return column.text(peak)
            case Qt.ItemDataRole.ForegroundRole if index.column() == 1:
                return verdict_of(peak.color).colour
            case Qt.ItemDataRole.TextAlignmentRole if index.column() != 1:
                return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            case _:
                return None

    def _make_columns(self) -> tuple[_Column, ...]:
        return (
            _Column("#", self.tr("Number of the peak"), lambda peak: str(peak.peak_index)),
            _Column(
                self.tr("Verdict"),
                self.tr("HEM: the gray value stays higher by more than the difference threshold"),
                lambda peak: str(verdict_of(peak.color)),
            ),
            _Column(
                self.tr("Difference"),
                self.tr("Mean gray value after the emission minus before it"),
                lambda peak: f"{peak.difference:+.2f}",
            ),
            _Column(
                self.tr("Confidence"),
                self.tr("How sure the colour is"),
                lambda peak: f"{100 * peak.confidence:.0f} %",
            ),
            _Column(self.tr("Start, s"), self.tr("Start of the emission"), lambda peak: f"{peak.start_s:.2f}"),
            _Column(self.tr("Length, s"), self.tr("Length of the emission"), lambda peak: f"{peak.duration_s:.2f}"),
            _Column(self.tr("Before"), self.tr("Mean gray value before"), lambda peak: f"{peak.pre_mean:.1f}"),
            _Column(self.tr("After"), self.tr("Mean gray value after"), lambda peak: f"{peak.post_mean:.1f}"),
            _Column(self.tr("Top"), self.tr("Highest gray value"), lambda peak: f"{peak.peak_gray:.1f}"),
        )


class PeaksTable(QTableView):
    """Shows a PeaksModel and keeps the newest peak in view."""

    def __init__(self, model: PeaksModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModel(model)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setAlternatingRowColors(True)
        self.verticalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        model.rowsInserted.connect(self._on_model_rows_inserted)

    def _on_model_rows_inserted(self) -> None:
        self.scrollToBottom()
