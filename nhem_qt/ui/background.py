"""Work that would block the window: taking a still, writing an export."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QThread, Signal

from nhem_qt.capture import SourceChoice, open_source
from nhem_qt.errors import NhemError
from nhem_qt.session import LiveSession, export_live

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtCore import QObject


class StillThread(QThread):
    """Takes one picture of all that a source shows."""

    taken = Signal(object)
    """The Frame."""
    failed = Signal(str)

    def __init__(self, choice: SourceChoice, parent: QObject) -> None:
        super().__init__(parent)
        self._choice = choice

    def run(self) -> None:
        """Open the source, grab, close it; Qt calls this in the thread."""
        try:
            source = open_source(self._choice)
            try:
                still = source.grab(source.bounds).copy()
            finally:
                source.close()
        except NhemError as error:
            self.failed.emit(str(error))
        else:
            self.taken.emit(still)


class ExportThread(QThread):
    """Writes samples.csv, peaks.csv and snapshot.json of a session."""

    written = Signal(object)
    """The folder (Path)."""
    failed = Signal(str)

    def __init__(self, folder: Path, session: LiveSession, parent: QObject) -> None:
        super().__init__(parent)
        self._folder = folder
        self._session = session

    def run(self) -> None:
        """Write the files; Qt calls this in the thread."""
        try:
            export_live(self._folder, self._session)
        except NhemError as error:
            self.failed.emit(str(error))
        else:
            self.written.emit(self._folder)
