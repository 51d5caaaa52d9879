"""A list of like things as a table: rows come one by one, columns are data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from PySide6.QtGui import QColor

_AnyIndex = QModelIndex | QPersistentModelIndex
Row = TypeVar("Row")


class Column(NamedTuple):
    """Title, meaning and content of a column; what has a colour is a verdict and stands left, numbers stand right."""

    title: str
    tip: str
    text: Callable[[Any], str]
    colour: Callable[[Any], QColor] | None = None


class RowsModel(QAbstractTableModel, Generic[Row]):
    """Rows, newest last."""

    def __init__(self, columns: Sequence[Column], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._columns = tuple(columns)
        self._rows: list[Row] = []

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
        self.endInsertRows()

    def set_at(self, place: int, row: Row) -> None:
        """List this instead of what stands at `place`."""
        self._rows[place] = row
        self.dataChanged.emit(self.index(place, 0), self.index(place, self.columnCount() - 1))

    def show_rows(self, rows: Iterable[Row]) -> None:
        """List these and no others."""
        self.beginResetModel()
        self._rows = list(rows)
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

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a column's title and what it means."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        column = self._columns[section]
        shown = {Qt.ItemDataRole.DisplayRole: column.title, Qt.ItemDataRole.ToolTipRole: column.tip}
        return shown.get(Qt.ItemDataRole(role))

    def data(self, index: _AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what a cell shows."""
        row, column = self._rows[index.row()], self._columns[index.column()]
        match Qt.ItemDataRole(role):
            # What the column has no room for can be read as its tip.
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.ToolTipRole:
                return column.text(row)
            case Qt.ItemDataRole.ForegroundRole if column.colour is not None:
                return column.colour(row)
            case Qt.ItemDataRole.TextAlignmentRole if column.colour is None:
                return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            case _:
                return None


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
