"""After a crash: finds the sessions that broke off, so that they can be offered once."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from nhem_qt.session import KeptSummary, StoreError, conclude_interrupted, interrupted_sessions, summary_of
from nhem_qt.ui.session_words import content_words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from nhem_qt.ui.background import Jobs


class Recovery(QObject):
    """Looks for interrupted sessions in the background, and settles those that were offered.

    Until a session is settled it is offered at every start. It cannot be settled while it is open anywhere: to open one
    that was just offered is what is done `then`.
    """

    found = Signal(object)
    """The summaries (tuple of KeptSummary) of sessions that broke off, oldest first; only if there are any."""
    settled = Signal(object)
    """The summaries that `settle` was given: they are not offered again, unless their files cannot be written to."""

    def __init__(self, folder: Path, jobs: Jobs, parent: QObject) -> None:
        super().__init__(parent)
        self._folder = folder
        self._jobs = jobs

    def look(self) -> None:
        """Look for them; `found` follows if there are any."""
        self._jobs.begin(partial(_look, self._folder), self._on_look_done, self._on_failed)

    def settle(self, summaries: Sequence[KeptSummary], then: Callable[[], None] = lambda: None) -> None:
        """Let these not be offered again, whether they were looked at or not.

        `settled` follows, unless something goes wrong; `then` is done in any case.
        """
        paths = [summary.path for summary in summaries]
        done = partial(self._on_settle_done, tuple(summaries), then)
        self._jobs.begin(partial(_conclude, paths), done, partial(self._on_settle_failed, then))

    def words(self, summaries: Sequence[KeptSummary]) -> str:
        """Return what is said of interrupted sessions, of which there is at least one."""
        newest = max(summaries, key=lambda summary: summary.started_at.timestamp())
        date, content = f"{newest.started_at:%Y-%m-%d %H:%M}", content_words(newest, self.tr)
        if len(summaries) == 1:
            return self.tr("The session of {0} was interrupted: {1} are kept").format(date, content)
        words = self.tr("{0} sessions were interrupted, the last of them on {1}: {2} are kept of it")
        return words.format(len(summaries), date, content)

    def _on_look_done(self, found: object) -> None:
        if found:
            self.found.emit(found)

    def _on_settle_done(self, summaries: tuple[KeptSummary, ...], then: Callable[[], None], _nothing: object) -> None:
        self.settled.emit(summaries)
        then()

    def _on_settle_failed(self, then: Callable[[], None], reason: str) -> None:
        self._on_failed(reason)
        then()

    def _on_failed(self, reason: str) -> None:
        """Go on without: nobody has asked for it, and nothing is lost."""
        logging.getLogger(__name__).warning("interrupted sessions: %s", reason)


def _look(folder: Path) -> tuple[KeptSummary, ...]:
    summaries = map(summary_of, interrupted_sessions(folder))
    return tuple(summary for summary in summaries if summary is not None and summary.error is None)


def _conclude(paths: Sequence[Path]) -> None:
    for path in paths:
        try:
            conclude_interrupted(path)
        except StoreError as error:
            logging.getLogger(__name__).warning("%s", error)
