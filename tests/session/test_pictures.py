"""The pictures kept with a session, and the parts of one that are read by themselves."""

from __future__ import annotations

import io
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from nhem_qt.capture import CaptureError, DemoSource
from nhem_qt.config import FemConfig
from nhem_qt.monitor import RegionChoice, Tick
from nhem_qt.session import KeptPicture, KeptSession, LiveSession, Moment, Span, read_digest

if TYPE_CHECKING:
    from pathlib import Path


def gray_of(picture: KeptPicture) -> float:
    return float(np.asarray(Image.open(io.BytesIO(picture.png)).convert("L")).mean())


def test_every_emission_has_pictures_of_what_the_detector_saw(kept_demo: Path) -> None:
    with KeptSession(kept_demo) as kept:
        peaks = kept.peaks()
        assert len(peaks) >= 2
        for peak in peaks:
            pictures = kept.pictures_of(peak.peak_index)
            small = {picture.moment: picture for picture in pictures if picture.small}
            assert list(small) == [Moment.BEFORE, Moment.DURING, Moment.AFTER]
            assert small[Moment.BEFORE].t_s < peak.start_s <= small[Moment.DURING].t_s <= peak.end_s
            assert peak.end_s < small[Moment.AFTER].t_s
            assert small[Moment.DURING].gray == pytest.approx(peak.peak_gray, abs=0.5)
            assert small[Moment.BEFORE].gray == pytest.approx(peak.pre_mean, abs=2)
            assert small[Moment.AFTER].gray == pytest.approx(peak.post_mean, abs=2)


def test_a_tick_that_fails_amid_an_emission_costs_no_picture_of_it(tmp_path: Path, kept_demo: Path) -> None:
    with KeptSession(kept_demo) as kept:
        emission = kept.peaks()[1]
    failing_s = emission.end_s - 0.3
    source: Any = DemoSource(clock=lambda: now_s)
    grab = source.grab

    def sometimes(roi: object) -> object:
        if 0 <= now_s - start_s - failing_s < 1 / 45:
            raise CaptureError("locked")
        return grab(roi)

    source.grab = sometimes
    config = FemConfig.model_validate({"data_processing": {"roi_buffer_size": 45}})
    now_s = 0.0
    session = LiveSession(source, RegionChoice(), config, tmp_path / "data")
    start_s = session._start_s
    for index in range(int((emission.end_s + 1) * 45)):
        now_s = start_s + index / 45
        session.take(Tick(index, index / 45))
    session.close()
    assert session.kept_path is not None
    with KeptSession(session.kept_path) as kept:
        assert kept.failed_samples > 0
        small = {picture.moment: picture for picture in kept.pictures_of(2) if picture.small}
    assert list(small) == [Moment.BEFORE, Moment.DURING, Moment.AFTER]


def test_a_picture_of_the_small_roi_is_kept_to_the_pixel(kept_demo: Path) -> None:
    with KeptSession(kept_demo) as kept:
        for picture in kept.pictures():
            if picture.small:
                assert gray_of(picture) == picture.gray
                assert Image.open(io.BytesIO(picture.png)).size == (picture.roi.width, picture.roi.height) == (50, 50)


def test_of_the_large_roi_there_are_small_pictures_of_each_emission_and_a_whole_one_of_the_end(kept_demo: Path) -> None:
    with KeptSession(kept_demo) as kept:
        large = [picture for picture in kept.pictures() if not picture.small]
        length_s = kept.length_s
        decided = len(kept.peaks())
    whole = large[0]
    assert (whole.peak_index, whole.moment) == (0, Moment.LAST)
    assert Image.open(io.BytesIO(whole.png)).size == (whole.roi.width, whole.roi.height)
    assert length_s - 0.3 < whole.t_s <= length_s
    assert len(large) == 1 + 3 * decided
    for picture in large[1:]:
        assert max(Image.open(io.BytesIO(picture.png)).size) == 320
        assert gray_of(picture) == pytest.approx(picture.gray, abs=1)


def test_a_file_of_the_second_version_has_no_pictures_and_is_not_written_to(kept_demo: Path) -> None:
    with closing(sqlite3.connect(kept_demo)) as connection:
        connection.executescript("DROP TABLE picture; PRAGMA user_version = 2;")
    before = kept_demo.read_bytes()
    with KeptSession(kept_demo) as kept:
        assert kept.pictures() == kept.pictures_of(1) == ()
        assert [mark.note for mark in kept.marks()] == ["HIFU on"]
    assert kept_demo.read_bytes() == before


@settings(deadline=None, max_examples=40)
@given(begin_s=st.floats(-5, 25), length_s=st.floats(0, 25))
def test_a_span_gives_just_what_lies_in_it(kept_demo_once: Path, begin_s: float, length_s: float) -> None:
    span = Span(begin_s, begin_s + length_s)
    with KeptSession(kept_demo_once) as kept:
        samples = [cells for cells in kept.sample_cells() if span.contains(float(cells[1] or 0))]
        peaks = [peak for peak in kept.peaks() if span.overlaps(peak.start_s, peak.end_s)]
        rejections = [one for one in kept.rejections() if span.overlaps(one.start_s, one.end_s)]
        marks = [mark for mark in kept.marks() if span.contains(mark.t_s)]
    with KeptSession(kept_demo_once, span) as part:
        assert list(part.sample_cells()) == samples
        assert part.sample_count == len(samples)
        assert part.length_s == pytest.approx(float(samples[-1][1] or 0) - float(samples[0][1] or 0) if samples else 0)
        assert list(part.peaks()) == peaks
        assert list(part.rejections()) == rejections
        assert list(part.marks()) == marks
        of_peaks = {picture.peak_index for picture in part.pictures() if picture.moment is not Moment.LAST}
        assert of_peaks == {peak.peak_index for peak in peaks}
        assert part.dropped_ticks == 0


@pytest.mark.parametrize("span", [None, Span(3.0, 9.5)])
def test_a_digest_tells_of_a_part_what_it_tells_of_the_whole(kept_demo: Path, span: Span | None) -> None:
    digest = read_digest(kept_demo, span)
    with KeptSession(kept_demo, span) as kept:
        gray = np.array([cells[2] for cells in kept.sample_cells()], dtype=float)
        assert digest.peaks == kept.peaks()
        assert digest.marks == kept.marks()
    numbers = (digest.sample_count, digest.statistics.low, digest.statistics.high, digest.statistics.mean)
    assert numbers == (len(gray), gray.min(), gray.max(), pytest.approx(gray.mean()))
    assert digest.statistics.deviation == pytest.approx(gray.std())
    assert digest.length_s == pytest.approx(6.5 if span else 20, abs=0.1)


def test_where_nothing_was_measured_there_are_no_statistics(kept_demo: Path) -> None:
    assert read_digest(kept_demo, Span(100, 200)).statistics == (0, None, None, None, None)
