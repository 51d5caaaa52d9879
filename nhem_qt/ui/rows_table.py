"""A list of like things as a table: rows come one by one, columns are data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from PySide6.QtGui import QColor

# As plain numbers: to make an enum of each would take longer than all else.
_DISPLAY, _TIP = int(Qt.ItemDataRole.DisplayRole), int(Qt.ItemDataRole.ToolTipRole)
_FOREGROUND, _ALIGNMENT = int(Qt.ItemDataRole.ForegroundRole), int(Qt.ItemDataRole.TextAlignmentRole)
_RIGHT = (Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter).value

# More than any window shows.
_MOST_ROWS_AT_HAND = 200

_AnyIndex = QModelIndex | QPersistentModelIndex
Row = TypeVar("Row")


class Column(NamedTuple):
    """Title, meaning and content of a column; what has a colour is a verdict and stands left, numbers stand right."""

    title: str
    tip: str
    text: Callable[[Any], str]
    colour: Callable[[Any], QColor] | None = None

    def cell(self, row: Any) -> dict[int, Any]:
        """Return what a cell shows, by Qt's roles."""
        text = self.text(row)
        # What the column has no room for can be read as its tip.
        shown: dict[int, Any] = {_DISPLAY: text, _TIP: text}
        if self.colour is None:
            return shown | {_ALIGNMENT: _RIGHT}
        return shown | {_FOREGROUND: self.colour(row)}


class RowsModel(QAbstractTableModel, Generic[Row]):
    """Rows, newest last."""

    def __init__(self, columns: Sequence[Column], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._columns = tuple(columns)
        self._rows: list[Row] = []
        self._cells: dict[int, tuple[dict[int, Any], ...]] = {}

    @property
    def rows(self) -> tuple[Row, ...]:
        """All rows listed."""
        return tuple(self._rows)

    def append(self, row: Row) -> None:
        """List one more."""
        self.insert_at(len(self._rows), row)

    def insert_at(self, place: int, row: Row) -> None:
        """List one more, before what stands at `place` now."""
        self.beginInsertRows(QModelIndex(), place, place)
        self._rows.insert(place, row)
        self._forget_from(place)
        self.endInsertRows()

    def set_at(self, place: int, row: Row) -> None:
        """List this instead of what stands at `place`."""
        self._rows[place] = row
        self._cells.pop(place, None)
        self.dataChanged.emit(self.index(place, 0), self.index(place, self.columnCount() - 1))

    def remove_at(self, place: int) -> None:
        """List no longer what stands at `place`."""
        self.beginRemoveRows(QModelIndex(), place, place)
        del self._rows[place]
        self._forget_from(place)
        self.endRemoveRows()

    def show_rows(self, rows: Iterable[Row]) -> None:
        """List these and no others."""
        self.beginResetModel()
        self._rows = list(rows)
        self._forget_from(0)
        self.endResetModel()

    def clear(self) -> None:
        """List nothing."""
        self.show_rows(())

    def rowCount(self, parent: _AnyIndex = QModelIndex()) -> int:  # noqa: B008 - the signature is Qt's
        """Return the number of rows."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: _AnyIndex = QModelIndex()) -> int:  # noqa: B008 - the signature is Qt's
        """Return the number of columns."""
        return 0 if parent.isValid() else len(self._columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _DISPLAY) -> Any:
        """Return a column's title and what it means."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        column = self._columns[section]
        return {_DISPLAY: column.title, _TIP: column.tip}.get(role)

    def data(self, index: _AnyIndex, role: int = _DISPLAY) -> Any:
        """Return what a cell shows."""
        return self._cells_at(index.row())[index.column()].get(role)

    def _cells_at(self, place: int) -> tuple[dict[int, Any], ...]:
        """Return the cells of a row, kept while it may be in view: Qt asks for each seven times to paint it."""
        cells = self._cells.get(place)
        if cells is None:
            if len(self._cells) >= _MOST_ROWS_AT_HAND:
                self._cells.clear()
            cells = self._cells[place] = tuple(column.cell(self._rows[place]) for column in self._columns)
        return cells

    def _forget_from(self, place: int) -> None:
        self._cells = {before: cells for before, cells in self._cells.items() if before < place}


class RowsTable(QTableView):
    """Shows a RowsModel and keeps the newest row in view."""

    row_chosen = Signal(object)
    """The row that the user has gone to, by mouse or key."""

    def __init__(self, model: RowsModel[Any], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.setModel(model)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setAlternatingRowColors(True)
        self.verticalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        # By the rows in view: to measure thousands of them would hold the window up.
        self.horizontalHeader().setResizeContentsPrecision(0)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        model.rowsInserted.connect(self._on_model_rows_inserted)
        self.selectionModel().currentRowChanged.connect(self._on_selection_current_row_changed)

    def choose(self, row: Any) -> None:
        """Go to a row that is listed."""
        self.selectRow(self._model.rows.index(row))

    def _on_model_rows_inserted(self) -> None:
        self.scrollToBottom()

    def _on_selection_current_row_changed(self, current: QModelIndex) -> None:
        if current.isValid():
            self.row_chosen.emit(self._model.rows[current.row()])
