"""The list of kept sessions: sorted, searched, named in place."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from nhem_qt.session import KeptSummary, SessionState
from nhem_qt.ui import palette
from nhem_qt.ui.plain_words import plain_tip
from nhem_qt.ui.rows_table import Column, RowsModel
from nhem_qt.ui.session_words import date_words, length_words, state_word
from nhem_qt.ui.verdict import HEM, NO_HEM

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from PySide6.QtGui import QColor

    from nhem_qt.ui.verdict import Verdict

_AnyIndex = QModelIndex | QPersistentModelIndex

_STATE_COLOURS = {
    SessionState.FINISHED: palette.TEXT,
    SessionState.RUNNING: palette.ACCENT,
    SessionState.INTERRUPTED: palette.AMBER,
    SessionState.DAMAGED: palette.RED,
}


class Place(IntEnum):
    """The columns, from left to right."""

    STARTED = 0
    NAME = 1
    LENGTH = 2
    SOURCE = 3
    GREEN = 4
    RED = 5
    STATE = 6
    NOTE = 7


_ORDERS: Mapping[Place, Callable[[KeptSummary], Any]] = {
    Place.STARTED: lambda summary: summary.started_at.timestamp(),
    Place.NAME: lambda summary: summary.name.casefold(),
    Place.LENGTH: lambda summary: summary.length_s,
    Place.SOURCE: lambda summary: summary.source,
    Place.GREEN: lambda summary: summary.green,
    Place.RED: lambda summary: summary.red,
    Place.STATE: lambda summary: summary.state.value,
    Place.NOTE: lambda summary: _remark(summary).casefold(),
}


def _session_columns(tr: Callable[[str], str]) -> tuple[Column, ...]:
    return (
        Column(tr("Started"), tr("Date and time of the start"), lambda one: date_words(one.started_at), _text_colour),
        Column(tr("Name"), tr("Your name for the session; F2 changes it"), lambda one: one.name, _text_colour),
        Column(
            tr("Length"),
            tr("Time from the start to the last sample"),
            lambda one: "" if one.error else length_words(one.length_s, tr),
            _text_colour,
        ),
        Column(tr("Source"), tr("Where the picture came from"), lambda one: one.source, _text_colour),
        _count_column(tr("Green"), tr("Emissions with HEM"), HEM, lambda one: one.green),
        _count_column(tr("Red"), tr("Emissions without HEM"), NO_HEM, lambda one: one.red),
        Column(
            tr("State"),
            tr("How the session came to its end"),
            lambda one: state_word(one.state, tr),
            lambda one: _STATE_COLOURS[one.state],
        ),
        Column(tr("Note"), tr("Your note, or why the file cannot be read"), _remark, _text_colour),
    )


def _count_column(title: str, tip: str, verdict: Verdict, count: Callable[[KeptSummary], int]) -> Column:
    def text(summary: KeptSummary) -> str:
        return "" if summary.error else f"{verdict.shape} {count(summary)}"

    return Column(title, tip, text, lambda summary: verdict.colour if count(summary) else palette.MUTED)


def _text_colour(summary: KeptSummary) -> QColor:
    return palette.MUTED if summary.error else palette.TEXT


def _remark(summary: KeptSummary) -> str:
    return summary.error or " ".join(summary.note.split())


class SessionsModel(RowsModel[KeptSummary]):
    """Summaries of sessions, sorted and searched; a new name is asked for, and shown only when it is kept."""

    rename_requested = Signal(object, str)
    """The file (Path) and the name that it should have."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(_session_columns(parent.tr), parent)
        self._all: list[KeptSummary] = []
        self._searched = ""
        self._order, self._descending = _ORDERS[Place.STARTED], True

    @property
    def count_of_all(self) -> int:
        """How many sessions there are, shown or not."""
        return len(self._all)

    def show_all(self, summaries: Iterable[KeptSummary]) -> None:
        """Let these be all that there are."""
        # The newest goes first also among those that are alike in what is sorted by.
        self._all = sorted(summaries, key=_ORDERS[Place.STARTED], reverse=True)
        self._arrange()

    def search(self, text: str) -> None:
        """List only what has `text` in its name, note, date or id."""
        self._searched = text.strip().casefold()
        self._arrange()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column."""
        self._order, self._descending = _ORDERS[Place(column)], order == Qt.SortOrder.DescendingOrder
        self._arrange()

    def replace(self, summary: KeptSummary) -> None:
        """Show a session as it is now, where it stands."""
        self._all = [summary if one.path == summary.path else one for one in self._all]
        row = self.row_of(summary.path)
        if row is not None:
            self.set_at(row, summary)

    def remove(self, path: Path) -> None:
        """List a session no longer."""
        self._all = [one for one in self._all if one.path != path]
        row = self.row_of(path)
        if row is not None:
            self.remove_at(row)

    def row_of(self, path: Path | None) -> int | None:
        """Return where a session stands; None if it is not listed."""
        return next((row for row, summary in enumerate(self._rows) if summary.path == path), None)

    def flags(self, index: _AnyIndex) -> Qt.ItemFlag:
        """Return what can be done with a cell: names can be edited."""
        named = index.isValid() and index.column() == Place.NAME and self._rows[index.row()].error is None
        return super().flags(index) | (Qt.ItemFlag.ItemIsEditable if named else Qt.ItemFlag.NoItemFlags)

    def data(self, index: _AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what a cell shows, also when it is edited, and in full."""
        summary = self._rows[index.row()]
        match Qt.ItemDataRole(role):
            case Qt.ItemDataRole.EditRole:
                return summary.name
            case Qt.ItemDataRole.ToolTipRole:
                words = {Place.NAME: summary.name, Place.NOTE: summary.error or summary.note}
                return plain_tip(words.get(Place(index.column()), ""))
            case _:
                return super().data(index, role)

    def setData(self, index: _AnyIndex, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:  # noqa: N802 - Qt's
        """Ask for a new name."""
        summary = self._rows[index.row()]
        wanted = role == Qt.ItemDataRole.EditRole and str(value) != summary.name
        if wanted:
            self.rename_requested.emit(summary.path, str(value))
        return wanted

    def _arrange(self) -> None:
        found = (summary for summary in self._all if self._searched in _searchable(summary))
        self.show_rows(sorted(found, key=self._order, reverse=self._descending))


def _searchable(summary: KeptSummary) -> str:
    return "\n".join((summary.name, summary.note, date_words(summary.started_at), summary.session_id)).casefold()


class SessionsTable(QTableView):
    """Shows sessions, newest first until a header is clicked; one of them is the current one."""

    current_changed = Signal()
    """Another session is the current one, or none, or it has changed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sessions = SessionsModel(self)
        self.setModel(self.sessions)
        self._current_path: Path | None = None
        self._dress()
        self.sortByColumn(Place.STARTED, Qt.SortOrder.DescendingOrder)
        self.setSortingEnabled(True)
        self.sessions.modelAboutToBeReset.connect(self._on_sessions_about_to_be_reset)
        self.sessions.modelReset.connect(self._on_sessions_reset)
        self.sessions.dataChanged.connect(self.current_changed)
        self.selectionModel().currentRowChanged.connect(self.current_changed)

    @property
    def current(self) -> KeptSummary | None:
        """The session that a command would concern; None if none is listed."""
        index = self.currentIndex()
        return self.sessions.rows[index.row()] if index.isValid() else None

    def edit_name(self) -> None:
        """Let the name of the current session be edited in its cell."""
        self.edit(self.currentIndex().siblingAtColumn(Place.NAME))

    def moveCursor(  # noqa: N802 - the name is Qt's
        self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier
    ) -> QModelIndex:
        """Go to the first and the last row with Home and End: the columns are all in view."""
        ends = {
            QAbstractItemView.CursorAction.MoveHome: 0,
            QAbstractItemView.CursorAction.MoveEnd: self.sessions.rowCount() - 1,
        }
        if action in ends:
            return self.sessions.index(ends[action], self.currentIndex().column())
        return super().moveCursor(action, modifiers)

    def _on_sessions_about_to_be_reset(self) -> None:
        self._current_path = self.current.path if self.current else None

    def _on_sessions_reset(self) -> None:
        """Stay at the same session, where it is still listed; else go to the first."""
        self.selectRow(self.sessions.row_of(self._current_path) or 0)

    def _dress(self) -> None:
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        # By the rows in view: to measure hundreds of them would hold the window up.
        header.setResizeContentsPrecision(0)
        for place in (Place.NAME, Place.NOTE):
            header.setSectionResizeMode(place, QHeaderView.ResizeMode.Stretch)
