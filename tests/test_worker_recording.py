"""The worker on a recording: from any of its frames on, and frame by frame."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import math
import os
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import pytest

from nhem_qt.analysis import Request, analyse
from nhem_qt.capture import SourceChoice
from nhem_qt.config import FemConfig
from nhem_qt.detection import Reason
from nhem_qt.frame import SourceKind
from nhem_qt.monitor import RegionChoice
from nhem_qt.session import KeptSession, export_kept, read_origin
from nhem_qt.worker import MonitorWorker, Pause, Resume, RunPlan, Step

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from nhem_qt.detection import Rejection
    from nhem_qt.monitor import Sample
    from nhem_qt.session import LiveSession

PATIENCE_MS = 30_000
FRAMES, RATE_HZ = 100, 50
RECORDED_AT_S = 1_600_000_000


def write_video(path: Path, codec: str, form: str, frames: Iterable[av.VideoFrame]) -> None:
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(codec, rate=RATE_HZ)
        stream.width, stream.height, stream.pix_fmt = 80, 60, form
        for frame in frames:
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


@pytest.fixture
def plan(tmp_path: Path) -> Any:
    """Makes plans for a video of 2 s whose frames are brighter the later they are shown."""
    path = tmp_path / "ramp.mkv"
    pictures = (np.full((60, 80, 3), index, np.uint8) for index in range(FRAMES))
    write_video(path, "ffv1", "bgr0", (av.VideoFrame.from_ndarray(picture, "bgr24") for picture in pictures))

    def planned(begin_s: float = 0.0, seconds: float | None = None) -> RunPlan:
        choice = SourceChoice(SourceKind.VIDEO, path)
        return RunPlan(
            choice, RegionChoice(), FemConfig(), tmp_path / "data", seconds, read_origin(path), begin_s=begin_s
        )

    return planned


def begun(qtbot: QtBot, worker: MonitorWorker) -> LiveSession:
    with qtbot.waitSignal(worker.run_began, timeout=PATIENCE_MS) as began:
        worker.start()
    (session,) = began.args
    return session


def run(qtbot: QtBot, plan: RunPlan) -> LiveSession:
    worker = MonitorWorker(plan)
    with qtbot.waitSignal(worker.run_ended, timeout=PATIENCE_MS) as ended:
        session = begun(qtbot, worker)
    assert ended.args == [None]
    assert worker.wait(PATIENCE_MS / 1000) is None
    return session


def measured(sample: Sample) -> tuple[int, float, float | None]:
    return sample.measurement.frame_index, sample.measurement.t_s, sample.measurement.gray


def timestamps(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return [row["timestamp"] for row in csv.DictReader(file)]


def large(sample: Sample) -> tuple[int, float | None]:
    return sample.measurement.frame_index, sample.measurement.gray_large


def test_from_the_middle_on_every_sample_is_that_of_the_whole_recording(qtbot: QtBot, plan: Any) -> None:
    whole = run(qtbot, plan())
    part = run(qtbot, plan(begin_s=1.5))
    assert len(whole.history.samples) == FRAMES
    expected = [measured(sample) for sample in whole.history.samples if sample.measurement.t_s >= 1.5]
    assert [measured(sample) for sample in part.history.samples] == expected
    assert expected[0][:2] == (75, 1.5)


def test_a_session_from_the_middle_on_is_as_long_as_it_is(qtbot: QtBot, plan: Any) -> None:
    session = run(qtbot, plan(begin_s=1.5))
    with KeptSession(session.kept_path) as kept:
        assert kept.length_s == pytest.approx(0.48)
        assert (kept.sample_count, kept.dropped_ticks) == (25, 0)
        assert kept.info.file == "ramp.mkv"
    # It began when it did, not so much earlier.
    assert kept.ended_at is not None
    assert 0 < (kept.ended_at - kept.info.started_at).total_seconds() < PATIENCE_MS / 1000


def test_played_from_the_middle_on_it_has_the_timestamps_that_analyze_gives(
    qtbot: QtBot, plan: Any, tmp_path: Path
) -> None:
    played = plan(begin_s=1.5)
    os.utime(played.choice.path, (0, RECORDED_AT_S))
    export_kept(run(qtbot, played).kept_path, tmp_path / "out")
    analyse(played.choice.path, Request(FemConfig(), out=tmp_path / "out"))
    kept, whole = (timestamps(tmp_path / "out" / name) for name in ("samples.csv", "ramp_samples.csv"))
    assert kept == whole[75:]
    assert dt.datetime.fromisoformat(kept[0]).timestamp() == RECORDED_AT_S + 1.5


def test_a_limit_counts_from_where_it_begins(qtbot: QtBot, plan: Any) -> None:
    session = run(qtbot, plan(begin_s=1.0, seconds=0.5))
    times_s = [sample.measurement.t_s for sample in session.history.samples]
    assert (times_s[0], times_s[-1]) == (1.0, 1.48)


@pytest.fixture
def torn(tmp_path: Path) -> Path:
    """A video of 2 s in whose middle the decoder must guess."""
    path = tmp_path / "torn.avi"
    generator = np.random.default_rng(5)
    pictures = (generator.integers(16, 235, (90, 80), np.uint8) for _ in range(FRAMES))
    write_video(path, "mpeg4", "yuv420p", (av.VideoFrame.from_ndarray(picture, "yuv420p") for picture in pictures))
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 200] = bytes(byte ^ 0x5A for byte in content[middle : middle + 200])
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("seconds", [None, 1.6])
def test_frames_that_had_to_be_guessed_are_told_also_where_the_end_of_the_video_is_not_reached(
    qtbot: QtBot, plan: Any, torn: Path, seconds: float | None
) -> None:
    choice = SourceChoice(SourceKind.VIDEO, torn)
    worker = MonitorWorker(dataclasses.replace(plan(seconds=seconds), choice=choice))
    told: list[str] = []
    worker.notice_given.connect(told.append)
    with qtbot.waitSignal(worker.run_ended, timeout=PATIENCE_MS):
        session = begun(qtbot, worker)
    worker.wait(PATIENCE_MS / 1000)
    (words,) = [text for text in told if "damaged, the first is frame" in text]
    with KeptSession(session.kept_path) as kept:
        assert words in [notice.text for notice in kept.notices()]


def test_frames_that_were_guessed_before_a_stop_are_told(qtbot: QtBot, plan: Any, torn: Path) -> None:
    worker = MonitorWorker(dataclasses.replace(plan(), choice=SourceChoice(SourceKind.VIDEO, torn)))
    told: list[str] = []
    worker.notice_given.connect(told.append)
    with qtbot.waitSignal(worker.run_ended, timeout=PATIENCE_MS):
        session = begun(qtbot, worker)
        qtbot.waitUntil(lambda: session.history.count > FRAMES * 0.7, timeout=PATIENCE_MS)
        worker.stop()
    worker.wait(PATIENCE_MS / 1000)
    assert any("damaged, the first is frame" in text for text in told)


def test_an_emission_at_which_the_run_ends_is_told_as_interrupted(qtbot: QtBot, plan: Any, tmp_path: Path) -> None:
    path = tmp_path / "bright.mkv"
    generator = np.random.default_rng(5)
    levels = (130 if index >= 75 else 90 for index in range(FRAMES))
    pictures = (generator.normal(level, 6, (60, 80, 3)).astype(np.uint8) for level in levels)
    write_video(path, "ffv1", "bgr0", (av.VideoFrame.from_ndarray(picture, "bgr24") for picture in pictures))
    worker = MonitorWorker(dataclasses.replace(plan(), choice=SourceChoice(SourceKind.VIDEO, path)))
    told: list[Rejection] = []
    worker.candidate_rejected.connect(told.append)
    with qtbot.waitSignal(worker.run_ended, timeout=PATIENCE_MS):
        worker.start()
    worker.wait(PATIENCE_MS / 1000)
    assert [(one.reason, one.start_frame) for one in told] == [(Reason.INTERRUPTED, 75)]


def test_a_pause_changes_nothing_of_what_is_measured(qtbot: QtBot, plan: Any) -> None:
    whole = run(qtbot, plan())
    worker = MonitorWorker(plan())
    worker.send(Pause())
    session = begun(qtbot, worker)
    qtbot.waitUntil(lambda: session.now_s > 1.05 / RATE_HZ)
    with qtbot.waitSignal(worker.run_ended, timeout=PATIENCE_MS):
        worker.send(Resume())
    worker.wait(PATIENCE_MS / 1000)
    assert [large(sample) for sample in session.history.samples] == [large(sample) for sample in whole.history.samples]


def test_steps_measure_one_frame_each_with_its_picture(qtbot: QtBot, plan: Any) -> None:
    worker = MonitorWorker(plan())
    # Sent before the first frame: so it rests before any is measured.
    worker.send(Pause())
    session = begun(qtbot, worker)
    for count in (1, 2, 3):
        worker.send(Step())
        qtbot.waitUntil(lambda: session.history.count >= count)  # noqa: B023 - waited for at once
        assert session.monitor.large_picture is not None
        assert session.monitor.large_picture.frame.t_s == session.history.last.measurement.t_s
    assert [sample.measurement.frame_index for sample in session.history.samples] == [0, 1, 2]
    with qtbot.waitSignal(worker.run_ended, timeout=PATIENCE_MS):
        worker.send(Resume())
    worker.wait(PATIENCE_MS / 1000)
    assert [sample.measurement.frame_index for sample in session.history.samples] == list(range(FRAMES))


def test_nothing_needs_to_make_room_for_a_recording_which_waits(
    qtbot: QtBot, plan: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = run(qtbot, plan(seconds=0.5))
    assert not session.measures_within(math.inf)
    asked: list[None] = []
    monkeypatch.setattr(session._precedence, "give_way", lambda: asked.append(None))
    session.give_way()
    assert not asked


def test_a_step_beyond_the_last_frame_ends_the_session(qtbot: QtBot, plan: Any) -> None:
    worker = MonitorWorker(plan(begin_s=1.98))
    worker.send(Pause())
    session = begun(qtbot, worker)
    with qtbot.waitSignal(worker.run_ended, timeout=PATIENCE_MS) as ended:
        worker.send(Step())
        worker.send(Step())
    worker.wait(PATIENCE_MS / 1000)
    assert ended.args == [None]
    assert [sample.measurement.frame_index for sample in session.history.samples] == [99]


def test_without_a_pause_a_step_changes_nothing(qtbot: QtBot, plan: Any) -> None:
    worker = MonitorWorker(plan(begin_s=1.9))
    worker.send(Step())
    with qtbot.waitSignal(worker.run_ended, timeout=PATIENCE_MS):
        session = begun(qtbot, worker)
    worker.wait(PATIENCE_MS / 1000)
    assert [sample.measurement.frame_index for sample in session.history.samples] == list(range(95, FRAMES))
