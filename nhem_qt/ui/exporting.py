"""File > Export CSV: folder, question, writing."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from nhem_qt.session import LiveSession, export_live, export_names

if TYPE_CHECKING:
    from nhem_qt.ui.background import Jobs


class Exporting(QObject):
    """Asks where to, asks before it replaces files, and writes in the background."""

    written = Signal(object)
    """The folder (Path)."""
    failed = Signal(str)

    def __init__(self, window: QWidget, jobs: Jobs) -> None:
        super().__init__(window)
        self._window = window
        self._jobs = jobs

    def ask(self, session: LiveSession) -> None:
        """Let a folder be chosen and export `session` into it."""
        dialog = QFileDialog(self._window, self.tr("Export into folder"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
        dialog.fileSelected.connect(partial(self._on_dialog_file_selected, session))
        dialog.open()

    def write(self, folder: Path, session: LiveSession) -> None:
        """Export `session` into `folder`, replacing what is there."""
        self._jobs.begin(partial(_export, folder, session), self._on_job_done, self.failed.emit)

    def _on_dialog_file_selected(self, session: LiveSession, chosen: str) -> None:
        folder = Path(chosen)
        existing = [name for name in export_names() if (folder / name).exists()]
        if existing:
            self._ask_to_replace(folder, session, existing)
        else:
            self.write(folder, session)

    def _on_job_done(self, folder: object) -> None:
        self.written.emit(cast("Path", folder))

    def _ask_to_replace(self, folder: Path, session: LiveSession, existing: list[str]) -> None:
        question = QMessageBox(self._window)
        question.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        question.setIcon(QMessageBox.Icon.Question)
        question.setText(self.tr("Replace {0} in {1}?").format(", ".join(existing), folder))
        replace = question.addButton(self.tr("&Replace"), QMessageBox.ButtonRole.AcceptRole)
        question.addButton(QMessageBox.StandardButton.Cancel)
        replace.clicked.connect(partial(self.write, folder, session))
        question.open()


def _export(folder: Path, session: LiveSession) -> Path:
    export_live(folder, session)
    return folder
