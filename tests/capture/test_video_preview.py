"""Single pictures of a video are those that are measured."""

from __future__ import annotations

import builtins
import sys
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import pytest

from nhem_qt.capture import CaptureError, VideoSource
from nhem_qt.capture.video_preview import frames_before, look_at, still_at
from nhem_qt.geometry import Roi

if TYPE_CHECKING:
    from pathlib import Path

    from nhem_qt.frame import Frame

WIDTH_PX, HEIGHT_PX = 64, 48
UNEVEN_MS = [0, 40, 47, 133, 134, 260, 261, 900]
KINDS = [("coded.mp4", "libx264"), ("coded.mkv", "libx264"), ("coded.avi", "mpeg4"), ("coded.webm", "libvpx-vp9")]


def write(path: Path, codec: str, times_ms: list[int]) -> Path:
    """Write noise that differs from frame to frame; key frames are rare, others are stored out of their turn."""
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = WIDTH_PX, HEIGHT_PX, "yuv420p"
        stream.codec_context.gop_size = 12
        if codec != "mpeg4":
            stream.codec_context.time_base = Fraction(1, 1000)
        for number, time_ms in enumerate(times_ms):
            pixels = np.random.default_rng(number).integers(0, 256, (HEIGHT_PX, WIDTH_PX, 3), np.uint8)
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts, frame.time_base = time_ms, Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def frames_of(path: Path) -> list[Frame]:
    source, frames = VideoSource(path), []
    while source.upcoming_s() is not None:
        frames.append(source.grab(source.bounds).copy())
    source.close()
    return frames


def same(one: Frame, other: Frame) -> bool:
    return one.t_s == other.t_s and bool((one.pixels == other.pixels).all())


@pytest.mark.parametrize(("name", "codec"), KINDS)
def test_a_still_is_the_frame_that_is_measured_then(tmp_path: Path, name: str, codec: str) -> None:
    path = write(tmp_path / name, codec, list(range(0, 60 * 40, 40)))
    frames = frames_of(path)
    assert len(frames) == 60
    for index in (0, 1, 11, 12, 13, 30, 59):
        assert same(still_at(path, frames[index].t_s), frames[index])
        assert same(still_at(path, frames[index].t_s, after=True), frames[index])


@pytest.mark.parametrize("name", ["uneven.mkv", "uneven.mp4"])
def test_between_two_frames_the_earlier_one_is_shown_and_the_later_one_comes_after(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name, "libx264", UNEVEN_MS)
    frames = frames_of(path)
    assert [round(1000 * frame.t_s) for frame in frames] == UNEVEN_MS
    assert same(still_at(path, 0.1), frames[2])
    assert same(still_at(path, 0.1, after=True), frames[3])
    assert same(still_at(path, 0.899), frames[6])
    assert same(still_at(path, 0.3, after=True), frames[7])


def test_beyond_the_ends_are_the_first_and_the_last_frame(tmp_path: Path) -> None:
    path = write(tmp_path / "uneven.mkv", "libx264", UNEVEN_MS)
    frames = frames_of(path)
    for after in (False, True):
        assert same(still_at(path, -1.0, after=after), frames[0])
        assert same(still_at(path, 60.0, after=after), frames[-1])


@pytest.mark.parametrize(("name", "codec"), KINDS)
def test_what_is_known_of_a_video(tmp_path: Path, name: str, codec: str) -> None:
    path = write(tmp_path / name, codec, list(range(0, 60 * 40, 40)))
    facts = look_at(path)
    assert (facts.path, facts.bounds, facts.rate_hz) == (path, Roi(0, 0, WIDTH_PX, HEIGHT_PX), pytest.approx(25))
    assert facts.last_s == frames_of(path)[-1].t_s
    assert facts.length_s == pytest.approx(2.4)


def test_frames_that_are_passed_over_leave_index_and_picture_of_the_next_one_exact(tmp_path: Path) -> None:
    path = write(tmp_path / "uneven.mkv", "libx264", UNEVEN_MS)
    frames = frames_of(path)
    source = VideoSource(path)
    assert list(frames_before(source, frames[5].t_s)) == [frame.t_s for frame in frames[:5]]
    assert source.upcoming_index == 5
    assert same(source.grab(source.bounds), frames[5])
    source.close()


def test_the_recording_has_its_stills(recording: Path) -> None:
    source = VideoSource(recording)
    for _ in frames_before(source, 6.6):
        pass
    frame = source.grab(source.bounds)
    source.close()
    assert same(still_at(recording, frame.t_s), frame)
    assert look_at(recording).length_s == pytest.approx(9.59, abs=0.05)


def test_a_file_that_is_no_video_is_named(tmp_path: Path) -> None:
    path = tmp_path / "notes.mp4"
    path.write_text("no video", encoding="utf-8")
    with pytest.raises(CaptureError, match=r"notes\.mp4 cannot be read as a video"):
        look_at(path)


def test_without_pyav_the_message_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "uneven.mkv", "libx264", UNEVEN_MS)
    real = builtins.__import__

    def without_av(name: str, *more: Any, **options: Any) -> Any:
        if name.partition(".")[0] == "av" or name == "nhem_qt.capture.decoding":
            raise ImportError(name)
        return real(name, *more, **options)

    monkeypatch.delitem(sys.modules, "nhem_qt.capture.decoding")
    monkeypatch.setattr(builtins, "__import__", without_av)
    with pytest.raises(CaptureError, match=r'pip install "nhem-qt\[video\]"'):
        look_at(path)
