"""Other parameters for a session, and what they would have found beside what the session has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from nhem_qt.analysis import FoundBy
from nhem_qt.ui import palette
from nhem_qt.ui.detector_fields import DetectorFields
from nhem_qt.ui.pairs_table import pair_columns
from nhem_qt.ui.rows_table import RowsModel, RowsTable

if TYPE_CHECKING:
    from PySide6.QtGui import QColor

    from nhem_qt.analysis import Comparison, Pair
    from nhem_qt.detection import DetectorConfig

_LEAST_HEIGHT_PX = 72


class WhatIfPanel(QWidget):
    """A form that begins with the session's own parameters, and below it what a run with the edited ones has found.

    `run_requested` carries a DetectorConfig, `pair_selected` the Pair of the row that the user has gone to.
    """

    run_requested = Signal(object)
    pair_selected = Signal(object)

    def __init__(self, config: DetectorConfig, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._comparison: Comparison | None = None
        self._busy = False
        self._fields = DetectorFields(config, self)
        self._run = QPushButton(self)
        self._reset = QPushButton(self.tr("Rese&t"), self)
        self._edited = QLabel(self)
        self._edited.setObjectName("caption")
        self._summary = QLabel(self)
        self._summary.setWordWrap(True)
        self._pairs: RowsModel[Pair] = RowsModel(pair_columns(self.tr), self)
        self._table = RowsTable(self._pairs, self)
        self._lay_out()
        self._run.clicked.connect(self._on_run_clicked)
        self._reset.clicked.connect(self._on_reset_clicked)
        self._fields.edited.connect(self._show_state)
        self._table.row_chosen.connect(self.pair_selected)
        self.show_comparison(None)

    def show_comparison(self, comparison: Comparison | None) -> None:
        """Show what a run has found; None: nothing was run yet."""
        self._comparison = comparison
        self._pairs.show_rows(() if comparison is None else comparison.pairs)
        self._table.setVisible(comparison is not None and bool(comparison.pairs))
        self._show_state()

    def set_busy(self, busy: bool) -> None:  # noqa: FBT001 - like a setter of Qt
        """Say that the detection is under way; meanwhile no other run can be asked for."""
        self._busy = busy
        self._show_state()

    def _on_run_clicked(self) -> None:
        self.run_requested.emit(self._fields.config)

    def _on_reset_clicked(self) -> None:
        self._fields.reset()
        self._show_state()

    def _show_state(self) -> None:
        """Say what was edited, and whether what is shown was found by just these parameters."""
        edited = len(self._fields.changes)
        self._edited.setText(self.tr("{0} changed").format(edited) if edited else self.tr("as in the session"))
        self._reset.setEnabled(edited > 0)
        self._run.setEnabled(not self._busy)
        self._run.setText(self.tr("Running...") if self._busy else self.tr("R&un"))
        self._show_summary()

    def _show_summary(self) -> None:
        if self._comparison is None:
            self._tell(self.tr("Change parameters and press Run. The session itself stays as it is."), palette.MUTED)
        elif self._comparison.config != self._fields.config:
            words = self.tr("{0}.\nNot yet with the parameters above: press Run")
            self._tell(words.format(self._words(self._comparison)), palette.AMBER)
        else:
            self._tell(self._words(self._comparison), palette.TEXT)

    def _words(self, comparison: Comparison) -> str:
        if not comparison.pairs:
            return self.tr("Nothing was found, neither in the session nor by the new parameters")
        words = self.tr(
            "{0} found by both, {1} only in the session, {2} only by the new parameters; {3} changed colour"
        )
        return words.format(*(comparison.count(found_by) for found_by in FoundBy), comparison.changed_colour)

    def _tell(self, words: str, colour: QColor) -> None:
        self._summary.setText(words)
        self._summary.setStyleSheet(f"color: {colour.name()}")

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.addWidget(self._run)
        buttons.addWidget(self._reset)
        buttons.addWidget(self._edited, stretch=1)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(_FormArea(self._fields, self), stretch=1)
        column.addLayout(buttons)
        column.addWidget(self._summary)
        column.addWidget(self._table, stretch=1)
        column.addStretch()
        self._table.setMinimumHeight(_LEAST_HEIGHT_PX)


class _FormArea(QScrollArea):
    """As high as the form in it where there is room; else it scrolls."""

    def __init__(self, form: QWidget, parent: QWidget) -> None:
        super().__init__(parent)
        self._form = form
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.setMinimumHeight(_LEAST_HEIGHT_PX)
        self.setWidget(form)

    def sizeHint(self) -> QSize:
        """Ask for the height of the form."""
        return super().sizeHint().expandedTo(QSize(0, self._form.sizeHint().height()))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Ask for another height when the form has folded or unfolded."""
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().eventFilter(watched, event)
