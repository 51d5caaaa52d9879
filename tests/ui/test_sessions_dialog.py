"""The list of kept sessions, as it is used with mouse and keys."""

from __future__ import annotations

import datetime as dt
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QTextDocumentFragment
from PySide6.QtWidgets import QApplication, QDialog, QInputDialog, QLabel, QLineEdit, QMessageBox, QPushButton, QWidget
from shiboken6 import isValid

from nhem_qt.detection import Peak
from nhem_qt.frame import SourceKind
from nhem_qt.monitor import Measurement, Sample, Status
from nhem_qt.session import (
    KeptSession,
    SessionInfo,
    SessionStore,
    list_sessions,
    note_session,
    rename_session,
    session_paths,
)
from nhem_qt.ui.app import dress
from nhem_qt.ui.background import Jobs
from nhem_qt.ui.sessions_dialog import SessionsDialog
from nhem_qt.ui.sessions_table import Place, SessionsTable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytestqt.qtbot import QtBot

PATIENCE_S = 60.0
LEFT = Qt.MouseButton.LeftButton
ZONE = dt.timezone(dt.timedelta(hours=1))
LIVER, PHANTOM, TRIAL = (dt.datetime(2026, 11, day, 10, 3, 4, tzinfo=ZONE) for day in (21, 20, 9))


def peak(index: int, color: str) -> Peak:
    return Peak(
        peak_index=index, color=color, confidence=0.83, start_frame=0, end_frame=1, peak_frame=0, decided_frame=index,
        start_s=3.25, end_s=3.85, duration_s=0.6, baseline=100.0, threshold=106.0, peak_gray=131.26,
        pre_mean=100.04, post_mean=104.0, difference=3.9, difference_threshold=2.1, mode="adaptive",
    )  # fmt: skip


def keep(folder: Path, started_at: dt.datetime, source: str, length_s: float, *colors: str) -> Path:
    info = SessionInfo(f"{started_at:%Y%m%d-%H%M%S}-000-{source}", started_at, source, "dual", "0,0,9,9", 45.0)
    store = SessionStore(folder, info)
    peaks = [peak(index, color) for index, color in enumerate(colors, 1)] or [None]
    for index, found in enumerate((None, *peaks)):
        t_s = length_s * index / len(peaks)
        measurement = Measurement(index, t_s, 100.0, None, SourceKind(source), Status.SUCCESS)
        store.put(Sample(measurement, None, None, bool(found), 1 if found else None, found, None))
    assert store.close(PATIENCE_S)
    return store.path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three sessions of different days, lengths and contents."""
    folder = tmp_path / "data"
    rename_session(keep(folder, LIVER, "screen", 724.0, "green", "red", "green", "green"), "Patient 7, liver")
    note_session(keep(folder, PHANTOM, "demo", 7380.0, "red"), "Second try,\nprobe moved")
    keep(folder, TRIAL, "video", 9.3)
    return folder


@pytest.fixture
def jobs(window: QWidget) -> Jobs:
    return Jobs(window)


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    """What the dialog belongs to; goes with all that is left of it."""
    dress(QApplication.instance())
    window = QWidget()
    qtbot.addWidget(window)
    return window


@pytest.fixture
def opened(qtbot: QtBot, window: QWidget, jobs: Jobs) -> Callable[..., SessionsDialog]:
    """Opens dialogs, which have read their folder."""

    def opened(folder: Path, running: Path | None = None) -> SessionsDialog:
        dialog = SessionsDialog(folder, jobs, running, window)
        with qtbot.waitSignal(jobs.finished):
            dialog.open()
        qtbot.waitUntil(dialog.isActiveWindow)
        return dialog

    return opened


@pytest.fixture
def dialog(opened: Callable[..., SessionsDialog], folder: Path) -> SessionsDialog:
    return opened(folder)


def table_of(dialog: SessionsDialog) -> SessionsTable:
    return dialog.findChild(SessionsTable)


def rows(dialog: SessionsDialog) -> list[list[str]]:
    model = table_of(dialog).model()
    return [[model.index(row, place).data() for place in Place] for row in range(model.rowCount())]


def dates(dialog: SessionsDialog) -> list[str]:
    return [row[Place.STARTED][:10] for row in rows(dialog)]


def current_date(dialog: SessionsDialog) -> str:
    return table_of(dialog).currentIndex().siblingAtColumn(Place.STARTED).data()[:10]


def button(dialog: QDialog, word: str) -> QPushButton:
    return next(one for one in dialog.findChildren(QPushButton) if one.text().replace("&", "").startswith(word))


def shown_words(dialog: SessionsDialog) -> str:
    return "\n".join(label.text() for label in dialog.findChildren(QLabel) if label.isVisible())


def key(qtbot: QtBot, key: Qt.Key) -> None:
    """Press a key where the focus is."""
    qtbot.keyClick(QApplication.focusWidget(), key)


def click_row(dialog: SessionsDialog, row: int, action: Callable[..., None]) -> None:
    table = table_of(dialog)
    action(table.viewport(), LEFT, pos=table.visualRect(table.model().index(row, Place.STATE)).center())


def question_of(qtbot: QtBot, dialog: SessionsDialog, kind: type[QDialog]) -> Any:
    qtbot.waitUntil(lambda: any(one.isVisible() for one in dialog.findChildren(kind)))
    question = next(one for one in dialog.findChildren(kind) if one.isVisible())
    question.activateWindow()
    qtbot.waitUntil(question.isActiveWindow)
    return question


# --- what is listed


def test_every_session_is_told_in_a_line_newest_first(dialog: SessionsDialog) -> None:
    assert rows(dialog) == [
        ["2026-11-21 10:03:04", "Patient 7, liver", "12 min 4 s", "screen", "\u25b2 3", "\u25cf 1", "finished", ""],
        ["2026-11-20 10:03:04", "", "2 h 3 min", "demo", "\u25b2 0", "\u25cf 1", "finished", "Second try, probe moved"],
        ["2026-11-09 10:03:04", "", "9.3 s", "video", "\u25b2 0", "\u25cf 0", "finished", ""],
    ]
    assert "3 sessions" in shown_words(dialog)
    assert current_date(dialog) == "2026-11-21"


def test_until_the_folder_is_read_it_says_so(qtbot: QtBot, window: QWidget, jobs: Jobs, folder: Path) -> None:
    dialog = SessionsDialog(folder, jobs, None, window)
    dialog.open()
    assert f"Reading the sessions in {folder}" in shown_words(dialog)
    assert not button(dialog, "Open").isEnabled()
    qtbot.waitUntil(lambda: len(rows(dialog)) == 3)
    assert "Reading" not in shown_words(dialog)


@pytest.mark.parametrize(("name", "words"), [("", "No session is kept in"), ("nowhere", "There is no folder")])
def test_where_none_is_kept_it_says_why_and_where_they_come_from(
    opened: Callable[..., SessionsDialog], tmp_path: Path, name: str, words: str
) -> None:
    dialog = opened(tmp_path / name)
    assert f"{words} {tmp_path / name}" in shown_words(dialog)
    assert "Every run from Start to Stop becomes one" in shown_words(dialog)
    assert not any(button(dialog, word).isEnabled() for word in ("Open", "Rename", "Note", "Delete"))


def test_a_single_session_is_counted_as_one(opened: Callable[..., SessionsDialog], tmp_path: Path) -> None:
    keep(tmp_path, TRIAL, "video", 9.3)
    words = shown_words(opened(tmp_path))
    assert "1 session" in words
    assert "1 sessions" not in words


def test_a_name_that_looks_like_markup_is_shown_letter_by_letter(
    qtbot: QtBot, opened: Callable[..., SessionsDialog], tmp_path: Path
) -> None:
    name = "<b>bold</b> & <img src=x>"
    rename_session(keep(tmp_path, TRIAL, "video", 9.3), name)
    dialog = opened(tmp_path)
    tip = table_of(dialog).model().index(0, Place.NAME).data(Qt.ItemDataRole.ToolTipRole)
    assert QTextDocumentFragment.fromHtml(tip).toPlainText() == name
    qtbot.mouseClick(button(dialog, "Delete"), LEFT)
    question = question_of(qtbot, dialog, QMessageBox)
    told = next(label for label in question.findChildren(QLabel) if name in label.text())
    assert told.textFormat() == Qt.TextFormat.PlainText
    assert f"{name}\n9.3 s" in told.text()
    qtbot.mouseClick(button(question, "Cancel"), LEFT)


def test_a_folder_that_cannot_be_read_is_told_and_not_taken_for_empty(
    opened: Callable[..., SessionsDialog], tmp_path: Path
) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    assert "loop cannot be read" in shown_words(opened(loop))


def test_a_click_on_a_header_sorts_by_what_the_column_means(qtbot: QtBot, dialog: SessionsDialog) -> None:
    header = table_of(dialog).horizontalHeader()

    def click(place: Place) -> None:
        middle = header.sectionViewportPosition(place) + header.sectionSize(place) // 2
        qtbot.mouseClick(header.viewport(), LEFT, pos=QPoint(middle, header.height() // 2))

    click(Place.LENGTH)
    assert [row[Place.LENGTH] for row in rows(dialog)] == ["9.3 s", "12 min 4 s", "2 h 3 min"]
    click(Place.LENGTH)
    assert [row[Place.LENGTH] for row in rows(dialog)] == ["2 h 3 min", "12 min 4 s", "9.3 s"]
    click(Place.NAME)
    assert dates(dialog) == ["2026-11-20", "2026-11-09", "2026-11-21"]
    # The session that was current still is.
    assert current_date(dialog) == "2026-11-21"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("LIVER", ["2026-11-21"]),
        ("probe", ["2026-11-20"]),
        ("2026-11-2", ["2026-11-21", "2026-11-20"]),
        ("20261109-100304-000-video", ["2026-11-09"]),
        ("  liver ", ["2026-11-21"]),
        ("2026-11-2?", []),
    ],
)
def test_a_search_finds_names_notes_dates_and_ids(
    qtbot: QtBot, dialog: SessionsDialog, text: str, found: list[str]
) -> None:
    search = dialog.findChild(QLineEdit)
    qtbot.keyClicks(search, text)
    assert dates(dialog) == found
    assert f"{len(found)} of 3 sessions" in shown_words(dialog)
    if found:
        assert current_date(dialog) == found[0]
    else:
        assert f"No session has \u201c{text}\u201d" in shown_words(dialog)
        assert not button(dialog, "Open").isEnabled()
    search.clear()
    assert len(rows(dialog)) == 3


# --- opening


def test_enter_opens_the_current_session_and_closes_the_list(
    qtbot: QtBot, dialog: SessionsDialog, folder: Path
) -> None:
    key(qtbot, Qt.Key.Key_Down)
    with qtbot.waitSignal(dialog.open_requested) as opening:
        key(qtbot, Qt.Key.Key_Return)
    assert opening.args == [session_paths(folder)[1]]
    qtbot.waitUntil(lambda: not isValid(dialog))


def test_enter_in_the_search_opens_what_was_found(qtbot: QtBot, dialog: SessionsDialog, folder: Path) -> None:
    qtbot.keyClicks(dialog.findChild(QLineEdit), "video")
    with qtbot.waitSignal(dialog.open_requested) as opening:
        qtbot.keyClick(dialog.findChild(QLineEdit), Qt.Key.Key_Return)
    assert opening.args == [session_paths(folder)[0]]


def test_a_double_click_opens_a_session(qtbot: QtBot, dialog: SessionsDialog, folder: Path) -> None:
    click_row(dialog, 2, qtbot.mouseClick)
    with qtbot.waitSignal(dialog.open_requested) as opening:
        click_row(dialog, 2, qtbot.mouseDClick)
    assert opening.args == [session_paths(folder)[0]]


def test_a_damaged_file_is_listed_with_its_reason_and_cannot_be_opened(
    qtbot: QtBot, opened: Callable[..., SessionsDialog], folder: Path
) -> None:
    damaged = folder / "torn.sqlite"
    damaged.write_bytes(b"not a database at all" * 200)
    dialog = opened(folder)
    row = next(row for row, cells in enumerate(rows(dialog)) if cells[Place.STATE] == "damaged")
    assert rows(dialog)[row][Place.NAME : Place.STATE] == [""] * 5
    assert "torn.sqlite is no session of this program or is damaged" in rows(dialog)[row][Place.NOTE]
    with qtbot.assertNotEmitted(dialog.open_requested):
        click_row(dialog, row, qtbot.mouseClick)
        click_row(dialog, row, qtbot.mouseDClick)
        key(qtbot, Qt.Key.Key_Return)
        key(qtbot, Qt.Key.Key_F2)
    assert [button(dialog, word).isEnabled() for word in ("Open", "Rename", "Note", "Delete")] == [False] * 3 + [True]
    assert "torn.sqlite is no session" in shown_words(dialog)
    key(qtbot, Qt.Key.Key_Delete)
    question = question_of(qtbot, dialog, QMessageBox)
    with qtbot.waitSignal(dialog._jobs.finished):
        qtbot.mouseClick(button(question, "Delete"), LEFT)
    assert not damaged.exists()


# --- names and notes


def test_f2_renames_in_place_and_what_is_shown_is_what_is_kept(
    qtbot: QtBot, dialog: SessionsDialog, folder: Path
) -> None:
    key(qtbot, Qt.Key.Key_Down)
    key(qtbot, Qt.Key.Key_F2)
    with qtbot.assertNotEmitted(dialog.open_requested), qtbot.waitSignal(dialog._jobs.finished):
        qtbot.keyClicks(QApplication.focusWidget(), "  Phantom  B ")
        key(qtbot, Qt.Key.Key_Return)
        assert rows(dialog)[1][Place.NAME] == ""
    assert rows(dialog)[1][Place.NAME] == "Phantom B"
    assert [summary.name for summary in list_sessions(folder)] == ["", "Phantom B", "Patient 7, liver"]
    assert QApplication.focusWidget() is table_of(dialog)
    assert current_date(dialog) == "2026-11-20"


def test_escape_leaves_the_name_as_it_was_and_the_list_open(qtbot: QtBot, dialog: SessionsDialog, folder: Path) -> None:
    qtbot.mouseClick(button(dialog, "Rename"), LEFT)
    qtbot.keyClicks(QApplication.focusWidget(), "Other")
    key(qtbot, Qt.Key.Key_Escape)
    assert rows(dialog)[0][Place.NAME] == list_sessions(folder)[-1].name == "Patient 7, liver"
    assert dialog.isVisible()
    key(qtbot, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_a_note_is_written_with_keys_alone(qtbot: QtBot, dialog: SessionsDialog, folder: Path) -> None:
    key(qtbot, Qt.Key.Key_Down)
    button(dialog, "Note").setFocus()
    key(qtbot, Qt.Key.Key_Space)
    question = question_of(qtbot, dialog, QInputDialog)
    assert "2026-11-20 10:03:04" in question.labelText()
    assert question.textValue() == "Second try,\nprobe moved"
    qtbot.keyClicks(QApplication.focusWidget(), " again")
    key(qtbot, Qt.Key.Key_Tab)
    with qtbot.waitSignal(dialog._jobs.finished):
        key(qtbot, Qt.Key.Key_Return)
    assert rows(dialog)[1][Place.NOTE] == "Second try, probe moved again"
    assert list_sessions(folder)[1].note == "Second try,\nprobe moved again"


def test_what_could_not_be_written_is_told_and_not_shown(qtbot: QtBot, dialog: SessionsDialog, folder: Path) -> None:
    session_paths(folder)[-1].write_bytes(b"not a database at all" * 200)
    key(qtbot, Qt.Key.Key_F2)
    with qtbot.waitSignal(dialog._jobs.finished):
        qtbot.keyClicks(QApplication.focusWidget(), "Other")
        key(qtbot, Qt.Key.Key_Return)
    assert rows(dialog)[0][Place.NAME] == "Patient 7, liver"
    assert "20261121-100304-000-screen.sqlite is no session of this program or is damaged" in shown_words(dialog)


# --- deleting


def test_a_session_is_deleted_after_a_question_that_says_what_is_lost(
    qtbot: QtBot, dialog: SessionsDialog, folder: Path
) -> None:
    newest = session_paths(folder)[-1]
    key(qtbot, Qt.Key.Key_Delete)
    question = question_of(qtbot, dialog, QMessageBox)
    words = f"{question.text()}\n{question.informativeText()}"
    for part in ("2026-11-21 10:03:04", "Patient 7, liver", "12 min 4 s", "3 green, 1 red", "cannot be undone"):
        assert part in words
    with qtbot.waitSignal(dialog._jobs.finished):
        qtbot.mouseClick(button(question, "Delete"), LEFT)
    assert not newest.exists()
    assert dates(dialog) == ["2026-11-20", "2026-11-09"]
    assert "2 sessions" in shown_words(dialog)
    assert current_date(dialog) == "2026-11-20"
    assert QApplication.focusWidget() is table_of(dialog)


@pytest.mark.parametrize("answer", [Qt.Key.Key_Return, Qt.Key.Key_Escape])
def test_unless_it_is_wanted_nothing_is_deleted(
    qtbot: QtBot, dialog: SessionsDialog, folder: Path, answer: Qt.Key
) -> None:
    qtbot.mouseClick(button(dialog, "Delete"), LEFT)
    question = question_of(qtbot, dialog, QMessageBox)
    assert QApplication.focusWidget().text() == "Cancel"
    key(qtbot, answer)
    qtbot.waitUntil(lambda: not isValid(question))
    assert len(session_paths(folder)) == len(rows(dialog)) == 3
    assert not dialog._jobs.are_under_way
    assert dialog.isVisible()
    assert button(dialog, "Delete").isEnabled()


def test_in_the_search_the_delete_key_deletes_a_letter(qtbot: QtBot, dialog: SessionsDialog) -> None:
    search = dialog.findChild(QLineEdit)
    search.setFocus()
    qtbot.keyClicks(search, "xliver")
    for pressed in (Qt.Key.Key_Home, Qt.Key.Key_Delete):
        qtbot.keyClick(search, pressed)
    assert dates(dialog) == ["2026-11-21"]
    assert not dialog.findChildren(QMessageBox)


def test_the_running_session_can_be_opened_but_not_deleted_and_it_is_said_why(
    qtbot: QtBot, opened: Callable[..., SessionsDialog], folder: Path
) -> None:
    running = session_paths(folder)[-1]
    dialog = opened(folder, running)
    assert rows(dialog)[0][Place.STATE] == "running"
    assert "is being recorded: it can be opened, but not deleted before it is stopped" in shown_words(dialog)
    assert not button(dialog, "Delete").isEnabled()
    key(qtbot, Qt.Key.Key_Delete)
    assert not dialog.findChildren(QMessageBox)
    with qtbot.waitSignal(dialog._jobs.finished):
        dialog.show_running(None)
    assert rows(dialog)[0][Place.STATE] == "finished"
    assert button(dialog, "Delete").isEnabled()
    with qtbot.waitSignal(dialog._jobs.finished):
        dialog.show_running(running)
    with qtbot.waitSignal(dialog.open_requested) as opening:
        key(qtbot, Qt.Key.Key_Return)
    assert opening.args == [running]


def test_a_session_that_is_open_elsewhere_is_not_deleted_and_it_is_said_why(
    qtbot: QtBot, dialog: SessionsDialog, folder: Path
) -> None:
    with KeptSession(session_paths(folder)[-1]):
        key(qtbot, Qt.Key.Key_Delete)
        question = question_of(qtbot, dialog, QMessageBox)
        with qtbot.waitSignal(dialog._jobs.finished):
            qtbot.mouseClick(button(question, "Delete"), LEFT)
    assert "is open, here or in another program: close it, then delete it" in shown_words(dialog)
    assert len(session_paths(folder)) == len(rows(dialog)) == 3


# --- beside the treatment


def test_neither_the_list_nor_its_questions_keep_the_window_from_being_used(
    qtbot: QtBot, dialog: SessionsDialog
) -> None:
    assert QApplication.activeModalWidget() is None
    for word, kind in (("Delete", QMessageBox), ("Note", QInputDialog)):
        qtbot.mouseClick(button(dialog, word), LEFT)
        question = question_of(qtbot, dialog, kind)
        assert QApplication.activeModalWidget() is None
        # There is but one question at a time.
        assert not button(dialog, "Delete").isEnabled()
        key(qtbot, Qt.Key.Key_Escape)
        qtbot.waitUntil(lambda question=question: not isValid(question))


def test_closing_the_list_while_it_is_read_does_no_harm(
    qtbot: QtBot, window: QWidget, jobs: Jobs, folder: Path
) -> None:
    dialog = SessionsDialog(folder, jobs, None, window)
    dialog.open()
    with qtbot.waitSignal(jobs.finished):
        dialog.close()
    assert not isValid(dialog)


def test_with_two_hundred_sessions_all_can_be_reached_in_a_small_window(
    qtbot: QtBot, opened: Callable[..., SessionsDialog], tmp_path: Path
) -> None:
    first = keep(tmp_path, LIVER, "demo", 10.0, "green")
    for number in range(199):
        shutil.copy(first, tmp_path / f"copy-{number}.sqlite")
    dialog = opened(tmp_path)
    assert dialog.width() <= 1280
    assert dialog.height() <= 720
    assert table_of(dialog).horizontalScrollBar().maximum() == 0
    key(qtbot, Qt.Key.Key_End)
    assert table_of(dialog).currentIndex().row() == 199
