"""Exports and reports as a user asks for them: where to, what is in the way, how far it is."""

from __future__ import annotations

import errno
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QDialog,
    QFileDialog,
    QLineEdit,
    QMessageBox,
    QProgressDialog,
    QPushButton,
    QWidget,
)

from nhem_qt.config import FemConfig
from nhem_qt.session import KeptSession, Span
from nhem_qt.ui.background import Jobs
from nhem_qt.ui.exporting import Exporting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytestqt.qtbot import QtBot

    from nhem_qt.ui.main_window import MainWindow

ALL = ["curve.png", "curve.svg", "marks.csv", "peaks.csv", "picture.png", "samples.csv", "snapshot.json"]
PATIENCE_MS = 20_000


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[QWidget]:
    window = QWidget()
    window.show()
    qtbot.waitExposed(window)
    yield window
    window.close()
    window.deleteLater()


@pytest.fixture
def jobs(qtbot: QtBot, window: QWidget) -> Iterator[Jobs]:
    jobs = Jobs(window)
    yield jobs
    qtbot.waitUntil(lambda: not jobs.are_under_way, timeout=PATIENCE_MS)


@pytest.fixture
def exporting(window: QWidget, jobs: Jobs) -> Exporting:
    return Exporting(window, jobs)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    out = tmp_path / "out"
    out.mkdir()
    return out


def shown(qtbot: QtBot, kind: type[QDialog]) -> Any:
    def found() -> list[QDialog]:
        return [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, kind) and widget.isVisible()]

    qtbot.waitUntil(lambda: bool(found()))
    return found()[0]


def click(qtbot: QtBot, dialog: QDialog, words: str) -> None:
    button = next(b for b in dialog.findChildren(QPushButton) if b.text().replace("&", "") == words)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def choose(qtbot: QtBot, path: Path, file_filter: str = "") -> None:
    dialog = shown(qtbot, QFileDialog)
    if file_filter:
        dialog.findChild(QComboBox, "fileTypeCombo").setFocus()
        qtbot.keyClicks(dialog.findChild(QComboBox, "fileTypeCombo"), file_filter[0])
        assert file_filter in dialog.selectedNameFilter()
    # As if pasted: the dialog completes what is typed letter by letter.
    dialog.findChild(QLineEdit, "fileNameEdit").setText(str(path))
    saves = dialog.acceptMode() is QFileDialog.AcceptMode.AcceptSave
    click(qtbot, dialog, "Save" if saves else "Choose")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def slow(_path: Path, _folder: Path, _span: object, progress: Callable[[float], None]) -> None:
    """Be an export, in a process of its own, that is half done until it is cancelled."""
    while True:
        progress(0.5)
        time.sleep(0.01)  # so much work


def test_an_export_goes_into_a_new_folder_that_is_called_like_the_session(
    qtbot: QtBot, exporting: Exporting, kept_demo: Path, out: Path
) -> None:
    exporting.ask_kept(kept_demo, None, kept_demo.stem)
    with qtbot.waitSignal(exporting.written, timeout=PATIENCE_MS) as written:
        choose(qtbot, out)
    assert written.args == [out / kept_demo.stem]
    assert names(out) == [kept_demo.stem]
    assert names(out / kept_demo.stem) == ALL


def test_an_export_of_a_span_tells_in_its_name_which(
    qtbot: QtBot, exporting: Exporting, kept_demo: Path, out: Path
) -> None:
    exporting.ask_kept(kept_demo, Span(2.5, 12), kept_demo.stem)
    with qtbot.waitSignal(exporting.written, timeout=PATIENCE_MS):
        choose(qtbot, out)
    (folder,) = out.iterdir()
    assert folder.name == f"{kept_demo.stem}_2.5-12s"
    document = json.loads((folder / "snapshot.json").read_text(encoding="utf-8"))
    assert 11.9 < document["series"][-1]["t"] <= 12


def test_a_folder_dialog_that_is_cancelled_writes_nothing(
    qtbot: QtBot, exporting: Exporting, jobs: Jobs, kept_demo: Path, out: Path
) -> None:
    exporting.ask_kept(kept_demo, None, "name")
    click(qtbot, shown(qtbot, QFileDialog), "Cancel")
    assert not jobs.are_under_way
    assert names(out) == []


@pytest.mark.parametrize(("answer", "replaced"), [("Replace", True), ("Cancel", False)])
def test_nothing_is_replaced_without_a_question_that_names_it(
    qtbot: QtBot, exporting: Exporting, jobs: Jobs, kept_demo: Path, out: Path, answer: str, *, replaced: bool
) -> None:
    folder = out / "name"
    folder.mkdir()
    for name in ("peaks.csv", "curve.svg", "diary.txt"):
        (folder / name).write_text("precious", encoding="utf-8")
    exporting.ask_kept(kept_demo, None, "name")
    choose(qtbot, out)
    question = shown(qtbot, QMessageBox)
    assert "peaks.csv, curve.svg" in question.text()
    assert "diary.txt" not in question.text()
    assert str(folder) in question.text()
    click(qtbot, question, answer)
    qtbot.waitUntil(lambda: not jobs.are_under_way, timeout=PATIENCE_MS)
    assert ((folder / "peaks.csv").read_text(encoding="utf-8") != "precious") is replaced
    assert (folder / "diary.txt").read_text(encoding="utf-8") == "precious"
    assert len(names(folder)) == (len(ALL) + 1 if replaced else 3)


def test_an_export_that_takes_long_is_ended_by_a_click_and_leaves_nothing(
    qtbot: QtBot,
    exporting: Exporting,
    jobs: Jobs,
    kept_demo: Path,
    out: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("nhem_qt.ui.exporting.export_kept", slow)
    outcomes: list[object] = []
    exporting.written.connect(outcomes.append)
    exporting.failed.connect(outcomes.append)
    exporting.ask_kept(kept_demo, None, "name")
    choose(qtbot, out)
    dialog = shown(qtbot, QProgressDialog)
    assert "name" in dialog.labelText()
    qtbot.waitUntil(lambda: dialog.value() == 50)
    with qtbot.waitSignal(jobs.finished):
        click(qtbot, dialog, "Cancel")
    assert outcomes == []
    assert names(out) == []


def test_what_cannot_be_written_is_told(qtbot: QtBot, exporting: Exporting, kept_demo: Path, out: Path) -> None:
    (out / "name").write_text("in the way", encoding="utf-8")
    exporting.ask_kept(kept_demo, None, "name")
    with qtbot.waitSignal(exporting.failed, timeout=PATIENCE_MS) as failed:
        choose(qtbot, out)
    assert "choose another folder" in failed.args[0]


def test_a_folder_that_may_not_be_looked_into_is_told(
    qtbot: QtBot, exporting: Exporting, kept_demo: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_path: Path) -> bool:
        raise PermissionError(errno.EACCES, "Permission denied")

    exporting.ask_report(kept_demo, None, "report")
    monkeypatch.setattr(Path, "exists", refuse)
    with qtbot.waitSignal(exporting.failed) as failed:
        choose(qtbot, out / "report.html")
    assert failed.args[0].startswith(f"Nothing can be written into {out} (Permission denied)")


def test_enter_replaces_nothing(qtbot: QtBot, exporting: Exporting, jobs: Jobs, kept_demo: Path, out: Path) -> None:
    (out / "name").mkdir()
    (out / "name" / "peaks.csv").write_text("precious", encoding="utf-8")
    exporting.ask_kept(kept_demo, None, "name")
    choose(qtbot, out)
    question = shown(qtbot, QMessageBox)
    qtbot.keyClick(question, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not question.isVisible())
    assert not jobs.are_under_way
    assert (out / "name" / "peaks.csv").read_text(encoding="utf-8") == "precious"


# --- reports


@pytest.mark.parametrize(
    ("typed", "file_filter", "file"),
    [
        ("mine", "", "mine.html"),
        ("mine", "PDF", "mine.pdf"),
        ("mine.pdf", "", "mine.pdf"),
        ("mine.html", "PDF", "mine.html"),
        ("run 1.5 W", "", "run 1.5 W.html"),
    ],
)
def test_a_report_is_of_the_kind_that_is_typed_or_chosen(
    qtbot: QtBot, exporting: Exporting, kept_demo: Path, out: Path, typed: str, file_filter: str, file: str
) -> None:
    exporting.ask_report(kept_demo, None, kept_demo.stem)
    with qtbot.waitSignal(exporting.written, timeout=PATIENCE_MS) as written:
        choose(qtbot, out / typed, file_filter)
    assert written.args == [out / file]
    assert names(out) == [file]
    head = (out / file).read_bytes()[:20]
    assert head.startswith(b"%PDF" if file.endswith("pdf") else b"<!DOCTYPE html>")


def test_a_name_is_proposed_for_a_report(qtbot: QtBot, exporting: Exporting, kept_demo: Path) -> None:
    exporting.ask_report(kept_demo, Span(1, 2.25), "name")
    dialog = shown(qtbot, QFileDialog)
    assert dialog.findChild(QLineEdit, "fileNameEdit").text() == "name_1-2.25s"
    click(qtbot, dialog, "Cancel")


@pytest.mark.parametrize(("answer", "replaced"), [("Replace", True), ("Cancel", False)])
def test_a_report_replaces_nothing_without_a_question(
    qtbot: QtBot, exporting: Exporting, jobs: Jobs, kept_demo: Path, out: Path, answer: str, *, replaced: bool
) -> None:
    (out / "mine.html").write_text("precious", encoding="utf-8")
    exporting.ask_report(kept_demo, None, "name")
    choose(qtbot, out / "mine")
    question = shown(qtbot, QMessageBox)
    assert "mine.html" in question.text()
    click(qtbot, question, answer)
    qtbot.waitUntil(lambda: not jobs.are_under_way, timeout=PATIENCE_MS)
    assert ((out / "mine.html").read_text(encoding="utf-8") != "precious") is replaced


# --- what Qt makes of the drawing


def test_qt_draws_the_svg_like_the_png(kept_demo: Path, out: Path, exporting: Exporting, qtbot: QtBot) -> None:
    with qtbot.waitSignal(exporting.written, timeout=PATIENCE_MS):
        exporting.write_kept(out / "x", kept_demo, None)
    renderer = QSvgRenderer(QByteArray((out / "x" / "curve.svg").read_bytes()))
    assert renderer.isValid()
    png = QImage(str(out / "x" / "curve.png")).convertToFormat(QImage.Format.Format_RGB32)
    svg = QImage(renderer.defaultSize(), QImage.Format.Format_RGB32)
    painter = QPainter(svg)
    renderer.render(painter)
    painter.end()
    assert svg.size() == png.size()
    with KeptSession(kept_demo) as kept:
        peaks = kept.peaks()
        last_s = kept.length_s
    assert len(peaks) >= 2
    for peak in peaks:
        # The shade of a span shows above the curve, at its place and nowhere beside it.
        columns = [round(75 + (1570 - 75) * t_s / last_s) for t_s in (peak.start_s, peak.end_s)]
        for x in (columns[0] - 4, columns[0] + 4, columns[1] - 4, columns[1] + 4):
            assert svg.pixelColor(x, 152) == png.pixelColor(x, 152)
        assert svg.pixelColor(columns[0] - 4, 152) != svg.pixelColor(columns[0] + 4, 152)


def test_an_export_that_lacks_samples_says_how_many(
    qtbot: QtBot, open_window: Callable[..., MainWindow], tmp_path: Path
) -> None:
    window = open_window(config=FemConfig.model_validate({"data_processing": {"max_frame_count": 100}}))
    with qtbot.waitSignal(window.monitoring.began):
        window.start()
    qtbot.waitUntil(lambda: window.monitoring.session.history.count > 150)
    with qtbot.waitSignal(window.monitoring.ended):
        window.stop()
    session = window.monitoring.session
    session.kept_path.unlink()
    with qtbot.waitSignal(window.exporting.failed) as failed:
        window.exporting.write(tmp_path / "out", session)
    missing = session.history.count - 100
    assert f"{missing} are missing" in failed.args[0]
    assert len((tmp_path / "out" / "samples.csv").read_text(encoding="utf-8").splitlines()) == 101
