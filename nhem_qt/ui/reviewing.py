"""Opening kept sessions, and parts of them, in windows of their own."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, Signal

from nhem_qt.session import Digest, LongCurve, Span, StoreError, open_long_curve, read_digest
from nhem_qt.ui.placement import fit_to_screen
from nhem_qt.ui.review_window import ReviewWindow
from nhem_qt.ui.sessions_dialog import SessionsDialog

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

    from nhem_qt.session import LiveSession
    from nhem_qt.ui.background import Jobs

_FLUSH_TIMEOUT_S = 5.0


class Reviewing(QObject):
    """The windows in which sessions are looked at; they live until they are closed, or the program ends."""

    opened = Signal(object)
    """The ReviewWindow."""
    all_closed = Signal()
    """The last review was closed."""
    failed = Signal(str)

    def __init__(self, window: QWidget, jobs: Jobs) -> None:
        super().__init__(window)
        self._window = window
        self._jobs = jobs
        self._reviews: list[ReviewWindow] = []
        self._dialog: SessionsDialog | None = None
        self._running: Path | None = None

    @property
    def are_open(self) -> bool:
        """Whether any session is being looked at."""
        return bool(self._reviews)

    @property
    def long_titles(self) -> tuple[str, ...]:
        """The titles of what would be cancelled if all reviews closed now."""
        return tuple(title for review in self._reviews for title in review.long_titles)

    def show_running(self, running: Path | None) -> None:
        """Take note of the file of the session that is being recorded, or that there is none."""
        self._running = running
        if self._dialog is not None:
            self._dialog.show_running(running)

    def choose(self, folder: Path) -> None:
        """Let a session kept in `folder` be chosen, and open it."""
        if self._dialog is None:
            self._dialog = SessionsDialog(folder, self._jobs, self._running, self._window)
            self._dialog.open_requested.connect(self.open)
            self._dialog.finished.connect(self._on_dialog_finished)
        self._dialog.open()
        self._dialog.activateWindow()

    def open(self, path: Path, span: Span | None = None) -> None:
        """Open a kept session, or a part of it."""
        self._jobs.begin(partial(_read, path, span), self._show, self.failed.emit)

    def cut(self, session: LiveSession, span: Span) -> None:
        """Open a part of a session that may still run."""
        self._jobs.begin(partial(_read_running, session, span), self._show, self.failed.emit)

    def close_all(self) -> None:
        """Close every review and the list of sessions without a question; `all_closed` follows the last one."""
        if self._dialog is not None:
            self._dialog.close()
        for review in list(self._reviews):
            review.closing.insist()

    def _on_dialog_finished(self) -> None:
        self._dialog = None

    def _on_review_left(self) -> None:
        review = self.sender()
        if isinstance(review, ReviewWindow):
            self._reviews.remove(review)
        if not self._reviews:
            self.all_closed.emit()

    def _show(self, read: object) -> None:
        digest, curve = cast("tuple[Digest, LongCurve]", read)
        review = ReviewWindow(digest, curve)
        review.cut_requested.connect(partial(self.open, digest.path))
        review.left.connect(self._on_review_left)
        self._reviews.append(review)
        fit_to_screen(review)
        review.show()
        self.opened.emit(review)


def _read(path: Path, span: Span | None) -> tuple[Digest, LongCurve]:
    return read_digest(path, span), open_long_curve(path, span)


def _read_running(session: LiveSession, span: Span) -> tuple[Digest, LongCurve]:
    session.flush(_FLUSH_TIMEOUT_S)
    if session.kept_path is None or session.store_failure is not None:
        raise StoreError(
            f"{session.store_failure}. Only what is kept on disk can be cut; export what memory holds instead"
        )
    return _read(session.kept_path, span)
