"""Tools > Diagnostics: what the doctor finds, with what to do about it."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from nhem_qt.doctor import Finding, Level, Machine, as_text, examine, verdict_text
from nhem_qt.errors import Cancelled
from nhem_qt.ui import palette
from nhem_qt.ui.rows_table import Column, RowsModel, RowsTable

if TYPE_CHECKING:
    from collections.abc import Callable

    from nhem_qt.ui.background import Jobs

_WIDTH_PX, _HEIGHT_PX = 1040, 620
_PROGRESS_HEIGHT_PX = 4

_SHAPES = {Level.OK: "\N{CHECK MARK}", Level.NOTICE: "\N{WARNING SIGN}", Level.PROBLEM: "\N{MULTIPLICATION X}"}
_COLOURS = {Level.OK: palette.MUTED, Level.NOTICE: palette.AMBER, Level.PROBLEM: palette.RED}
_GRAVEST_FIRST = (Level.PROBLEM, Level.NOTICE, Level.OK)


class DiagnosticsDialog(QDialog):
    """Examines what `machine` gives in the background and lists the findings, the gravest first.

    The window behind it stays usable. Closed, the dialog lets the examination end.
    """

    def __init__(self, machine: Callable[[], Machine], jobs: Jobs, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Diagnostics"))
        self._machine = machine
        self._jobs = jobs
        self._findings: tuple[Finding, ...] = ()
        self._unwanted = threading.Event()
        self._verdict = QLabel(self)
        self._model: RowsModel[Finding] = RowsModel(_columns(self.tr), self)
        self._table = RowsTable(self._model, self)
        self._progress = QProgressBar(self)
        self._copy = QPushButton(self.tr("&Copy"), self)
        self._again = QPushButton(self.tr("&Examine again"), self)
        self._close = QPushButton(self.tr("Close"), self)
        self._dress()
        self._lay_out()
        self._copy.clicked.connect(self._on_copy_clicked)
        self._again.clicked.connect(self.examine_again)
        self._close.clicked.connect(self.reject)
        # The window must not wait for an examination when it closes.
        parent.installEventFilter(self)
        self.examine_again()

    def open(self) -> None:
        """Show the dialog; unlike other dialogs it does not keep its window from being used."""
        self.show()
        self.raise_()
        self.activateWindow()

    def examine_again(self) -> None:
        """Examine the machine as it is now."""
        self._show_busy(self.tr("This machine is being examined, which takes some seconds ..."))
        self._jobs.begin(partial(_examined, self._machine(), self._unwanted), self._on_job_done, self._on_job_failed)

    def done(self, result: int) -> None:
        """Leave; what is not yet examined is left out."""
        self._unwanted.set()
        super().done(result)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Leave together with the window."""
        if event.type() is QEvent.Type.Close:
            self.reject()
        return super().eventFilter(watched, event)

    def _on_job_done(self, result: object) -> None:
        if not self._unwanted.is_set():
            self._show_findings(cast("tuple[Finding, ...]", result))

    def _on_job_failed(self, message: str) -> None:
        if not self._unwanted.is_set():
            self._show_findings((Finding(Level.PROBLEM, self.tr("Diagnostics"), message),))

    def _on_copy_clicked(self) -> None:
        QGuiApplication.clipboard().setText(as_text(self._findings))
        self._copy.setText(self.tr("Copied"))

    def _show_busy(self, words: str) -> None:
        self._verdict.setText(words)
        self._set_busy(busy=True)

    def _show_findings(self, findings: tuple[Finding, ...]) -> None:
        self._findings = findings
        self._verdict.setText(verdict_text(findings))
        self._model.show_rows(sorted(findings, key=lambda finding: _GRAVEST_FIRST.index(finding.level)))
        self._copy.setText(self.tr("&Copy"))
        self._set_busy(busy=False)

    def _set_busy(self, *, busy: bool) -> None:
        # Hidden, it would let the table jump.
        self._progress.setRange(0, 0 if busy else 1)
        for widget in (self._table, self._copy, self._again):
            widget.setEnabled(not busy)

    def _dress(self) -> None:
        self._verdict.setObjectName("secondary")
        self._verdict.setWordWrap(True)
        # It moves without saying how far it is: nobody knows how long a screen takes to answer.
        self._progress.setTextVisible(False)
        self._progress.setFixedHeight(_PROGRESS_HEIGHT_PX)
        self._table.setObjectName("findings")
        self._table.setWordWrap(True)
        self._table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self._table.horizontalHeader().setSectionResizeMode(len(_columns(self.tr)) - 1, QHeaderView.ResizeMode.Stretch)
        self._table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)

    def _lay_out(self) -> None:
        self.resize(_WIDTH_PX, _HEIGHT_PX)
        buttons = QHBoxLayout()
        buttons.addWidget(self._copy)
        buttons.addWidget(self._again)
        buttons.addStretch(1)
        buttons.addWidget(self._close)
        column = QVBoxLayout(self)
        column.addWidget(self._verdict)
        column.addWidget(self._progress)
        column.addWidget(self._table, stretch=1)
        column.addLayout(buttons)


def _columns(tr: Callable[[str], str]) -> tuple[Column, ...]:
    words = {Level.OK: tr("ok"), Level.NOTICE: tr("notice"), Level.PROBLEM: tr("problem")}
    return (
        Column(
            tr("State"),
            tr("Whether there is something to do"),
            lambda finding: f"{_SHAPES[finding.level]} {words[finding.level]}",
            lambda finding: _COLOURS[finding.level],
        ),
        Column(tr("What"), tr("What was examined"), lambda finding: finding.title, lambda _: palette.TEXT),
        Column(tr("Found"), tr("What was found, and what to do about it"), _found, lambda _: palette.TEXT),
    )


def _found(finding: Finding) -> str:
    return f"{finding.found}\n\N{RIGHTWARDS ARROW} {finding.advice}" if finding.advice else finding.found


def _examined(machine: Machine, unwanted: threading.Event) -> tuple[Finding, ...]:
    def go_on() -> None:
        if unwanted.is_set():
            raise Cancelled("the dialog was closed")

    return tuple(examine(machine, go_on))
