"""Jobs beside the window: what comes of them, their progress, and how a user ends them."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QApplication, QProgressDialog, QPushButton, QWidget

from nhem_qt.errors import NhemError
from nhem_qt.ui.background import Job, Jobs, LongJob

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytestqt.qtbot import QtBot

PATIENCE_S = 30.0


class Told:
    """What came of a job, and in which thread it was told."""

    def __init__(self) -> None:
        self.done: list[object] = []
        self.failed: list[str] = []
        self.threads: set[threading.Thread] = set()

    def on_done(self, result: object) -> None:
        self.threads.add(threading.current_thread())
        self.done.append(result)

    def on_failed(self, message: str) -> None:
        self.threads.add(threading.current_thread())
        self.failed.append(message)


class SlowWork:
    """Tells its progress over and over until it is let go."""

    def __init__(self, share: float = 0.25) -> None:
        self.share = share
        self.released = threading.Event()
        self.ended = threading.Event()

    def __call__(self, progress: Callable[[float], None]) -> str:
        try:
            while not self.released.wait(0.01):
                progress(self.share)
        finally:
            self.ended.set()
        return "result"


class ShownDialogs(QObject):
    """Notes every progress dialog that is shown, however shortly."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.Show and isinstance(watched, QProgressDialog)
        return False


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[QWidget]:
    window = QWidget()
    QPushButton(window).setObjectName("inWindow")
    window.show()
    qtbot.waitExposed(window)
    yield window
    window.close()
    window.deleteLater()


@pytest.fixture
def jobs(qtbot: QtBot, window: QWidget) -> Iterator[Jobs]:
    jobs = Jobs(window)
    yield jobs
    for job in jobs.findChildren(LongJob):
        job.cancel()
    qtbot.waitUntil(lambda: not jobs.are_under_way)


@pytest.fixture
def told() -> Told:
    return Told()


def dialog_of(qtbot: QtBot) -> QProgressDialog:
    def found() -> list[QProgressDialog]:
        widgets = QApplication.topLevelWidgets()
        return [widget for widget in widgets if isinstance(widget, QProgressDialog) and widget.isVisible()]

    qtbot.waitUntil(lambda: bool(found()))
    return found()[0]


def click_cancel(qtbot: QtBot, dialog: QProgressDialog) -> None:
    qtbot.mouseClick(dialog.findChild(QPushButton), Qt.MouseButton.LeftButton)


def test_a_result_is_told_in_the_thread_of_the_window(qtbot: QtBot, jobs: Jobs, told: Told) -> None:
    with qtbot.waitSignal(jobs.finished):
        jobs.begin_long("Work", lambda _progress: 42, told.on_done, told.on_failed)
    assert (told.done, told.failed, told.threads) == ([42], [], {threading.current_thread()})
    assert not jobs.are_under_way


@pytest.mark.parametrize(
    ("error", "words"), [(NhemError("no room: make some"), "no room: make some"), (ValueError("x"), "ValueError")]
)
def test_a_failure_is_told_in_words(qtbot: QtBot, jobs: Jobs, told: Told, error: Exception, words: str) -> None:
    def fail(_progress: object) -> None:
        raise error

    with qtbot.waitSignal(jobs.finished):
        jobs.begin_long("Work", fail, told.on_done, told.on_failed)
    assert told.done == []
    assert words in told.failed[0]


def test_a_short_job_shows_no_dialog(qtbot: QtBot, jobs: Jobs, told: Told) -> None:
    shown = ShownDialogs()
    QApplication.instance().installEventFilter(shown)

    def work(progress: Callable[[float], None]) -> None:
        # A guess from the first per cents would be that it takes for ever.
        for share in (0.0, 0.01, 0.02):
            progress(share)
            threading.Event().wait(0.1)

    with qtbot.waitSignal(jobs.finished):
        jobs.begin_long("Work", work, told.on_done, told.on_failed)
    assert (shown.count, told.done) == (0, [None])


def test_a_long_job_shows_its_progress_and_leaves_the_window_usable(
    qtbot: QtBot, window: QWidget, jobs: Jobs, told: Told
) -> None:
    work = SlowWork()
    jobs.begin_long("Exporting a session", work, told.on_done, told.on_failed)
    dialog = dialog_of(qtbot)
    assert "Exporting a session" in dialog.labelText()
    with qtbot.waitSignal(window.findChild(QPushButton, "inWindow").clicked):
        qtbot.mouseClick(window.findChild(QPushButton, "inWindow"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dialog.value() == 25)
    work.share = 0.75
    qtbot.waitUntil(lambda: dialog.value() == 75)
    with qtbot.waitSignal(jobs.finished):
        work.released.set()
    assert told.done == ["result"]
    assert not dialog.isVisible()
    assert window.isVisible()


def test_a_click_on_cancel_ends_the_job_and_nothing_is_told(qtbot: QtBot, jobs: Jobs, told: Told) -> None:
    work = SlowWork()
    jobs.begin_long("Work", work, told.on_done, told.on_failed)
    with qtbot.waitSignal(jobs.finished):
        click_cancel(qtbot, dialog_of(qtbot))
    assert work.ended.is_set()
    assert (told.done, told.failed) == ([], [])


def test_closing_the_dialog_cancels_as_well(qtbot: QtBot, jobs: Jobs, told: Told) -> None:
    jobs.begin_long("Work", SlowWork(), told.on_done, told.on_failed)
    with qtbot.waitSignal(jobs.finished):
        dialog_of(qtbot).close()
    assert (told.done, told.failed) == ([], [])


@pytest.mark.parametrize("failure", [None, NhemError("no room")])
def test_what_comes_of_a_job_that_did_not_see_its_cancel_is_not_told(
    qtbot: QtBot, jobs: Jobs, told: Told, failure: NhemError | None
) -> None:
    released = threading.Event()

    def deaf(_progress: object) -> None:
        assert released.wait(PATIENCE_S)
        if failure is not None:
            raise failure

    jobs.begin_long("Work", deaf, told.on_done, told.on_failed)
    click_cancel(qtbot, dialog_of(qtbot))
    with qtbot.waitSignal(jobs.finished):
        released.set()
    assert (told.done, told.failed) == ([], [])


def test_of_two_jobs_the_one_that_is_cancelled_ends(qtbot: QtBot, jobs: Jobs, told: Told) -> None:
    first, second = SlowWork(), SlowWork()
    jobs.begin_long("First", first, told.on_done, told.on_failed)
    dialog = dialog_of(qtbot)
    jobs.begin_long("Second", second, told.on_done, told.on_failed)
    click_cancel(qtbot, dialog)
    assert first.ended.wait(PATIENCE_S)
    assert not second.ended.is_set()
    with qtbot.waitSignal(jobs.finished):
        second.released.set()
    assert told.done == ["result"]


def test_a_closing_window_cancels_long_jobs_shown_or_not_and_lets_short_ones_be_done(
    qtbot: QtBot, jobs: Jobs, told: Told
) -> None:
    shown, hidden, short = SlowWork(), SlowWork(), threading.Event()
    jobs.begin_long("Shown", shown, told.on_done, told.on_failed)
    dialog_of(qtbot)
    jobs.begin_long("Not yet shown", hidden, told.on_done, told.on_failed)
    jobs.begin(lambda: short.wait(PATIENCE_S), told.on_done, told.on_failed)
    assert jobs.long_titles == ("Shown", "Not yet shown")
    jobs.cancel_long()
    assert jobs.long_titles == ()
    assert shown.ended.wait(PATIENCE_S)
    assert hidden.ended.wait(PATIENCE_S)
    with qtbot.waitSignal(jobs.finished):
        short.set()
    assert told.done == [True]


def test_once_the_window_has_gone_nothing_begins(jobs: Jobs, told: Told) -> None:
    jobs.end()
    jobs.begin(lambda: told.on_done("short"), told.on_done, told.on_failed)
    jobs.begin_long("Work", lambda _progress: told.on_done("long"), told.on_done, told.on_failed)
    assert not jobs.are_under_way
    assert jobs.findChildren(Job) == []
    assert told.done == []


@pytest.mark.parametrize("end", ["done", "failed", "cancelled"])
def test_however_a_long_job_ends_that_is_told_while_others_go_on(
    qtbot: QtBot, jobs: Jobs, told: Told, end: str
) -> None:
    other, work, ended = SlowWork(), SlowWork(), threading.Event()

    def fail(_progress: object) -> None:
        raise NhemError("no room")

    jobs.begin_long("Other", other, told.on_done, told.on_failed)
    jobs.begin_long("This", fail if end == "failed" else work, told.on_done, told.on_failed, ended.set)
    if end == "cancelled":
        next(job for job in jobs._dialogs if job._ended == ended.set).cancel()
    work.released.set()
    qtbot.waitUntil(ended.is_set)
    assert jobs.long_titles == ("Other",)
    with qtbot.waitSignal(jobs.finished):
        other.released.set()
