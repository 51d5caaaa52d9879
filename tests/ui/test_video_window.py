"""Videos in the window: opened, looked through, measured at their own speed, step by step, and as a whole."""

from __future__ import annotations

import builtins
import contextlib
import hashlib
import sys
import threading
import wave
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QProgressDialog, QPushButton, QSlider, QStyle

from nhem_qt.analysis import Request, RoiChoice, SizedRoi, analyse, recordings
from nhem_qt.config import FemConfig
from nhem_qt.geometry import Roi
from nhem_qt.session import KeptSession, session_paths
from nhem_qt.ui import video_use
from nhem_qt.ui.region_dialog import RegionDialog
from nhem_qt.ui.video_line import time_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from nhem_qt.frame import Frame
    from nhem_qt.ui.main_window import MainWindow

PLAIN, CONTROL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier
CONTROL_SHIFT = CONTROL | Qt.KeyboardModifier.ShiftModifier
WIDTH_PX, HEIGHT_PX, RATE_HZ = 160, 120, 30
BOUNDS = Roi(0, 0, WIDTH_PX, HEIGHT_PX)
EMISSION = range(60, 90)
FOCUS = Roi(849, 165, 1209, 525)
ON_SCREEN = {"roi_capture": {"large_roi": {"x1": 10, "y1": 20, "x2": 210, "y2": 220, "frame_rate": 5}}}


def write_video(path: Path, count: int = 150, width: int = WIDTH_PX, rate_hz: int = RATE_HZ) -> Path:
    """Write frames whose level tells their index, but for one emission that leaves a HEM."""
    generator = np.random.default_rng(5)
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("ffv1", rate=rate_hz)
        stream.width, stream.height, stream.pix_fmt = width, HEIGHT_PX, "bgr0"
        for index in range(count):
            level = generator.normal(130, 5) if index in EMISSION else 95 if index >= EMISSION.stop else 90
            pixels = generator.normal(level, 5, (HEIGHT_PX, width, 1)).clip(0, 255).astype(np.uint8).repeat(3, 2)
            # The corner says which frame it is.
            pixels[:8, :8] = index
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, "bgr24")))
        container.mux(stream.encode(None))
    return path


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A video of 5 s."""
    return write_video(tmp_path_factory.mktemp("videos") / "treatment.mkv")


@pytest.fixture
def watching(qtbot: QtBot, open_window: Callable[..., MainWindow], video: Path) -> MainWindow:
    """A window that shows the first picture of the video."""
    window = open_window(f"video:{video}")
    qtbot.waitUntil(lambda: window.video_use.is_open)
    return window


def press(qtbot: QtBot, window: MainWindow, key: Qt.Key, modifier: Qt.KeyboardModifier = PLAIN) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    qtbot.keyClick(window, key, modifier)


def start(qtbot: QtBot, window: MainWindow) -> None:
    with qtbot.waitSignal(window.monitoring.began):
        press(qtbot, window, Qt.Key.Key_F5)


def stop(qtbot: QtBot, window: MainWindow) -> None:
    with qtbot.waitSignal(window.monitoring.ended), qtbot.waitSignal(window.video_use.still_found):
        press(qtbot, window, Qt.Key.Key_F7)


def pause(qtbot: QtBot, window: MainWindow) -> None:
    with qtbot.waitSignal(window.monitoring.paused_changed):
        press(qtbot, window, Qt.Key.Key_F6)


def indices(window: MainWindow) -> list[int]:
    return [sample.measurement.frame_index for sample in window.monitoring.session.history.samples]


def shown_index(window: MainWindow) -> int:
    """Return which frame the picture shows; it must be shown to its corner."""
    return int(window.image_view.pixels_at(Roi(4, 4, 5, 5))[0, 0, 0])


def slider_of(window: MainWindow) -> QSlider:
    slider = window.time_line.findChild(QSlider)
    assert slider is not None
    return slider


def place_on(slider: QSlider, t_s: float) -> QPoint:
    handle = slider.style().pixelMetric(QStyle.PixelMetric.PM_SliderLength, None, slider)
    room = slider.width() - handle
    at = QStyle.sliderPositionFromValue(slider.minimum(), slider.maximum(), round(1000 * t_s), room)
    return QPoint(at + handle // 2, slider.height() // 2)


def click_at(qtbot: QtBot, window: MainWindow, t_s: float) -> None:
    slider = slider_of(window)
    with qtbot.waitSignal(window.video_use.still_found):
        qtbot.mouseClick(slider, Qt.MouseButton.LeftButton, pos=place_on(slider, t_s))


@contextlib.contextmanager
def slow_stills(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let no picture of another place come until the block is left."""
    still_at, is_left = video_use.still_at, threading.Event()

    def slowed(*what: Any, **more: Any) -> Frame:
        is_left.wait(30)
        return still_at(*what, **more)

    monkeypatch.setattr(video_use, "still_at", slowed)
    try:
        yield
    finally:
        is_left.set()


def drop(window: MainWindow, *paths: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    over, copy, left = window.image_view, Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    QApplication.sendEvent(over, QDragEnterEvent(over.rect().center(), copy, mime, left, PLAIN))
    QApplication.sendEvent(over, QDropEvent(QPointF(over.rect().center()), copy, mime, left, PLAIN))


def shown(qtbot: QtBot, kind: type[Any]) -> Any:
    def found() -> list[Any]:
        return [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, kind) and widget.isVisible()]

    qtbot.waitUntil(lambda: bool(found()))
    return found()[0]


def choose_region(qtbot: QtBot, window: MainWindow, roi: Roi) -> None:
    press(qtbot, window, Qt.Key.Key_R, CONTROL)
    dialog = shown(qtbot, RegionDialog)
    for field, value in zip(dialog._fields, (roi.x1, roi.y1, roi.x2, roi.y2), strict=True):
        field.selectAll()
        qtbot.keyClicks(field, str(value))
        qtbot.keyClick(field, Qt.Key.Key_Tab)
    with qtbot.waitSignal(window.video_use.still_found):
        qtbot.keyClick(dialog, Qt.Key.Key_Enter)
    assert window.regions.large == roi


# --- opening


def test_a_chosen_video_shows_its_first_picture_and_what_it_is(qtbot: QtBot, window: MainWindow, video: Path) -> None:
    assert not window.time_line.isVisible()
    press(qtbot, window, Qt.Key.Key_O, CONTROL_SHIFT)
    dialog = shown(qtbot, QFileDialog)
    dialog.findChild(QLineEdit, "fileNameEdit").setText(str(video))
    choose = next(button for button in dialog.findChildren(QPushButton) if button.text() == "&Open")
    with qtbot.waitSignal(window.video_use.opened):
        qtbot.mouseClick(choose, Qt.MouseButton.LeftButton)
    assert window.image_view.roi == BOUNDS
    assert shown_index(window) == 0
    assert [badge.text for badge in window.image_view._badges()] == ["DUAL", "VIDEO", "IDLE"]
    assert "treatment.mkv" in window.windowTitle()
    assert window.time_line.isVisible()
    assert window.time_line.words.split("    ") == ["0:05.00 long", "160 \N{MULTIPLICATION SIGN} 120 px", "30.0 Hz"]


def test_the_choice_offers_what_an_analysis_takes_for_a_video(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    press(qtbot, window, Qt.Key.Key_O, CONTROL_SHIFT)
    dialog = shown(qtbot, QFileDialog)
    patterns = dialog.nameFilters()[0].partition("(")[2].rstrip(")").split()
    assert {"*.mkv", "*.m2ts", "*.ogv"} <= set(patterns)
    for pattern in patterns:
        (tmp_path / pattern.replace("*", "a")).touch()
    assert len(recordings([tmp_path])) == len(patterns)
    dialog.reject()


def test_a_dropped_video_is_opened(qtbot: QtBot, window: MainWindow, video: Path) -> None:
    with qtbot.waitSignal(window.video_use.opened):
        drop(window, video)
    assert shown_index(window) == 0


def test_two_dropped_files_are_one_too_many(window: MainWindow, video: Path) -> None:
    drop(window, video, video)
    assert "Drop one video file" in window.banner.text
    assert not window.time_line.isVisible()


def test_while_something_is_measured_no_other_source_is_taken(qtbot: QtBot, window: MainWindow, video: Path) -> None:
    start(qtbot, window)
    drop(window, video)
    assert "stop it (F7)" in window.banner.text
    press(qtbot, window, Qt.Key.Key_O, CONTROL_SHIFT)
    assert not [one for one in QApplication.topLevelWidgets() if isinstance(one, QFileDialog) and one.isVisible()]
    assert not window._jobs.are_under_way
    assert window.monitoring.is_running


def test_what_was_shown_of_another_source_goes(qtbot: QtBot, window: MainWindow, video: Path) -> None:
    with qtbot.waitSignal(window.monitoring.peak_decided, timeout=15_000):
        start(qtbot, window)
    with qtbot.waitSignal(window.monitoring.ended):
        press(qtbot, window, Qt.Key.Key_F7)
    with qtbot.waitSignal(window.video_use.opened):
        drop(window, video)
    assert window.docks.peaks.rows == ()
    assert window.curves.peaks == ()
    assert not window._actions["export_csv"].isEnabled()
    assert shown_index(window) == 0


def test_the_screen_comes_back_with_its_region(
    qtbot: QtBot, open_window: Callable[..., MainWindow], video: Path
) -> None:
    window = open_window("screen", FemConfig.model_validate(ON_SCREEN))
    on_screen = window.regions
    with qtbot.waitSignal(window.video_use.opened):
        drop(window, video)
    assert window.regions is None
    choose_region(qtbot, window, Roi(20, 10, 140, 110))
    press(qtbot, window, Qt.Key.Key_W, CONTROL_SHIFT)
    assert window.regions == on_screen
    assert window.configuring.config.roi_capture.large_roi.roi == on_screen.large
    assert not window.configuring.loaded.path.exists()
    assert window.image_view.roi is None
    assert not window.time_line.isVisible()
    assert "SCREEN" in [badge.text for badge in window.image_view._badges()]


def test_the_screen_without_a_region_asks_for_one_again(
    qtbot: QtBot, open_window: Callable[..., MainWindow], video: Path
) -> None:
    window = open_window("screen")
    asked = window.image_view._guidance_text.text()
    with qtbot.waitSignal(window.video_use.opened):
        drop(window, video)
    press(qtbot, window, Qt.Key.Key_W, CONTROL_SHIFT)
    assert window.image_view._guidance_text.text() == asked
    assert window.image_view._select_button.isVisible()


def test_videos_of_one_size_share_their_region_until_the_program_ends(
    qtbot: QtBot, watching: MainWindow, video: Path, tmp_path: Path
) -> None:
    roi = Roi(20, 10, 140, 110)
    choose_region(qtbot, watching, roi)
    for path, expected in (
        (write_video(tmp_path / "wide.mkv", 5, width=320), None),
        (write_video(tmp_path / "same.mkv", 5), roi),
        (video, roi),
    ):
        with qtbot.waitSignal(watching.video_use.opened):
            drop(watching, path)
        assert (watching.regions.large if watching.regions else None) == expected


def test_a_region_of_the_command_line_counts_for_the_video(
    qtbot: QtBot, open_window: Callable[..., MainWindow], video: Path
) -> None:
    roi = Roi(20, 10, 140, 110)
    window = open_window(f"video:{video}", roi=roi)
    qtbot.waitUntil(lambda: window.video_use.is_open)
    assert window.image_view.roi == roi


def test_the_region_is_selected_on_the_picture_that_is_shown(qtbot: QtBot, watching: MainWindow) -> None:
    click_at(qtbot, watching, 4.0)
    index = shown_index(watching)
    press(qtbot, watching, Qt.Key.Key_R, CONTROL)
    dialog = shown(qtbot, RegionDialog)
    assert dialog._view.roi == BOUNDS
    assert int(dialog._view.pixels_at(Roi(4, 4, 5, 5))[0, 0, 0]) == index
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("broken.mp4", b"no video at all", "broken.mp4 cannot be read as a video"),
        ("empty.mp4", b"", "empty.mp4 cannot be read as a video"),
        ("missing.mp4", None, "There is no video file"),
    ],
)
def test_what_cannot_be_opened_is_told_and_changes_nothing(
    qtbot: QtBot, watching: MainWindow, tmp_path: Path, name: str, content: bytes | None, words: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with qtbot.waitSignal(watching.video_use.failed):
        drop(watching, path)
    assert words in watching.banner.text
    assert watching.time_line.isVisible()
    assert shown_index(watching) == 0
    start(qtbot, watching)


def test_sound_alone_is_no_video(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    path = tmp_path / "sound.wav"
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(16000))
    with qtbot.waitSignal(window.video_use.failed):
        drop(window, path)
    assert "sound.wav holds no video: choose a screen recording" in window.banner.text


def test_without_pyav_it_says_what_to_install(
    qtbot: QtBot, window: MainWindow, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without_av(name: str, *more: Any, **options: Any) -> Any:
        if name in {"av", "nhem_qt.capture.decoding"}:
            raise ImportError(name)
        return real(name, *more, **options)

    monkeypatch.delitem(sys.modules, "nhem_qt.capture.decoding")
    monkeypatch.setattr(builtins, "__import__", without_av)
    with qtbot.waitSignal(window.video_use.failed):
        drop(window, video)
    assert 'pip install "nhem-qt[video]"' in window.banner.text


def test_a_video_of_the_command_line_that_cannot_be_read_ends_a_limited_run(
    qtbot: QtBot, open_window: Callable[..., MainWindow], tmp_path: Path
) -> None:
    window = open_window(f"video:{tmp_path / 'missing.mp4'}", seconds=1.0)
    with qtbot.waitSignal(window.left):
        window.start()
    assert "There is no video file" in window.last_error


# --- the time line


def test_a_click_on_the_time_line_shows_the_picture_of_then(qtbot: QtBot, watching: MainWindow) -> None:
    click_at(qtbot, watching, 4.0)
    assert shown_index(watching) == pytest.approx(120, abs=1)
    assert watching.time_line.time_words == time_words(shown_index(watching) / RATE_HZ)


def drag_to(qtbot: QtBot, window: MainWindow, t_s: float) -> None:
    slider = slider_of(window)
    here_s = window.video_use.position_s
    qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=place_on(slider, here_s))
    qtbot.mouseMove(slider, place_on(slider, (here_s + t_s) / 2))
    qtbot.mouseMove(slider, place_on(slider, t_s))


def test_the_picture_goes_along_with_the_dragged_handle(qtbot: QtBot, watching: MainWindow) -> None:
    drag_to(qtbot, watching, 3.0)
    assert watching.time_line.time_words.startswith(("0:02.9", "0:03.0"))
    qtbot.waitUntil(lambda: shown_index(watching) == pytest.approx(90, abs=2))
    with qtbot.waitSignal(watching.video_use.still_found):
        qtbot.mouseRelease(slider_of(watching), Qt.MouseButton.LeftButton, pos=place_on(slider_of(watching), 3.0))
    assert shown_index(watching) == pytest.approx(90, abs=2)


def test_a_session_goes_on_until_the_handle_is_let_go(qtbot: QtBot, watching: MainWindow) -> None:
    start(qtbot, watching)
    drag_to(qtbot, watching, 4.0)
    count = len(indices(watching))
    qtbot.waitUntil(lambda: len(indices(watching)) > count + 5)
    assert watching.time_line.time_words.startswith(("0:03.9", "0:04.0"))
    slider = slider_of(watching)
    with qtbot.waitSignal(watching.monitoring.ended), qtbot.waitSignal(watching.video_use.still_found):
        qtbot.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=place_on(slider, 4.0))
    assert shown_index(watching) == pytest.approx(120, abs=2)


@pytest.mark.parametrize("rate_hz", [24, 30, 60])
def test_arrow_keys_go_from_frame_to_frame(
    qtbot: QtBot, open_window: Callable[..., MainWindow], tmp_path: Path, rate_hz: int
) -> None:
    window = open_window(f"video:{write_video(tmp_path / 'steps.mkv', 12, rate_hz=rate_hz)}")
    qtbot.waitUntil(lambda: window.video_use.is_open)
    for key, indices in ((Qt.Key.Key_Right, range(1, 12)), (Qt.Key.Key_Left, range(10, -1, -1))):
        for index in indices:
            with qtbot.waitSignal(window.video_use.still_found):
                qtbot.keyClick(slider_of(window), key)
            assert shown_index(window) == index


def test_arrow_keys_that_come_faster_than_the_pictures_all_count(qtbot: QtBot, watching: MainWindow) -> None:
    for key in (*[Qt.Key.Key_Right] * 6, Qt.Key.Key_Left):
        qtbot.keyClick(slider_of(watching), key)
    qtbot.waitUntil(lambda: shown_index(watching) == 5)
    assert watching.video_use.position_s == pytest.approx(5 / RATE_HZ, abs=1e-3)


def test_start_measures_from_the_place_that_is_shown(qtbot: QtBot, watching: MainWindow) -> None:
    click_at(qtbot, watching, 3.0)
    begin = shown_index(watching)
    start(qtbot, watching)
    qtbot.waitUntil(lambda: len(indices(watching)) > 10)
    assert indices(watching)[:3] == [begin, begin + 1, begin + 2]
    first = watching.monitoring.session.history.samples[0].measurement
    assert first.t_s == pytest.approx(begin / RATE_HZ, abs=1e-3)


def test_start_measures_from_the_place_that_the_time_line_names_before_its_picture_is_there(
    qtbot: QtBot, watching: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    with slow_stills(monkeypatch):
        for t_s in (4.5, 2.0):
            qtbot.mouseClick(slider_of(watching), Qt.MouseButton.LeftButton, pos=place_on(slider_of(watching), t_s))
        chosen_s = slider_of(watching).value() / 1000
        start(qtbot, watching)
        qtbot.waitUntil(lambda: len(indices(watching)) > 10)
        assert indices(watching)[0] == pytest.approx(chosen_s * RATE_HZ, abs=1)
        qtbot.waitUntil(lambda: slider_of(watching).value() > 2400)
    stop(qtbot, watching)
    assert shown_index(watching) == indices(watching)[-1]


def test_a_place_chosen_while_the_video_plays_is_named_at_once(
    qtbot: QtBot, watching: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(qtbot, watching)
    qtbot.waitUntil(lambda: len(indices(watching)) > 5)
    words = []
    watching._redraw_timer.due.connect(lambda: words.append(watching.time_line.time_words))
    with slow_stills(monkeypatch):
        with qtbot.waitSignal(watching.monitoring.ended):
            qtbot.mouseClick(slider_of(watching), Qt.MouseButton.LeftButton, pos=place_on(slider_of(watching), 4.0))
            chosen = watching.time_line.time_words
            watching._redraw()
            assert watching.monitoring.is_running
            words.append(watching.time_line.time_words)
        qtbot.waitUntil(lambda: len(words) > 5)
    assert chosen.startswith(("0:03.9", "0:04.0"))
    assert set(words) == {chosen}
    qtbot.waitUntil(lambda: shown_index(watching) == pytest.approx(120, abs=1))


def test_the_time_line_follows_the_session_and_stays_where_it_stops(qtbot: QtBot, watching: MainWindow) -> None:
    start(qtbot, watching)
    qtbot.waitUntil(lambda: slider_of(watching).value() > 500)
    stop(qtbot, watching)
    last = indices(watching)[-1]
    assert shown_index(watching) == last
    assert watching.time_line.time_words == time_words(last / RATE_HZ)
    start(qtbot, watching)
    qtbot.waitUntil(lambda: bool(indices(watching)))
    assert indices(watching)[0] == last


def test_beside_a_picture_of_another_place_stands_no_gray_value(qtbot: QtBot, watching: MainWindow) -> None:
    start(qtbot, watching)
    qtbot.waitUntil(lambda: len(indices(watching)) > 10)
    stop(qtbot, watching)
    measured = watching.readout._gray.text()
    assert measured == f"{watching.monitoring.session.history.last.measurement.gray:.1f}"
    click_at(qtbot, watching, 4.0)
    watching._redraw()
    assert watching.readout._gray.text() == "\N{EM DASH}"
    small, large = watching.readout._small_roi._image.constBits(), watching.image_view.pixels_at(BOUNDS.centre())
    assert bytes(small) == large.tobytes()
    # And back where it was measured it is what it was, unless that is no longer what would be measured.
    with qtbot.waitSignal(watching.video_use.still_found):
        watching.video_use.seek(watching.monitoring.session.history.last.measurement.t_s)
    assert watching.readout._gray.text() == measured
    choose_region(qtbot, watching, Roi(20, 10, 140, 100))
    watching._redraw()
    assert watching.readout._gray.text() == "\N{EM DASH}"


def test_at_its_end_start_plays_the_video_from_its_begin(qtbot: QtBot, watching: MainWindow) -> None:
    click_at(qtbot, watching, 4.8)
    with qtbot.waitSignal(watching.monitoring.ended), qtbot.waitSignal(watching.video_use.still_found):
        start(qtbot, watching)
    assert indices(watching)[-1] == shown_index(watching) == 149
    start(qtbot, watching)
    qtbot.waitUntil(lambda: bool(indices(watching)))
    assert indices(watching)[0] == 0


def test_another_place_ends_the_session_whole_and_the_next_one_begins_there(qtbot: QtBot, watching: MainWindow) -> None:
    start(qtbot, watching)
    qtbot.waitUntil(lambda: len(indices(watching)) > 10)
    first = watching.monitoring.session
    with qtbot.waitSignal(watching.monitoring.ended):
        click_at(qtbot, watching, 4.0)
    with KeptSession(first.kept_path) as kept:
        assert kept.finished
        assert [sample.measurement.frame_index for sample in kept.samples()] == list(range(kept.sample_count))
    begin = shown_index(watching)
    assert begin == pytest.approx(120, abs=1)
    start(qtbot, watching)
    qtbot.waitUntil(lambda: bool(indices(watching)))
    assert watching.monitoring.session is not first
    assert indices(watching)[0] == begin


def test_in_a_pause_every_step_measures_and_shows_one_frame(qtbot: QtBot, watching: MainWindow) -> None:
    assert not watching._actions["step"].isEnabled()
    start(qtbot, watching)
    qtbot.waitUntil(lambda: len(indices(watching)) > 5)
    pause(qtbot, watching)
    before = indices(watching)[-1]
    for count in range(1, 5):
        press(qtbot, watching, Qt.Key.Key_Period)
        qtbot.waitUntil(lambda: shown_index(watching) == before + count)  # noqa: B023 - waited for at once
        assert indices(watching)[-1] == before + count
    pause(qtbot, watching)
    qtbot.waitUntil(lambda: len(indices(watching)) > before + 10)
    assert indices(watching) == list(range(len(indices(watching))))


# --- the whole video


def test_the_whole_video_is_analysed_and_opened_as_a_review(
    qtbot: QtBot, watching: MainWindow, video: Path, tmp_path: Path
) -> None:
    roi = Roi(20, 10, 140, 110)
    choose_region(qtbot, watching, roi)
    with qtbot.waitSignal(watching.reviewing.opened, timeout=30_000) as opened:
        press(qtbot, watching, Qt.Key.Key_A, CONTROL_SHIFT)
    digest = opened.args[0].digest
    found = analyse(video, Request(FemConfig(), RoiChoice.of([SizedRoi.parse(str(roi))])))
    assert digest.peaks == found.peaks
    assert [peak.color for peak in found.peaks] == ["green"]
    assert session_paths(tmp_path / "data") == [digest.path]
    checksum = hashlib.sha256(video.read_bytes()).hexdigest()
    assert (digest.info.source, digest.info.file, digest.info.checksum) == ("video", "treatment.mkv", checksum)
    facts = opened.args[0].facts.text
    assert "treatment.mkv" in facts
    assert checksum[:8] in facts


def test_played_at_its_own_speed_it_gives_the_same_peaks(qtbot: QtBot, watching: MainWindow, video: Path) -> None:
    with qtbot.waitSignal(watching.monitoring.ended, timeout=30_000):
        start(qtbot, watching)
    assert watching.docks.peaks.rows == analyse(video, Request(FemConfig())).peaks
    info = watching.monitoring.session.info
    assert (info.file, info.checksum) == ("treatment.mkv", hashlib.sha256(video.read_bytes()).hexdigest())


def test_a_cancelled_analysis_leaves_nothing(
    qtbot: QtBot, watching: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measure, halves = video_use.measure_video, []

    def slowed(*what: Any, progress: Callable[[float], None]) -> Path:
        def told(share: float) -> None:
            # Half-way it goes on only when it is cancelled.
            while share > 0.5:
                halves.append(share)
                progress(share)
            progress(share)

        return measure(*what, progress=told)

    monkeypatch.setattr(video_use, "measure_video", slowed)
    press(qtbot, watching, Qt.Key.Key_A, CONTROL_SHIFT)
    dialog = shown(qtbot, QProgressDialog)
    qtbot.waitUntil(lambda: bool(halves))
    assert session_paths(tmp_path / "data")
    with qtbot.waitSignal(watching._jobs.finished):
        qtbot.mouseClick(dialog.findChild(QPushButton), Qt.MouseButton.LeftButton)
    assert list((tmp_path / "data").iterdir()) == []
    assert watching.banner.text == ""
    # And it can be begun anew.
    monkeypatch.setattr(video_use, "measure_video", measure)
    with qtbot.waitSignal(watching.reviewing.opened, timeout=30_000):
        press(qtbot, watching, Qt.Key.Key_A, CONTROL_SHIFT)


def test_a_region_outside_of_the_video_is_told(
    qtbot: QtBot, open_window: Callable[..., MainWindow], video: Path, tmp_path: Path
) -> None:
    window = open_window(f"video:{video}", roi=Roi(500, 500, 600, 600))
    qtbot.waitUntil(lambda: window.video_use.is_open)
    with qtbot.waitSignal(window.video_use.failed):
        press(qtbot, window, Qt.Key.Key_A, CONTROL_SHIFT)
    assert "select a region inside it" in window.banner.text
    assert session_paths(tmp_path / "data") == []


def test_the_recording_has_its_one_emission_at_either_speed(
    qtbot: QtBot, open_window: Callable[..., MainWindow], recording: Path
) -> None:
    window = open_window(f"video:{recording}", roi=FOCUS)
    qtbot.waitUntil(lambda: window.video_use.is_open)
    with qtbot.waitSignal(window.reviewing.opened, timeout=30_000) as opened:
        press(qtbot, window, Qt.Key.Key_A, CONTROL_SHIFT)
    (peak,) = opened.args[0].digest.peaks
    assert (peak.start_frame, peak.end_frame) == (pytest.approx(144, abs=2), pytest.approx(157, abs=2))
    with qtbot.waitSignal(window.monitoring.ended, timeout=30_000):
        start(qtbot, window)
    assert window.docks.peaks.rows == (peak,)
