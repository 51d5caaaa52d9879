"""The log: warnings on the console, and all events, one line each, in a file of bounded size."""

from __future__ import annotations

import contextlib
import faulthandler
import logging
from logging.handlers import RotatingFileHandler
from typing import TYPE_CHECKING

from nhem_qt.own_folders import own_log_folder

if TYPE_CHECKING:
    from pathlib import Path

LOG_NAME = "nhem-qt.log"

_MAX_BYTES = 1_000_000
_KEPT_FILES = 3
_LINE = "%(asctime)s %(levelname)s %(name)s: %(message)s"

# The level of the configuration is for these; libraries are heard only where something is wrong.
_OWN_LOGGERS = ("nhem_qt", "qt")


def log_path(data_folder: Path | None) -> Path:
    """Return where the log is: in a data folder of the user's choice, else in the user's own log folder.

    Raises NoHomeError if that is not known.
    """
    return (data_folder or own_log_folder()) / LOG_NAME


def log_to_console(level: str) -> None:
    """Begin the log with a level such as INFO; who reads the console sees warnings, and never a traceback."""
    console = logging.StreamHandler()
    console.setLevel(logging.WARNING)
    console.setFormatter(_ConsoleFormatter())
    logging.basicConfig(level=logging.WARNING, handlers=[console])
    set_level(level)


def log_to_file(path: Path) -> bool:
    """Write the log into a file as well, and the stacks of all threads if the process crashes.

    Returns whether the file can be written; if not, warnings still reach the console.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = LogFile(path)
    except OSError:
        return False
    logging.getLogger().addHandler(file)
    return True


def set_level(level: str) -> None:
    """Write what is at least as severe as a level such as INFO from now on."""
    for name in _OWN_LOGGERS:
        logging.getLogger(name).setLevel(level)


def current_log_path() -> Path | None:
    """Return the file that the log is written to; None if there is none."""
    return next((handler.path for handler in logging.getLogger().handlers if isinstance(handler, LogFile)), None)


class LogFile(RotatingFileHandler):
    """The file of the log; older ones are kept beside it as `.1` to `.3`. Raises OSError if it cannot be opened."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, maxBytes=_MAX_BYTES, backupCount=_KEPT_FILES, encoding="utf-8")
        self.path = path
        self.setFormatter(_FileFormatter(_LINE))
        self._watch_for_crashes()

    def doRollover(self) -> None:  # noqa: N802 - the name is logging's
        """Begin the file anew; the crash handler, which knows a descriptor only, must never write to a closed one."""
        faulthandler.disable()
        super().doRollover()
        self._watch_for_crashes()

    def rotate(self, source: str, dest: str) -> None:
        """Rename a file; Windows refuses that while another program has it open, then it grows on."""
        with contextlib.suppress(OSError):
            super().rotate(source, dest)

    def close(self) -> None:
        """Close the file."""
        faulthandler.disable()
        super().close()

    def _watch_for_crashes(self) -> None:
        if self.stream is not None:
            faulthandler.enable(self.stream)


class _FileFormatter(logging.Formatter):
    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the name is logging's
        """Keep to one line, whatever a message holds; a traceback follows on lines of its own."""
        record.message = " ".join(record.message.splitlines())
        return super().formatMessage(record)


class _ConsoleFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """Leave the traceback to the file."""
        return f"nhem-qt: {' '.join(record.getMessage().splitlines())}"
