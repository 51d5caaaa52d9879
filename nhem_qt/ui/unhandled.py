"""What nobody caught: an error in a slot, a timer or a thread becomes a notice, and the program goes on."""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from typing import TYPE_CHECKING, Self

from PySide6.QtCore import QObject, Qt, Signal

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

# Who meets more errors than this has read enough of them.
_MAX_DISTINCT = 100
_MAX_CHARACTERS = 200


class UnhandledErrors(QObject):
    """Takes over, as a context, the hooks that Python calls for errors that nobody caught, in any thread.

    Each distinct error, which is one of a kind on one way through the program, is logged with its traceback and told
    once, for a timer may repeat it 30 times a second. `tell` is called with it in a few words, in the thread of this
    object.
    """

    _arose = Signal(str)

    def __init__(self, tell: Callable[[str], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tell = tell
        self._known: set[object] = set()
        self._hooks = (sys.excepthook, threading.excepthook, sys.unraisablehook)
        # Also for an error in this thread: it may have come up in the middle of a paint.
        self._arose.connect(self._on_arose, Qt.ConnectionType.QueuedConnection)

    def __enter__(self) -> Self:
        self._hooks = (sys.excepthook, threading.excepthook, sys.unraisablehook)
        sys.excepthook = self._on_error
        threading.excepthook = self._on_thread_error
        sys.unraisablehook = self._on_unraisable_error
        return self

    def __exit__(self, *_: object) -> None:
        sys.excepthook, threading.excepthook, sys.unraisablehook = self._hooks

    def _on_error(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, Exception):
            self._note(kind, error, trace, "An error that nobody caught")
        else:
            # Ctrl+C is a wish, no error.
            self._hooks[0](kind, error, trace)

    def _on_thread_error(self, args: threading.ExceptHookArgs) -> None:
        if issubclass(args.exc_type, Exception):
            name = "a thread" if args.thread is None else f"the thread {args.thread.name}"
            self._note(args.exc_type, args.exc_value, args.exc_traceback, f"An error ended {name}")
        else:
            self._hooks[1](args)

    def _on_unraisable_error(self, args: sys.UnraisableHookArgs) -> None:
        self._note(args.exc_type, args.exc_value, args.exc_traceback, "An error while something was put away")

    def _note(
        self, kind: type[BaseException], error: BaseException | None, trace: TracebackType | None, words: str
    ) -> None:
        way = _way(kind, trace)
        if way in self._known or len(self._known) >= _MAX_DISTINCT:
            return
        self._known.add(way)
        summary = _summary(kind, error)
        logging.getLogger(__name__).error("%s: %s", words, summary, exc_info=(kind, error or kind(), trace))
        self._arose.emit(summary)

    def _on_arose(self, summary: str) -> None:
        self._tell(summary)


def _way(kind: type[BaseException], trace: TracebackType | None) -> object:
    """Return what makes an error distinct: its kind, where it came up, and who is to blame.

    The error itself would keep alive all that it has seen.
    """
    places = [(frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(trace)]
    return kind, *places[:1], *places[-1:]


def _summary(kind: type[BaseException], error: BaseException | None) -> str:
    words = str(error).splitlines() if error is not None else []
    return ": ".join([kind.__name__, *words[:1]])[:_MAX_CHARACTERS]
