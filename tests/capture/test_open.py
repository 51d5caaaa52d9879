"""Which source is wanted."""

from __future__ import annotations

from pathlib import Path

import pytest

from nhem_qt.capture import CaptureError, DemoSource, ScreenSource, SineSource, SourceChoice, open_source
from nhem_qt.frame import SourceKind


@pytest.mark.parametrize("name", ["screen", "demo", "sine"])
def test_a_source_is_chosen_by_its_name(name: str) -> None:
    assert SourceChoice.parse(name) == SourceChoice(SourceKind(name))
    assert str(SourceChoice.parse(name)) == name


@pytest.mark.parametrize("path", ["a.mp4", "C:\\records\\a.mp4", "/a b/ü:ber.mkv"])
def test_all_after_video_and_a_colon_is_the_path(path: str) -> None:
    choice = SourceChoice.parse(f"video:{path}")
    assert choice == SourceChoice(SourceKind.VIDEO, Path(path))
    assert str(choice) == f"video: {Path(path).name}"


@pytest.mark.parametrize(
    "text", ["", "Screen", "video", "video:", "screen:1", "demo:x", "csv", "simulated", "camera", "videos:a.mp4"]
)
def test_anything_else_is_an_error_that_lists_the_choices(text: str) -> None:
    with pytest.raises(CaptureError, match="choose screen, demo, sine or video:PATH"):
        SourceChoice.parse(text)


@pytest.mark.parametrize(("name", "kind"), [("demo", DemoSource), ("sine", SineSource)])
def test_the_chosen_source_is_opened(name: str, kind: type) -> None:
    source = open_source(SourceChoice.parse(name))
    assert isinstance(source, kind)
    assert source.kind == name
    source.close()


def test_the_screen_is_opened(screen: str) -> None:  # noqa: ARG001 - the display must be set
    source = open_source(SourceChoice(SourceKind.SCREEN))
    assert isinstance(source, ScreenSource)
    source.close()


def test_a_video_that_is_not_there_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match="no video file"):
        open_source(SourceChoice.parse(f"video:{tmp_path / 'nothing.mp4'}"))
