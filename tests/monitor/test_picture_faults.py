"""What is said of pictures that are black, frozen, covered or of another place; and that no emission looks so."""

from __future__ import annotations

import dataclasses
import itertools
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nhem_qt.capture import DemoSource
from nhem_qt.config import FemConfig
from nhem_qt.detection import DetectorConfig, Reason
from nhem_qt.frame import Frame, SourceKind
from nhem_qt.geometry import Roi
from nhem_qt.monitor import (
    Measurement,
    Monitor,
    PeakJudge,
    PictureNotice,
    Regions,
    RoiData,
    RoiMode,
    Sample,
    Status,
    Tick,
    extract_small_roi,
)
from nhem_qt.monitor.picture_faults import PictureWatch, flat_share
from nhem_qt.monitor.scene import Pattern

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from nhem_qt.frame import Pixels

LARGE = Roi(240, 160, 480, 360)
RATE_HZ = 45.0


def as_it_is(pixels: Pixels, _roi: Roi) -> Pixels:
    return pixels


def black(pixels: Pixels, _roi: Roi) -> Pixels:
    return np.zeros_like(pixels)


def window(gray: int, text: int | None = None) -> Callable[[Pixels, Roi], Pixels]:
    """A window over all, with lines of text."""

    def laid_over(pixels: Pixels, roi: Roi) -> Pixels:
        covered = np.full_like(pixels, gray)
        letters = np.random.default_rng(1).random((520, 720)) < 0.3
        letters[np.arange(520) % 24 >= 6] = False
        if text is not None:
            covered[letters[roi.y1 : roi.y2, roi.x1 : roi.x2]] = text
        return covered

    return laid_over


class Altered:
    """A demo of which something else is shown."""

    def __init__(self, seed: int, clock: Callable[[], float]) -> None:
        self.demo = DemoSource(seed, clock)
        self.kind, self.bounds = self.demo.kind, self.demo.bounds
        self.alter: Callable[[Pixels, Roi], Pixels] = as_it_is
        self.looks_px = 0

    def grab(self, roi: Roi) -> Frame:
        there = self.demo.grab(roi.moved(0, self.looks_px))
        pixels = there.pixels[:, ::-1] if self.looks_px else there.pixels
        return dataclasses.replace(there, roi=roi, pixels=self.alter(pixels, roi))

    def close(self) -> None:
        pass


class Bench:
    """A monitor on such a demo, on a clock that goes by ticks."""

    def __init__(self, seed: int = 1, large: Roi = LARGE, **processing: object) -> None:
        self.now_s = 0.0
        self.source = Altered(seed, lambda: self.now_s)
        config = FemConfig.model_validate({"data_processing": processing})
        self.monitor = Monitor(self.source, Regions(RoiMode.DUAL, large), config, RATE_HZ)
        self._index = 0
        self.notices: list[str] = []

    def run(self, seconds: float) -> list[Sample]:
        samples = []
        for _ in range(round(seconds * RATE_HZ)):
            self.now_s = self._index / RATE_HZ
            samples.append(self.monitor.tick(Tick(self._index, self.now_s)))
            self._index += 1
            self.notices += self.monitor.take_news().notices
        return samples


def noticed(samples: list[Sample]) -> set[PictureNotice | None]:
    return {sample.measurement.notice for sample in samples}


def test_the_living_demo_has_no_fault_and_all_its_emissions_are_found() -> None:
    for seed in (1, 2):
        bench = Bench(seed)
        samples = bench.run(45)
        assert noticed(samples) == {None}
        assert bench.notices == []
        starts_s = [sample.peak.start_s for sample in samples if sample.peak]
        truth = bench.source.demo.truth(44)
        assert starts_s[: len(truth)] == pytest.approx([one.start_s for one in truth], abs=0.15)


@pytest.mark.parametrize("picture_hz", [2.5, 2.0])
def test_the_living_demo_has_no_fault_where_a_busy_machine_takes_fewer_pictures(picture_hz: float) -> None:
    bench = Bench()
    assert bench.monitor.set_large_roi_frame_rate(picture_hz)
    assert noticed(bench.run(30)) == {None}


# --- black


def test_a_black_picture_is_said_at_once_and_told_with_its_end() -> None:
    bench = Bench()
    bench.run(2)
    bench.source.alter = black
    assert noticed(bench.run(1)) == {PictureNotice.BLACK}
    bench.source.alter = as_it_is
    assert noticed(bench.run(1)) == {None}
    assert [notice.partition(":")[0] for notice in bench.notices] == [
        "The measured box is black",
        "The measured box is no longer black",
    ]
    frame = bench.monitor.dual_frame
    assert frame is not None
    assert frame.roi2_quality_score is not None
    assert frame.roi2_quality_score > 0.6


def test_a_black_flash_is_in_its_sample_but_no_news_and_costs_no_emission() -> None:
    bench = Bench()
    truth = bench.source.demo.truth(12)
    bench.run(truth[0].start_s + 0.35)
    bench.source.alter = black
    assert noticed(bench.run(0.1)) == {PictureNotice.BLACK}
    bench.source.alter = as_it_is
    samples = bench.run(3)
    (peak,) = [sample.peak for sample in samples if sample.peak]
    assert peak.start_s == pytest.approx(truth[0].start_s, abs=0.1)
    assert bench.notices == []


def test_dark_tissue_is_not_black() -> None:
    noise = np.random.default_rng(1).integers(0, 5, (50, 50, 4), np.uint8)
    frame = Frame(noise, Roi(0, 0, 50, 50), 1.0, SourceKind.SCREEN)
    assert RoiData.of(frame).gray_value < 2.2
    assert PictureWatch(5.0).see(RoiData(frame, 1.5)) is None


# --- frozen


@pytest.mark.parametrize("frozen_after_s", [2.0, 5.0])
def test_a_picture_that_stands_still_is_frozen_after_the_time_set(frozen_after_s: float) -> None:
    bench = Bench(frozen_after_s=frozen_after_s)
    bench.run(2)
    held = bench.source.demo.grab(bench.source.bounds).pixels.copy()
    bench.source.alter = lambda _, roi: held[roi.y1 : roi.y2, roi.x1 : roi.x2]
    samples = bench.run(frozen_after_s + 1)
    times_s = [one.measurement.t_s for one in samples if one.measurement.notice is PictureNotice.FROZEN]
    assert times_s[0] == pytest.approx(2 + frozen_after_s, abs=0.06)
    assert len(times_s) == pytest.approx(RATE_HZ, abs=3)
    frame = bench.monitor.dual_frame
    assert frame is not None
    assert frame.roi2_quality_score == 0
    bench.source.alter = as_it_is
    assert noticed(bench.run(1)) == {None}
    assert [notice.partition(":")[0] for notice in bench.notices] == [
        "The picture stands still",
        "The picture moves again",
    ]


def test_repeats_of_a_scanner_make_no_picture_frozen() -> None:
    bench = Bench(frozen_after_s=0.5)
    assert noticed(bench.run(20)) == {None}


def test_pictures_of_equal_gray_that_differ_in_pixels_are_not_frozen() -> None:
    watch, rng = PictureWatch(2.0), np.random.default_rng(1)
    pixels = rng.integers(0, 256, (50, 50, 4), np.uint8)
    found = set()
    for index in range(500):
        pixels = rng.permuted(pixels, axis=0)
        frame = Frame(pixels.copy(), Roi(0, 0, 50, 50), index / RATE_HZ, SourceKind.SCREEN)
        found.add(watch.see(RoiData(frame, 100.0)))
    assert found == {None}


def test_what_was_not_seen_during_a_pause_is_not_called_frozen() -> None:
    bench = Bench(frozen_after_s=2)
    held = bench.source.demo.grab(bench.source.bounds).pixels.copy()
    bench.source.alter = lambda _, roi: held[roi.y1 : roi.y2, roi.x1 : roi.x2]
    bench.run(1)
    bench._index += 45 * 60
    assert noticed(bench.run(1.5)) == {None}


# --- covered


@pytest.mark.parametrize(("gray", "text"), [(30, None), (60, 200), (80, 0)])
def test_a_window_over_the_box_is_noticed_and_its_end(gray: int, text: int | None) -> None:
    bench = Bench()
    bench.run(4.8)
    bench.source.alter = window(gray, text)
    samples = bench.run(2)
    begin_s = next(one.measurement.t_s for one in samples if one.measurement.notice is PictureNotice.COVERED)
    assert begin_s - 4.8 < 0.5
    assert samples[-1].measurement.notice is PictureNotice.COVERED
    bench.source.alter = as_it_is
    after = bench.run(1.2)
    assert after[-1].measurement.notice is None
    assert [notice.partition(":")[0] for notice in bench.notices] == [
        "Something covers the measured box",
        "The measured box is free again",
    ]
    assert not any(one.peak for one in samples + after)


@pytest.mark.parametrize("picture_hz", [1e-6, 1.0, 45.0])
def test_a_window_is_noticed_at_the_same_time_however_often_pictures_are_taken(picture_hz: float) -> None:
    bench, usual = Bench(), Bench()
    assert bench.monitor.set_large_roi_frame_rate(picture_hz)
    found = []
    for one in (bench, usual):
        one.run(4.8)
        one.source.alter = window(60, 200)
        samples = one.run(1)
        one.source.alter = as_it_is
        found.append([(sample.measurement.notice, sample.baseline) for sample in samples + one.run(1)])
    assert found[0] == found[1]


def test_a_bright_window_is_noticed_only_when_no_emission_would_last_so_long() -> None:
    bench = Bench()
    bench.run(4.8)
    bench.source.alter = window(160)
    samples = bench.run(4)
    begin_s = next(one.measurement.t_s for one in samples if one.measurement.notice is PictureNotice.COVERED)
    assert 2.9 < begin_s - 4.8 < 3.6
    assert not any(one.peak for one in samples)


@pytest.mark.parametrize("white", [180, 235, 255])
def test_an_emission_that_saturates_the_whole_picture_is_no_fault(white: int) -> None:
    bench = Bench()
    bench.run(4.8)
    bench.source.alter = window(white)
    samples = bench.run(1.4)
    bench.source.alter = as_it_is
    assert noticed(samples + bench.run(1.5)) == {None}


def test_a_flat_source_is_not_covered_by_itself() -> None:
    bench = Bench()
    bench.source.alter = window(90)
    assert PictureNotice.COVERED not in noticed(bench.run(4))


def test_the_flat_share_is_that_of_equal_neighbours() -> None:
    stripes = np.zeros((200, 30, 4), np.uint8)
    stripes[:, ::2] = 9
    assert flat_share(stripes) == 0.5
    assert flat_share(np.zeros((50, 50, 4), np.uint8)) == 1.0
    assert flat_share(np.zeros((1, 1, 4), np.uint8)) == 0.0


# --- another place


def quiet_from(bench: Bench, length_s: float) -> float:
    """Return when a pause between two emissions begins that lasts so long."""
    truth = bench.source.demo.truth(600)
    return next(one.end_s for one, other in itertools.pairwise(truth) if other.start_s - one.end_s > length_s)


@pytest.mark.parametrize(("picture_hz", "latest_s"), [(5.0, 1.1), (2.5, 1.3), (2.0, 1.6)])
def test_a_picture_of_another_place_is_noticed_until_it_has_come_to_rest(picture_hz: float, latest_s: float) -> None:
    bench = Bench(2)
    assert bench.monitor.set_large_roi_frame_rate(picture_hz)
    changed_s = quiet_from(bench, 4.6) + 1.7
    bench.run(changed_s)
    bench.source.looks_px = 100
    samples = bench.run(2.9)
    moved_s = [one.measurement.t_s for one in samples if one.measurement.notice is PictureNotice.MOVED]
    assert 0.5 < moved_s[0] - changed_s < latest_s
    assert 0.8 < moved_s[-1] - moved_s[0] < 1.5
    assert [notice.partition(":")[0] for notice in bench.notices] == [
        "The picture shows another place all at once",
        "The picture has come to rest",
    ]
    assert not any(one.peak for one in samples)


def test_pictures_that_are_never_alike_are_no_scene_that_could_be_left() -> None:
    watch, rng, found = PictureWatch(5.0), np.random.default_rng(1), set()
    for index in range(60):
        blocks = rng.integers(20, 200, (20, 24, 1), np.uint8).repeat(10, 0).repeat(10, 1).repeat(4, 2)
        frame = Frame(blocks, LARGE, index / 5, SourceKind.SCREEN)
        large, small = RoiData(frame, 100.0), RoiData(extract_small_roi(frame), 100.0 + index)
        watch.see_both(large, small)
        found.add(watch.see(small))
    assert found == {None}


def test_noise_that_brightens_for_an_emission_is_no_scene_either() -> None:
    watch, rng, found = PictureWatch(5.0), np.random.default_rng(5), set()
    for index in range(120):
        level = 130 if 30 <= index < 35 else 90
        noise = rng.normal(level, 30, (200, 240, 1)).clip(0, 255).astype(np.uint8).repeat(4, 2)
        frame = Frame(noise, LARGE, index / 5, SourceKind.SCREEN)
        large, small = RoiData.of(frame), RoiData.of(extract_small_roi(frame))
        watch.see_both(large, small)
        found.add(watch.see(small))
    assert found == {None}


def test_a_short_emission_that_distorts_the_picture_around_it_is_no_other_place() -> None:
    watch, rng, found = PictureWatch(5.0), np.random.default_rng(1), set()
    tissue, distorted = (rng.integers(60, 120, (20, 24, 1), np.uint8).repeat(10, 0).repeat(10, 1) for _ in range(2))
    seen = [tissue] * 10 + [distorted, distorted + 60, distorted, distorted] + [tissue] * 10
    for index, gray in enumerate(seen):
        frame = Frame(gray.repeat(4, 2), LARGE, index / 5, SourceKind.SCREEN)
        large, small = RoiData.of(frame), RoiData.of(extract_small_roi(frame))
        watch.see_both(large, small)
        found.add(watch.see(dataclasses.replace(small, gray_value=100.0 + index)))
    assert found == {None}


def test_pictures_that_come_rarely_are_not_compared() -> None:
    bench = Bench(2)
    assert bench.monitor.set_large_roi_frame_rate(1.0)
    bench.run(5)
    bench.source.looks_px = 100
    assert noticed(bench.run(4)) == {None}


@settings(max_examples=40)
@given(st.integers(0, 99), st.integers(-60, 60), st.integers(-40, 40), st.floats(0.6, 1.4))
def test_a_pattern_is_alike_after_a_shift_and_a_change_of_gain(seed: int, dx_px: int, dy_px: int, gain: float) -> None:
    rng = np.random.default_rng(seed)
    blocks = rng.integers(30, 170, (60, 60)).repeat(12, 0).repeat(12, 1)
    here, there = (blocks[200 + y : 420 + y, 200 + x : 460 + x] for x, y in ((0, 0), (dx_px, dy_px)))
    one, other = (
        Pattern.of((gray * factor).astype(np.uint8)[..., None].repeat(4, 2))
        for gray, factor in ((here, 1.0), (there, gain))
    )
    likeness = one.likeness(other, shifted=True)
    assert likeness is not None
    assert 0.4 < likeness <= 1.001
    stranger = rng.integers(30, 170, (22, 26)).repeat(10, 0).repeat(10, 1).astype(np.uint8)[..., None].repeat(4, 2)
    unlike = one.likeness(Pattern.of(stranger), shifted=True)
    assert unlike is not None
    assert unlike < 0.4


def test_of_a_dark_picture_no_pattern_is_told() -> None:
    dark = Pattern.of(np.full((200, 240, 4), 3, np.uint8))
    assert dark.likeness(dark, shifted=True) is None


# --- the detector


def judged(notices: list[PictureNotice | None], grays: list[float]) -> tuple[list[Sample], Sample | None]:
    judge = PeakJudge(DetectorConfig(), RATE_HZ)
    samples = [
        judge.judge(Measurement(index, index / RATE_HZ, gray, None, SourceKind.DEMO, Status.SUCCESS, notice))
        for index, (notice, gray) in enumerate(zip(notices, grays, strict=True))
    ]
    return samples, judge.finish()


def noise(count: int, level: float) -> list[float]:
    return (level + np.random.default_rng(count).normal(0, 0.4, count)).tolist()


@pytest.mark.parametrize("notice", [PictureNotice.BLACK, PictureNotice.COVERED])
def test_while_the_tissue_is_hidden_the_detector_is_shown_nothing(notice: PictureNotice) -> None:
    """What would be a perfect emission is none if it is hidden, and afterwards the detector finds the next one."""
    grays = noise(60, 100) + noise(30, 130) + noise(90, 100) + noise(30, 130) + noise(60, 100)
    plain, _ = judged([None] * 270, grays)
    assert sum(one.peak is not None for one in plain) == 2
    hidden, _ = judged([None] * 60 + [notice] * 30 + [None] * 180, grays)
    (peak,) = [one.peak for one in hidden if one.peak]
    assert (peak.start_frame, peak.end_frame) == (180, 209)
    assert hidden[90].baseline is None


def test_an_emission_that_is_over_is_decided_when_the_tissue_is_hidden() -> None:
    grays = noise(60, 100) + noise(30, 130) + noise(12, 100) + [0.0] * 60
    samples, _ = judged([None] * 102 + [PictureNotice.BLACK] * 60, grays)
    (peak,) = [one.peak for one in samples if one.peak]
    assert (peak.start_frame, peak.end_frame) == (60, 89)
    assert abs(peak.difference) < 1


def test_an_emission_over_which_a_window_comes_is_told_as_interrupted() -> None:
    grays = noise(60, 100) + noise(20, 130) + noise(60, 100)
    samples, _ = judged([None] * 80 + [PictureNotice.COVERED] * 60, grays)
    assert [one.rejection.reason for one in samples if one.rejection] == [Reason.INTERRUPTED]


@pytest.mark.parametrize("notice", [PictureNotice.FROZEN, PictureNotice.MOVED, PictureNotice.STALE])
def test_other_notices_leave_the_detector_to_its_own_rules(notice: PictureNotice) -> None:
    grays = noise(60, 100) + noise(30, 130) + noise(90, 100)
    with_notices, without = (
        [(one.baseline, one.peak) for one in judged([which] * 180, grays)[0]] for which in (notice, None)
    )
    assert with_notices == without


# --- the real recording


@pytest.mark.parametrize("picture_hz", [5.0, 2.5, 2.0])
def test_the_real_recording_has_its_peak_and_no_fault(recording: Path, picture_hz: float) -> None:
    video = pytest.importorskip("nhem_qt.capture").VideoSource(recording)
    monitor = Monitor(video, Regions(RoiMode.DUAL, Roi(849, 165, 1209, 525)), FemConfig(), video.rate_hz)
    assert monitor.set_large_roi_frame_rate(picture_hz)
    samples = []
    while (due_s := video.upcoming_s()) is not None:
        samples.append(monitor.tick(Tick(video.upcoming_index, due_s)))
    video.close()
    (peak,) = [one.peak for one in [*samples, monitor.finish()] if one is not None and one.peak]
    assert abs(peak.start_frame - 144) <= 2
    assert abs(peak.end_frame - 157) <= 2
    assert noticed(samples) == {None}
    assert monitor.take_news().notices == ()
