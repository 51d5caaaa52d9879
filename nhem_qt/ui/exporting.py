"""Exports and reports: where to, the question before anything is replaced, writing."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from nhem_qt.session import (
    KeptSession,
    do_apart,
    export_kept,
    export_names,
    export_session,
    report_parts,
    report_style,
    session_title,
    write_report,
)
from nhem_qt.ui.plain_words import show_plainly
from nhem_qt.ui.report_pdf import write_pdf

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nhem_qt.session import LiveSession, Progress, Span
    from nhem_qt.ui.background import Jobs

_HTML, _PDF = ".html", ".pdf"


class Exporting(QObject):
    """Asks where to, asks before it replaces files, and writes in the background."""

    written = Signal(object)
    """The folder of an export, or the file of a report (Path)."""
    failed = Signal(str)

    def __init__(self, window: QWidget, jobs: Jobs) -> None:
        super().__init__(window)
        self._window = window
        self._jobs = jobs
        self._last_folder = ""

    def ask(self, session: LiveSession) -> None:
        """Let a folder be chosen and export `session` into one of its own in there."""
        self._ask_for_folder(session.info.session_id, partial(self.write, session=session))

    def ask_kept(self, path: Path, span: Span | None, name: str) -> None:
        """Let a folder be chosen and export a kept session called `name`, or a span of it, into one of its own."""
        self._ask_for_folder(_name_of(name, span), partial(self.write_kept, path=path, span=span))

    def ask_report(self, path: Path, span: Span | None, name: str) -> None:
        """Let a file be named and write the report of a kept session called `name`, or of a span of it."""
        dialog = self._dialog(self.tr("Write the report into"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        # The question is the same as for an export, and does not keep the window waiting.
        dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)
        dialog.setNameFilters([self.tr("Web page (*.html)"), self.tr("PDF document (*.pdf)")])
        dialog.selectFile(_name_of(name, span))
        dialog.fileSelected.connect(partial(self._on_report_dialog_file_selected, dialog, path, span))
        dialog.open()

    def write(self, folder: Path, session: LiveSession) -> None:
        """Export `session` into `folder`, replacing what is there."""
        done = partial(self._on_session_written, folder, session)
        self._begin(folder, partial(export_session, folder, session), done)

    def write_kept(self, folder: Path, path: Path, span: Span | None) -> None:
        """Export a kept session, or a span of it, into `folder`, replacing what is there."""
        self._begin(folder, partial(do_apart, partial(export_kept, path, folder, span)))

    def write_report(self, target: Path, path: Path, span: Span | None) -> None:
        """Write the report of a kept session, or of a span of it, replacing what is there; PDF if it is called so."""
        write = _write_pdf_report if target.suffix.lower() == _PDF else write_report
        self._begin(target, partial(do_apart, partial(write, path, target, span)))

    def _on_folder_dialog_file_selected(self, name: str, write: Callable[[Path], None], chosen: str) -> None:
        self._last_folder = chosen
        folder = Path(chosen) / name
        self._write_or_ask([folder / each for each in export_names()], folder, partial(write, folder))

    def _on_report_dialog_file_selected(self, dialog: QFileDialog, path: Path, span: Span | None, chosen: str) -> None:
        target = _with_suffix(Path(chosen), _PDF if _PDF in dialog.selectedNameFilter() else _HTML)
        self._last_folder = str(target.parent)
        self._write_or_ask([target], target.parent, partial(self.write_report, target, path, span))

    def _on_session_written(self, folder: Path, session: LiveSession, missing: object) -> None:
        self.written.emit(folder)
        if missing:
            self.failed.emit(loss_words(session, cast("int", missing)))

    def _on_replace_clicked(self, write: Callable[[], None], _checked: bool = False) -> None:  # noqa: FBT001, FBT002 - Qt
        write()

    def _ask_for_folder(self, name: str, write: Callable[[Path], None]) -> None:
        dialog = self._dialog(self.tr("Export: choose where the folder {0} is to be made").format(name))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(partial(self._on_folder_dialog_file_selected, name, write))
        dialog.open()

    def _dialog(self, title: str) -> QFileDialog:
        dialog = QFileDialog(self._window, title, self._last_folder)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
        return dialog

    def _write_or_ask(self, targets: Sequence[Path], folder: Path, write: Callable[[], None]) -> None:
        try:
            existing = [target.name for target in targets if target.exists()]
        except OSError as error:
            words = self.tr("Nothing can be written into {0} ({1}): choose another folder or name")
            self.failed.emit(words.format(folder, error.strerror))
            return
        if existing:
            self._ask_to_replace(existing, folder, write)
        else:
            write()

    def _ask_to_replace(self, existing: Sequence[str], folder: Path, write: Callable[[], None]) -> None:
        question = QMessageBox(self._window)
        question.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        question.setIcon(QMessageBox.Icon.Question)
        question.setText(self.tr("Replace {0} in {1}?").format(", ".join(existing), folder))
        show_plainly(question)
        replace = question.addButton(self.tr("&Replace"), QMessageBox.ButtonRole.AcceptRole)
        question.setDefaultButton(question.addButton(QMessageBox.StandardButton.Cancel))
        replace.clicked.connect(partial(self._on_replace_clicked, write))
        question.open()

    def _begin(
        self, target: Path, work: Callable[[Progress], object], done: Callable[[object], None] | None = None
    ) -> None:
        title = self.tr("Writing {0}").format(target.name)
        self._jobs.begin_long(title, work, done or (lambda _: self.written.emit(target)), self.failed.emit)


def loss_words(session: LiveSession, missing: int) -> str:
    """Say that an export of `session` lacks samples, and why."""
    why = session.store_failure or "the file of the session is gone"
    return (
        f"Of {session.history.count} samples not all could be kept ({why}): {missing} are missing in the export, which "
        "holds what had been kept and the newest in memory"
    )


def _write_pdf_report(path: Path, target: Path, span: Span | None, progress: Progress) -> None:
    # Held to the end, for a process of its own: nothing can be drawn without.
    _application = QGuiApplication.instance() or QGuiApplication(["nhem-qt"])
    with KeptSession(path, span) as kept:
        title = f"Session report {session_title(kept.info, '', span)}"
        write_pdf(report_parts(kept, span, progress), report_style(), title, target)


def _name_of(name: str, span: Span | None) -> str:
    """Return what the export of a session called `name`, or of a span of it, is called."""
    return name if span is None else f"{name}_{_seconds(span.begin_s)}-{_seconds(span.end_s)}s"


def _seconds(t_s: float) -> str:
    return f"{t_s:z.2f}".rstrip("0").rstrip(".")


def _with_suffix(chosen: Path, suffix: str) -> Path:
    known = chosen.suffix.lower() in {_HTML, ".htm", _PDF}
    return chosen if known else chosen.with_name(chosen.name + suffix)
