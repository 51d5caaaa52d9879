"""Recordings as a source."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import re
import subprocess
import sys
import wave
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import pytest
from av.stream import Disposition
from PIL import Image

from nhem_qt.capture import CaptureError, VideoSource
from nhem_qt.config import FemConfig
from nhem_qt.detection import DetectorConfig, Peak
from nhem_qt.frame import SourceKind
from nhem_qt.geometry import Roi
from nhem_qt.monitor import Monitor, RecordedSchedule, Regions, RoiMode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

WIDTH_PX, HEIGHT_PX = 64, 48
UNEVEN_MS = [0, 40, 47, 133, 134, 260, 261, 900]


def write_video(
    path: Path,
    planes: Sequence[np.ndarray],
    times_ms: Sequence[int] | None = None,
    codec: str = "ffv1",
    pix_fmt: str = "yuv420p",
    **metadata: str,
) -> Path:
    """Write planes of Y, U and V (shape (3 / 2 * height, width)) at the given presentation times."""
    with av.open(str(path), "w") as container:
        container.metadata.update(metadata)
        stream: Any = container.add_stream(codec, rate=25)
        stream.height, stream.width = planes[0].shape[0] * 2 // 3, planes[0].shape[1]
        stream.pix_fmt = pix_fmt
        stream.codec_context.time_base = Fraction(1, 1000)
        for plane, time_ms in zip(planes, times_ms or range(0, 40 * len(planes), 40), strict=True):
            frame = av.VideoFrame.from_ndarray(plane, format=pix_fmt)
            frame.pts, frame.time_base = time_ms, Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def even(luma: int, height: int = HEIGHT_PX, width: int = WIDTH_PX) -> np.ndarray:
    plane = np.full((height * 3 // 2, width), 128, np.uint8)
    plane[:height] = luma
    return plane


def noise(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(16, 235, (HEIGHT_PX * 3 // 2, WIDTH_PX), np.uint8)


def grays(source: VideoSource) -> list[float]:
    values = []
    while source.upcoming_s() is not None:
        values.append(source.grab(source.bounds).gray)
    source.close()
    return values


@pytest.fixture
def ramp(tmp_path: Path) -> Iterator[VideoSource]:
    path = write_video(tmp_path / "ramp.mkv", [even(16 + 20 * n) for n in range(8)], UNEVEN_MS)
    source = VideoSource(path)
    yield source
    source.close()


def test_limited_range_luma_becomes_full_range_gray(tmp_path: Path) -> None:
    lumas = [16, 17, 60, 126, 180, 234, 235]
    path = write_video(tmp_path / "grays.mkv", [even(luma) for luma in lumas])
    expected = [(luma - 16) * 255 / 219 for luma in lumas]
    assert grays(VideoSource(path)) == pytest.approx(expected, abs=1)
    assert grays(VideoSource(path))[0] == 0.0
    assert grays(VideoSource(path))[-1] == 255.0


def test_full_range_luma_is_left_as_it_is(tmp_path: Path) -> None:
    lumas = [0, 16, 100, 235, 255]
    path = write_video(tmp_path / "full.mkv", [even(luma) for luma in lumas], codec="mjpeg", pix_fmt="yuvj420p")
    assert grays(VideoSource(path)) == pytest.approx(lumas, abs=1)


@pytest.mark.parametrize(
    ("luma", "blue_difference", "red_difference", "bgr"),
    [(81, 90, 240, (0, 0, 255)), (145, 54, 34, (0, 255, 0)), (41, 240, 110, (255, 0, 0))],
    ids=["red", "green", "blue"],
)
def test_pixels_are_blue_green_red(
    tmp_path: Path, luma: int, blue_difference: int, red_difference: int, bgr: tuple[int, int, int]
) -> None:
    plane = even(luma)
    plane[HEIGHT_PX : HEIGHT_PX * 5 // 4] = blue_difference
    plane[HEIGHT_PX * 5 // 4 :] = red_difference
    source = VideoSource(write_video(tmp_path / "colour.mkv", [plane] * 2))
    pixel = source.grab(Roi(30, 20, 31, 21)).pixels[0, 0]
    source.close()
    assert pixel[:3].astype(int) == pytest.approx(bgr, abs=3)


def test_every_frame_comes_once_with_its_presentation_time_and_index(ramp: VideoSource) -> None:
    frames, indices = [], []
    while (upcoming_s := ramp.upcoming_s()) is not None:
        indices.append(ramp.upcoming_index)
        frames.append(ramp.grab(ramp.bounds))
        assert frames[-1].t_s == upcoming_s
    assert [frame.t_s for frame in frames] == pytest.approx([ms / 1000 for ms in UNEVEN_MS], abs=1e-9)
    assert indices == list(range(8))
    assert [frame.gray for frame in frames] == sorted(frame.gray for frame in frames)
    assert {frame.source for frame in frames} == {SourceKind.VIDEO}


def test_times_count_from_the_first_frame(tmp_path: Path) -> None:
    source = VideoSource(write_video(tmp_path / "late.mkv", [even(50)] * 3, [1500, 1540, 1700]))
    times_s = []
    while source.upcoming_s() is not None:
        times_s.append(source.grab(source.bounds).t_s)
    source.close()
    assert times_s == pytest.approx([0.0, 0.04, 0.2], abs=1e-9)


def test_frames_that_are_stored_out_of_order_come_in_display_order(tmp_path: Path) -> None:
    lumas = [16 + 5 * n for n in range(40)]
    path = write_video(tmp_path / "reordered.mp4", [even(luma) for luma in lumas], codec="libx264")
    with av.open(str(path)) as container:
        stored = [packet.pts for packet in container.demux(video=0) if packet.pts is not None]
    assert stored != sorted(stored)
    assert grays(VideoSource(path)) == pytest.approx([(luma - 16) * 255 / 219 for luma in lumas], abs=2)


def test_asking_when_the_next_frame_comes_does_not_take_it(ramp: VideoSource) -> None:
    assert [ramp.upcoming_s() for _ in range(3)] == [0.0] * 3
    assert ramp.upcoming_index == 0
    assert ramp.grab(ramp.bounds).t_s == 0.0
    assert ramp.upcoming_index == 1


def test_a_pixel_has_the_same_value_whichever_region_it_is_grabbed_with(tmp_path: Path) -> None:
    path = write_video(tmp_path / "noise.mkv", [noise(5)] * 4)
    source = VideoSource(path)
    whole = source.grab(source.bounds)
    for roi in (Roi(0, 0, 1, 1), Roi(7, 5, 57, 48), Roi(33, 11, 64, 12)):
        frame = source.grab(roi)
        assert frame.roi == roi
        assert np.array_equal(frame.pixels, whole.crop(roi).pixels)
    source.close()


def test_the_bounds_are_the_size_of_the_picture(ramp: VideoSource) -> None:
    assert ramp.bounds == Roi(0, 0, WIDTH_PX, HEIGHT_PX)


def test_the_rate_is_the_mean_rate_of_the_recording(tmp_path: Path) -> None:
    source = VideoSource(write_video(tmp_path / "rate.mkv", [even(50)] * 10))
    assert source.rate_hz == pytest.approx(25.0)
    source.close()


def test_at_the_end_there_is_no_next_frame_and_a_grab_is_an_error(ramp: VideoSource) -> None:
    for _ in UNEVEN_MS:
        ramp.grab(ramp.bounds)
    assert ramp.upcoming_s() is None
    with pytest.raises(CaptureError, match=r"ramp\.mkv is at its end"):
        ramp.grab(ramp.bounds)


def test_a_file_that_is_not_there_is_an_error_with_its_path(tmp_path: Path) -> None:
    path = tmp_path / "nothing.mp4"
    with pytest.raises(CaptureError, match="no video file") as caught:
        VideoSource(path)
    assert str(path) in str(caught.value)


def test_a_folder_is_no_video_file(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match="no video file"):
        VideoSource(tmp_path)


def test_a_name_that_no_file_can_have_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match=r"cannot be read .*check the path"):
        VideoSource(tmp_path / ("x" * 5000))


@pytest.mark.parametrize("content", [b"", b"hello " * 500, bytes(range(256)) * 40], ids=["empty", "text", "bytes"])
def test_a_file_that_is_no_video_is_an_error_that_says_what_to_check(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.mp4"
    path.write_bytes(content)
    with pytest.raises(CaptureError, match=r"broken\.mp4 cannot be read as a video.*check that the file is whole"):
        VideoSource(path)


def test_a_recording_cut_off_before_its_index_is_an_error(tmp_path: Path) -> None:
    path = write_video(tmp_path / "cut.mp4", [noise(n) for n in range(20)], codec="libx264")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(CaptureError, match="cannot be read as a video"):
        VideoSource(path)


def test_a_recording_that_breaks_off_in_its_head_is_an_error(tmp_path: Path) -> None:
    path = write_video(tmp_path / "head.mkv", [even(100)] * 3)
    path.write_bytes(path.read_bytes()[:600])
    with pytest.raises(CaptureError, match=r"head\.mkv cannot be read as a video beyond frame 0"):
        VideoSource(path)


def test_a_recording_that_breaks_off_later_gives_all_frames_that_are_whole(tmp_path: Path) -> None:
    path = write_video(tmp_path / "tail.mkv", [noise(n) for n in range(20)])
    whole = grays(VideoSource(path))
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    rest = grays(VideoSource(path))
    assert 5 < len(rest) < 20
    assert rest == whole[: len(rest)]


def given_and_missing(path: Path) -> tuple[int, int]:
    with contextlib.closing(VideoSource(path)) as source:
        while source.upcoming_s() is not None:
            source.grab(source.bounds)
        return source.upcoming_index, source.frames_missing


def test_a_recording_that_ends_early_says_how_much_is_missing(tmp_path: Path) -> None:
    path = write_video(tmp_path / "tail.mkv", [noise(n) for n in range(100)])
    assert given_and_missing(path) == (100, 0)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 5])
    given, missing = given_and_missing(path)
    assert given < 60
    assert abs(given + missing - 100) <= 2


def test_a_recording_whose_last_picture_stands_for_long_is_whole(tmp_path: Path) -> None:
    first = write_video(tmp_path / "first.mkv", [noise(n) for n in range(20)], codec="mpeg4")
    path = tmp_path / "still.mp4"
    with av.open(str(first)) as read, av.open(str(path), "w") as written:
        stream = written.add_stream_from_template(read.streams.video[0])
        for packet in read.demux(video=0):
            if packet.size:
                packet.duration = round((5.0 if packet.pts == 19 * 40 else 0.04) / packet.time_base)
                packet.stream = stream
                written.mux(packet)
    with contextlib.closing(VideoSource(path)) as source:
        assert source.length_s == pytest.approx(19 * 0.04 + 5)
    assert given_and_missing(path) == (20, 0)


def damaged(tmp_path: Path) -> Path:
    path = write_video(tmp_path / "damaged.mkv", [noise(n) for n in range(20)])
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 4000] = bytes(byte ^ 0x5A for byte in content[middle : middle + 4000])
    path.write_bytes(content)
    return path


def test_a_damaged_recording_gives_its_good_frames_and_then_an_error(tmp_path: Path) -> None:
    source = VideoSource(damaged(tmp_path))
    with pytest.raises(CaptureError, match=r"damaged\.mkv cannot be read as a video beyond frame") as caught:
        grays(source)
    good = source.upcoming_index
    source.close()
    assert 1 < good < 20
    assert f"beyond frame {good}:" in str(caught.value)


def test_a_recording_that_changes_its_size_is_an_error_at_that_frame_before_a_tick_is_made_of_it(
    tmp_path: Path,
) -> None:
    parts = [
        write_video(tmp_path / f"{size}.h264", [even(100, size, size)] * 5, codec="libx264").read_bytes()
        for size in (48, 64)
    ]
    path = tmp_path / "sizes.h264"
    path.write_bytes(b"".join(parts))
    source = VideoSource(path)
    schedule = RecordedSchedule(source)
    for index in range(5):
        tick = schedule.next_tick(0.0)
        assert tick is not None
        assert tick.index == index
        source.grab(source.bounds)
    with pytest.raises(CaptureError, match=r"sizes\.h264 changes its size at frame 5: split it there"):
        schedule.next_tick(0.0)
    source.close()


def test_a_file_with_sound_only_holds_no_video(tmp_path: Path) -> None:
    path = tmp_path / "sound.wav"
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(1600))
    with pytest.raises(CaptureError, match=r"sound\.wav holds no video: choose a screen recording"):
        VideoSource(path)


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.bmp", "a.tif", "a.ppm", "a.tga", "a.ico", "png.mp4"])
def test_a_still_picture_is_no_video(tmp_path: Path, name: str) -> None:
    image = Image.new("RGB", (WIDTH_PX, HEIGHT_PX))
    image.save(tmp_path / name, name.partition(".")[0] if name == "png.mp4" else None)
    with pytest.raises(CaptureError, match=f"^{re.escape(name)} is a still picture, no video: choose a screen record"):
        VideoSource(tmp_path / name)


def test_a_picture_that_moves_is_a_video(tmp_path: Path) -> None:
    first, *more = [Image.new("L", (WIDTH_PX, HEIGHT_PX), level) for level in (10, 20, 30)]
    first.save(tmp_path / "a.gif", save_all=True, append_images=more, duration=40)
    with contextlib.closing(VideoSource(tmp_path / "a.gif")) as source:
        assert grays(source) == [10, 20, 30]


def test_a_title_that_is_no_utf_8_does_not_matter(tmp_path: Path) -> None:
    path = write_video(tmp_path / "title.mkv", [even(100)] * 3, title="ABCDEFGH")
    content = path.read_bytes()
    assert b"ABCDEFGH" in content
    path.write_bytes(content.replace(b"ABCDEFGH", "超声".encode("gbk") * 2))
    assert len(grays(VideoSource(path))) == 3


def test_without_pyav_the_error_names_the_extra(tmp_path: Path) -> None:
    script = (
        "import sys; sys.modules['av'] = None\n"
        "from pathlib import Path\n"
        "from nhem_qt.capture import CaptureError, VideoSource\n"
        "try: VideoSource(Path(sys.argv[1]))\n"
        "except CaptureError as error: print(error)\n"
    )
    path = write_video(tmp_path / "any.mkv", [even(100)] * 3)
    told = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True)
    assert told.stdout == 'Reading a video needs PyAV: pip install "nhem-qt[video]"\n'


def times_s(path: Path) -> list[float]:
    with contextlib.closing(VideoSource(path)) as source:
        found = []
        while (upcoming_s := source.upcoming_s()) is not None:
            found.append(upcoming_s)
            source.grab(Roi(0, 0, 1, 1))
        return found


def remux(source: Path, path: Path, shift_ms: int = 0, **options: str) -> Path:
    """Copy the packets into another file, in the order and with the times that they have."""
    with av.open(str(source)) as read, av.open(str(path), "w", options=options) as written:
        stream = written.add_stream_from_template(read.streams.video[0])
        for packet in read.demux(video=0):
            if packet.size:
                shift = round(shift_ms / 1000 / packet.time_base)
                packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                packet.stream = stream
                written.mux(packet)
    return path


CONTAINERS = [
    ("mp4", "libx264"),
    ("mov", "libx264"),
    ("mkv", "libx264"),
    ("avi", "libx264"),
    ("avi", "mpeg4"),
    ("webm", "libvpx-vp9"),
    ("webm", "libvpx"),
    ("ts", "libx264"),
    ("h264", "libx264"),
]


@pytest.mark.parametrize(("suffix", "codec"), CONTAINERS)
def test_every_container_gives_every_frame_at_its_time(tmp_path: Path, suffix: str, codec: str) -> None:
    lumas = [16 + 5 * n for n in range(40)]
    path = write_video(tmp_path / f"video.{suffix}", [even(luma) for luma in lumas], codec=codec)
    assert times_s(path) == pytest.approx([n / 25 for n in range(40)], abs=1e-6)
    values = grays(VideoSource(path))
    assert values == sorted(values)
    with contextlib.closing(VideoSource(path)) as source:
        assert source.rate_hz == 25.0


def test_the_times_of_an_uneven_recording_are_kept_in_mp4(tmp_path: Path) -> None:
    path = write_video(tmp_path / "uneven.mp4", [even(16 + 20 * n) for n in range(8)], UNEVEN_MS, codec="libx264")
    assert times_s(path) == pytest.approx([ms / 1000 for ms in UNEVEN_MS], abs=1e-4)


def test_the_rate_is_that_of_the_usual_step(tmp_path: Path) -> None:
    late = [40 * n + (5000 if n > 10 else 0) for n in range(20)]
    path = write_video(tmp_path / "gap.mkv", [even(50)] * 20, late)
    with contextlib.closing(VideoSource(path)) as source:
        assert source.rate_hz == 25.0


@pytest.mark.parametrize("suffix", ["mkv", "mp4"])
def test_a_recording_whose_times_begin_late_misses_nothing(tmp_path: Path, suffix: str) -> None:
    first = write_video(tmp_path / "first.mkv", [noise(n) for n in range(20)], codec="mpeg4")
    path = remux(first, tmp_path / f"late.{suffix}", 10_000, avoid_negative_ts="disabled")
    assert times_s(path) == pytest.approx([n / 25 for n in range(20)], abs=1e-6)
    assert given_and_missing(path) == (20, 0)


def test_frames_of_one_time_keep_their_order_and_times_never_run_back(tmp_path: Path) -> None:
    given_ms = [0, 40, 40, 80, 60, 120, 160]
    path = tmp_path / "odd.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = WIDTH_PX, HEIGHT_PX, "yuvj420p"
        encoder = av.CodecContext.create("mjpeg", "w")
        encoder.width, encoder.height, encoder.pix_fmt = WIDTH_PX, HEIGHT_PX, "yuvj420p"
        encoder.time_base = Fraction(1, 1000)
        for index, time_ms in enumerate(given_ms):
            (packet,) = encoder.encode(av.VideoFrame.from_ndarray(even(30 * index), format="yuvj420p"))
            packet.pts, packet.dts, packet.time_base, packet.stream = time_ms, index, Fraction(1, 1000), stream
            container.mux_one(packet)
    assert times_s(path) == pytest.approx([0, 0.04, 0.04, 0.08, 0.08, 0.12, 0.16], abs=1e-6)
    assert grays(VideoSource(path)) == pytest.approx([30 * index for index in range(7)], abs=2)


def two_videos(path: Path, *, first: Any, second: Any) -> Path:
    """Write two videos of one gray each into one file."""
    with av.open(str(path), "w") as container:
        streams = []
        for luma, disposition in (first, second):
            stream: Any = container.add_stream("mpeg4", rate=25)
            stream.width, stream.height, stream.pix_fmt = WIDTH_PX, HEIGHT_PX, "yuv420p"
            stream.disposition = disposition
            streams.append((stream, luma))
        for index in range(5):
            for stream, luma in streams:
                frame = av.VideoFrame.from_ndarray(even(luma), format="yuv420p")
                frame.pts = index
                container.mux(stream.encode(frame))
        for stream, _ in streams:
            container.mux(stream.encode(None))
    return path


def test_of_several_videos_the_one_is_measured_that_a_player_shows(tmp_path: Path) -> None:
    second = two_videos(tmp_path / "2.mkv", first=(60, Disposition(0)), second=(200, Disposition.default))
    first = two_videos(tmp_path / "1.mkv", first=(60, Disposition.default), second=(200, Disposition(0)))
    assert grays(VideoSource(first))[0] == pytest.approx(51, abs=3)
    assert grays(VideoSource(second))[0] == pytest.approx(214, abs=3)


def test_a_sound_file_with_a_cover_holds_no_video(tmp_path: Path) -> None:
    path = tmp_path / "song.mp4"
    with av.open(str(path), "w") as container:
        sound: Any = container.add_stream("aac", rate=8000)
        cover: Any = container.add_stream("mjpeg", rate=25)
        cover.width, cover.height, cover.pix_fmt = WIDTH_PX, HEIGHT_PX, "yuvj420p"
        cover.disposition = Disposition.attached_pic
        container.mux(cover.encode(av.VideoFrame.from_ndarray(even(50), format="yuvj420p")))
        container.mux(cover.encode(None))
        quiet = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.float32), format="fltp", layout="mono")
        quiet.sample_rate = 8000
        container.mux(sound.encode(quiet))
        container.mux(sound.encode(None))
    with pytest.raises(CaptureError, match=r"song\.mp4 holds no video"):
        VideoSource(path)


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "avi"])
def test_a_video_without_any_frame_is_an_error(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"none.{suffix}"
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = WIDTH_PX, HEIGHT_PX, "yuv420p"
        container.start_encoding()
    with pytest.raises(CaptureError, match=rf"none\.{suffix} (holds no video|cannot be read)"):
        VideoSource(path)


CUT = [("mp4", "libx264", "yuv420p"), ("mov", "mjpeg", "yuvj420p"), ("avi", "mpeg4", "yuv420p")]
CUT += [("mkv", "libvpx", "yuv420p")]


@pytest.mark.parametrize(("suffix", "codec", "form"), CUT)
def test_a_recording_cut_off_within_a_frame_gives_what_is_whole_and_says_how_much_is_missing(
    tmp_path: Path, suffix: str, codec: str, form: str
) -> None:
    first = write_video(tmp_path / f"first.{suffix}", [noise(n) for n in range(100)], codec=codec, pix_fmt=form)
    # With the index in front of the frames, for without it nothing can be read at all.
    path = remux(first, tmp_path / f"cut.{suffix}", **({"movflags": "faststart"} if suffix in {"mp4", "mov"} else {}))
    assert given_and_missing(path) == (100, 0)
    whole = path.read_bytes()
    for more in range(0, 2000, 190):
        path.write_bytes(whole[: len(whole) * 2 // 5 + more])
        given, missing = given_and_missing(path)
        assert 20 < given < 60
        assert abs(given + missing - 100) <= 2


def test_frames_that_the_decoder_had_to_guess_are_told(tmp_path: Path) -> None:
    path = write_video(tmp_path / "torn.avi", [noise(n) for n in range(20)], codec="mpeg4")
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 200] = bytes(byte ^ 0x5A for byte in content[middle : middle + 200])
    path.write_bytes(content)
    with contextlib.closing(VideoSource(path)) as source:
        assert source.damage is None
        while source.upcoming_s() is not None:
            source.grab(source.bounds)
        assert source.damage is not None
        assert re.match(r"\d+ frames are damaged, the first is frame (9|10|11): look whether it is real", source.damage)


@pytest.mark.skipif(sys.platform == "win32", reason="no file can have this name there")
def test_a_name_with_a_colon_is_no_protocol(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_video(tmp_path / "10:30:05.mkv", [even(100)] * 3)
    monkeypatch.chdir(tmp_path)
    assert len(grays(VideoSource(Path("10:30:05.mkv")))) == 3


def test_a_file_that_may_not_be_read_is_an_error_that_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_video(tmp_path / "secret.mkv", [even(100)] * 3)

    def refuse(*_: Any, **__: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(CaptureError, match=r"secret\.mkv cannot be read \(Permission denied\)"):
        VideoSource(path)


CHANGED_AT = dt.datetime(2024, 5, 17, 23, 59, 58, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("2025-10-23T09:50:40.000000Z", dt.datetime(2025, 10, 23, 9, 50, 40, tzinfo=dt.UTC)),
        ("1904-01-01T00:00:00.000000Z", CHANGED_AT),
        ("9999-12-31T23:59:59.999999Z", CHANGED_AT),
        ("yesterday", CHANGED_AT),
    ],
)
def test_when_it_was_recorded_is_what_the_file_says_or_else_when_it_was_changed(
    tmp_path: Path, told: str, expected: dt.datetime
) -> None:
    path = write_video(tmp_path / "when.mkv", [even(100)] * 3, creation_time=told)
    os.utime(path, (0, CHANGED_AT.timestamp()))
    with contextlib.closing(VideoSource(path)) as source:
        assert source.recorded_at == expected


def test_a_recording_tells_its_length(tmp_path: Path) -> None:
    with contextlib.closing(VideoSource(write_video(tmp_path / "a.mkv", [even(100)] * 50))) as source:
        assert source.length_s == pytest.approx(2.0, abs=0.05)


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="open files are counted in /proc")
def test_no_file_stays_open_after_closing_and_failing(tmp_path: Path) -> None:
    whole = write_video(tmp_path / "whole.mkv", [even(100)] * 3)
    broken = tmp_path / "broken.mkv"
    broken.write_bytes(whole.read_bytes()[:600])
    before = open_files()
    for _ in range(5):
        source = VideoSource(whole)
        source.grab(source.bounds)
        source.close()
        with pytest.raises(CaptureError):
            VideoSource(broken)
    assert open_files() == before


def peaks_of(recording: Path, detector: DetectorConfig) -> list[Peak]:
    source = VideoSource(recording)
    config = FemConfig(peak_detection=detector)
    schedule = RecordedSchedule(source)
    monitor = Monitor(source, Regions(RoiMode.DUAL, Roi(849, 165, 1209, 525)), config, source.rate_hz)
    samples = []
    while (tick := schedule.next_tick(0.0)) is not None:
        samples.append(monitor.tick(tick))
    last = monitor.finish()
    source.close()
    assert [sample.measurement.frame_index for sample in samples] == list(range(len(samples)))
    assert schedule.dropped == 0
    return [sample.peak for sample in [*samples, last] if sample is not None and sample.peak is not None]


def test_the_real_recording_holds_exactly_one_emission(recording: Path) -> None:
    (peak,) = peaks_of(recording, DetectorConfig(difference_threshold=1.5))
    assert abs(peak.start_frame - 144) <= 2
    assert abs(peak.end_frame - 157) <= 2
    assert peak.color == "green"
