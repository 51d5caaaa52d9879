"""The drawing of a curve: what is where, and that a PNG and an SVG hold the same."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from nhem_qt.session import CurveSheet, Mark, curve_png, curve_svg, sample_cells
from nhem_qt.session.curve_condensed import CondensedCurve
from nhem_qt.session.curve_look import DARK, LIGHT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nhem_qt.detection import Peak
    from nhem_qt.monitor import Sample
    from nhem_qt.session import SessionInfo
    from nhem_qt.session.curve_look import CurveLook

SVG = "{http://www.w3.org/2000/svg}"
LEFT, RIGHT = 75, 1570
LOOKS = pytest.mark.parametrize("look", [DARK, LIGHT], ids=["dark", "light"])


def condensed(samples: Sequence[Sample], count: int = DARK.columns) -> CondensedCurve:
    curve = CondensedCurve(samples[0].measurement.t_s, samples[-1].measurement.t_s, count)
    # In two parts, as a long session comes.
    for part in (samples[: len(samples) // 2], samples[len(samples) // 2 :]):
        curve.add([sample_cells(sample) for sample in part])
    return curve


def sheet_of(
    info: SessionInfo, samples: Sequence[Sample], marks: Sequence[Mark] = (), title: str = "A session"
) -> CurveSheet:
    peaks = [sample.peak for sample in samples if sample.peak is not None]
    return CurveSheet(info, title, condensed(samples).stretches() if samples else (), peaks, marks)


def pixels_of(sheet: CurveSheet, look: CurveLook = DARK) -> Any:
    return np.asarray(Image.open(io.BytesIO(curve_png(sheet, look))))


def columns_with(pixels: Any, colour: str) -> list[int]:
    """Return the columns of the picture, below the title, that have a colour in them."""
    wanted = tuple(bytes.fromhex(colour[1:]))
    return [int(column) for column in np.flatnonzero((pixels[155:530] == wanted).all(axis=2).any(axis=0))]


def bright_columns(pixels: Any) -> list[int]:
    """Return the columns to the right of the axis where the gray value is drawn in its whole brightness."""
    return [LEFT + 5 + int(column) for column in np.flatnonzero((pixels[155:630, LEFT + 5 :].min(axis=2) > 170).any(0))]


def root_of(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 - what this program itself has written


def parts(root: ET.Element, kind: str) -> list[ET.Element]:
    return [group for group in root.iter(f"{SVG}g") if group.get("class") == kind]


@pytest.fixture(scope="session")
def two_peaks(
    info: SessionInfo, sample_of: Callable[..., Sample], peak_of: Callable[..., Peak]
) -> Callable[..., CurveSheet]:
    """Draws 10 s with a green peak from 2 to 3 s and a red one from 6 to 7.5 s."""
    spans = {5: ("green", 2.0, 3.0), 9: ("red", 6.0, 7.5)}

    def sheet(marks: Sequence[Mark] = (), title: str = "A session") -> CurveSheet:
        samples = []
        for second in range(11):
            color, start_s, end_s = spans.get(second, ("", 0.0, 0.0))
            peak = peak_of(second, color=color, start_s=start_s, end_s=end_s) if color else None
            samples.append(sample_of(second * 45, 100.0, peak))
        return sheet_of(info, samples, marks, title)

    return sheet


@LOOKS
def test_a_picture_shades_every_peak_at_its_time_in_the_colour_of_its_verdict(
    two_peaks: Callable[..., CurveSheet], look: CurveLook
) -> None:
    pixels = pixels_of(two_peaks(), look)
    assert pixels.shape == (look.height, look.width, 3)
    for tint, start_s, end_s in ((look.green, 2.0, 3.0), (look.red, 6.0, 7.5)):
        columns = columns_with(pixels, tint.shade)
        expected = [LEFT + (look.width - 30 - LEFT) * t_s / 10 for t_s in (start_s, end_s)]
        assert [columns[0], columns[-1]] == pytest.approx(expected, abs=2)


@LOOKS
def test_colours_never_stand_alone(two_peaks: Callable[..., CurveSheet], look: CurveLook) -> None:
    root = root_of(curve_svg(two_peaks(), look))
    words = {text.text: text.get("fill") for text in root.iter(f"{SVG}text")}
    assert (words["HEM"], words["no HEM"]) == (look.green.line, look.red.line)
    assert [shape.get("fill") for shape in root.iter(f"{SVG}polygon")] == [look.green.line]
    assert [shape.get("fill") for shape in root.iter(f"{SVG}circle")] == [look.red.line]


def test_no_line_is_drawn_over_a_time_in_which_nothing_was_measured(
    info: SessionInfo, sample_of: Callable[..., Sample]
) -> None:
    ticks = [*range(90), *range(180, 270)]
    samples = [
        sample_of(index, None if 225 <= index < 235 else 100.0 + index % 2, baseline=None, threshold=None)
        for index in ticks
    ]
    columns = bright_columns(pixels_of(sheet_of(info, samples)))
    seconds = [(column - LEFT) / (RIGHT - LEFT) * 269 / 45 for column in columns]
    assert not [t_s for t_s in seconds if 2.02 < t_s < 3.98 or 5.0 < t_s < 5.2]
    assert min(seconds) < 0.05
    assert max(seconds) > 5.95


def test_a_single_high_sample_in_a_long_session_is_seen(info: SessionInfo, sample_of: Callable[..., Sample]) -> None:
    samples = [
        sample_of(index, 200.0 if index == 6789 else 100.0, baseline=None, threshold=None) for index in range(20000)
    ]
    pixels = pixels_of(sheet_of(info, samples))
    bright = (pixels[175:500, LEFT + 5 :] > 60).all(axis=2).sum(axis=0)
    assert LEFT + 5 + int(bright.argmax()) == pytest.approx(LEFT + (RIGHT - LEFT) * 6789 / 20000, abs=2)
    assert bright.max() > 300


@settings(max_examples=30)
@given(
    st.lists(st.none() | st.floats(0, 255), min_size=2, max_size=200),
    st.integers(1, 50),
    st.data(),
)
def test_a_condensed_curve_has_the_extremes_and_means_of_its_samples(
    sample_of: Callable[..., Sample], grays: list[float | None], count: int, data: st.DataObject
) -> None:
    levels = data.draw(st.lists(st.none() | st.floats(0, 255), min_size=len(grays), max_size=len(grays)))
    samples = [
        sample_of(index, gray, baseline=level, threshold=None)
        for index, (gray, level) in enumerate(zip(grays, levels, strict=True))
    ]
    stretches = condensed(samples, count).stretches()
    assert len(stretches) <= count
    remaining = iter(samples)
    for stretch in stretches:
        own = [next(remaining)]
        while own[-1].measurement.t_s < stretch.last_s:
            own.append(next(remaining))
        gray = [one.measurement.gray for one in own if one.measurement.gray is not None]
        level = [one.baseline for one in own if one.baseline is not None]
        assert (stretch.first_s, stretch.last_s) == (own[0].measurement.t_s, own[-1].measurement.t_s)
        assert (stretch.low, stretch.high) == (min(gray, default=None), max(gray, default=None))
        assert stretch.baseline == (pytest.approx(sum(level) / len(level)) if level else None)
        assert stretch.threshold is None
    assert next(remaining, None) is None


def test_what_was_simulated_is_not_drawn_as_measured(
    sample_of: Callable[..., Sample],
) -> None:
    rows = [sample_cells(sample_of(index, 100.0)) for index in range(10)]
    simulated = [(*row[:2], 200.0, *row[3:10], "simulated", *row[11:]) for row in rows[4:6]]
    curve = CondensedCurve(0.0, 9 / 45, 10)
    curve.add([*rows[:4], *simulated, *rows[6:]])
    assert [stretch.high for stretch in curve.stretches()] == [100.0] * 4 + [None] * 2 + [100.0] * 4


# --- SVG


def test_an_svg_has_one_part_for_every_peak_and_every_mark(two_peaks: Callable[..., CurveSheet]) -> None:
    root = root_of(curve_svg(two_peaks((Mark(1.0, ""), Mark(4.5, "power 80 W")))))
    told = [part.findtext(f"{SVG}title") for kind in ("peak", "mark") for part in parts(root, kind)]
    assert [words.split(",")[0] for words in told[:2]] == ["peak 5: HEM", "peak 9: no HEM"]
    assert [words.strip() for words in told[2:]] == ["mark at 1.00 s", "mark at 4.50 s power 80 W"]
    dashed = [line for line in root.iter(f"{SVG}polyline") if line.get("stroke-dasharray")]
    assert [line.get("points").split(",")[0] for line in dashed[:2]] == ["224.5", "747.8"]


def test_a_mark_outside_of_the_samples_is_drawn_all_the_same(two_peaks: Callable[..., CurveSheet]) -> None:
    root = root_of(curve_svg(two_peaks((Mark(12.5, "after the end"),))))
    (part,) = parts(root, "mark")
    assert part.find(f"{SVG}polyline").get("points").startswith(f"{RIGHT},")


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=60), st.text(max_size=60))
def test_whatever_a_user_writes_an_svg_is_well_formed_and_a_png_is_drawn(
    two_peaks: Callable[..., CurveSheet], note: str, title: str
) -> None:
    sheet = two_peaks((Mark(1.0, note),), title)
    svg = curve_svg(sheet)
    assert svg.encode()
    assert len(parts(root_of(svg), "mark")) == 1
    assert pixels_of(sheet).shape == (700, 1600, 3)


def test_a_note_cannot_become_markup(two_peaks: Callable[..., CurveSheet]) -> None:
    evil = '</text><script>alert("1")</script>'
    root = root_of(curve_svg(two_peaks((Mark(1.0, evil),), evil)))
    assert not list(root.iter(f"{SVG}script"))
    assert evil in [text.text for text in root.iter(f"{SVG}text")]


def test_an_svg_needs_nothing_from_elsewhere(two_peaks: Callable[..., CurveSheet]) -> None:
    svg = curve_svg(two_peaks((Mark(1.0, "note"),)))
    assert not re.search("href|url\\(|@import|<style|<script", svg)
    assert re.findall('https?:[^"]*', svg) == ["http://www.w3.org/2000/svg"]
    assert 'font-family="sans-serif"' in svg


def test_a_long_title_gives_way_to_the_legend(two_peaks: Callable[..., CurveSheet]) -> None:
    root = root_of(curve_svg(two_peaks(title="long " * 100)))
    title = next(text for text in root.iter(f"{SVG}text") if str(text.text).startswith("long"))
    assert str(title.text).endswith("...")
    assert len(str(title.text)) < 120


def test_a_note_as_long_as_a_book_is_drawn_in_no_time(two_peaks: Callable[..., CurveSheet]) -> None:
    root = root_of(curve_svg(two_peaks((Mark(1.0, "word " * 50_000),))))
    (words,) = [str(text.text) for text in root.iter(f"{SVG}text") if "word" in str(text.text)]
    assert words.endswith("...")


def test_a_simulated_source_is_told(two_peaks: Callable[..., CurveSheet]) -> None:
    assert "DEMO: SIMULATED, NO MEASUREMENT" in curve_svg(two_peaks())


@pytest.mark.parametrize(
    ("length_s", "labels", "unit"),
    [
        (10.0, ["0", "2", "4", "6", "8", "10"], "s"),
        (1.0, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"], "s"),
        (5 * 3600.0, ["0:00", "1:00", "2:00", "3:00", "4:00", "5:00"], "h:min"),
    ],
)
def test_the_time_axis_has_round_labels(
    info: SessionInfo, sample_of: Callable[..., Sample], length_s: float, labels: list[str], unit: str
) -> None:
    samples = [sample_of(index, 100.0, t_s=length_s * index / 10) for index in range(11)]
    root = root_of(curve_svg(sheet_of(info, samples)))
    on_axis = [text.text for text in root.iter(f"{SVG}text") if text.get("y") == "657"]
    assert on_axis == labels
    assert f"time since the session started, {unit}" in [text.text for text in root.iter(f"{SVG}text")]


def test_nothing_measured_is_said_so(info: SessionInfo) -> None:
    assert "nothing was measured" in curve_svg(sheet_of(info, []))
    assert pixels_of(sheet_of(info, [])).shape == (700, 1600, 3)
