"""Exports of kept sessions: the same as of a running one, whole or not at all."""

from __future__ import annotations

import base64
import csv
import errno
import io
import itertools
import json
import re
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from nhem_qt.capture import DemoSource
from nhem_qt.config import FemConfig
from nhem_qt.errors import Cancelled
from nhem_qt.geometry import Roi
from nhem_qt.monitor import RegionChoice, Regions, RoiMode, Tick
from nhem_qt.session import (
    CurveSheet,
    ExportError,
    KeptSession,
    LiveSession,
    Mark,
    SessionStore,
    Span,
    StoreError,
    curve_png,
    curve_svg,
    export_kept,
    export_live,
    export_session,
    session_title,
    snapshot,
)
from nhem_qt.session.curve_condensed import CondensedCurve
from nhem_qt.session.curve_look import DARK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nhem_qt.monitor import Sample
    from nhem_qt.session import SessionInfo

NAMES = ["curve.png", "curve.svg", "peaks.csv", "picture.png", "samples.csv", "snapshot.json"]
WITHOUT_PICTURE = [name for name in NAMES if name != "picture.png"]
PICTURES = ("roi_data", "roi1_data", "roi2_data")
PATIENCE_S = 60.0
FULL = OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture
def started() -> Iterator[Callable[[Path], LiveSession]]:
    """Starts sessions of 3 s of the demo, that have not ended."""
    sessions = []

    def start(data_folder: Path) -> LiveSession:
        now_s = time.perf_counter()
        session = LiveSession(DemoSource(clock=lambda: now_s), RegionChoice(), FemConfig(), data_folder)
        sessions.append(session)
        for index in range(3 * 45):
            now_s = session._start_s + index / 45
            session.take(Tick(index, index / 45))
        return session

    yield start
    for session in sessions:
        session.close()


@pytest.fixture
def running(tmp_path: Path, started: Callable[[Path], LiveSession]) -> LiveSession:
    return started(tmp_path / "data")


@pytest.fixture(scope="module")
def long_session(tmp_path_factory: pytest.TempPathFactory, info: SessionInfo, sample_of: Callable[..., Sample]) -> Path:
    return keep(tmp_path_factory.mktemp("long"), info, [sample_of(index) for index in range(10_000)])


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> LiveSession:
    """Monitor 20 s of the demo, with a change of regions and a pause."""
    now_s = time.perf_counter()
    config = FemConfig.model_validate({"data_processing": {"buffer_size": 30}})
    session = LiveSession(DemoSource(clock=lambda: now_s), RegionChoice(), config, tmp_path_factory.mktemp("data"))
    for index in (*range(18 * 45), *range(18 * 45 + 40, 20 * 45)):
        now_s = session._start_s + index / 45
        session.take(Tick(index, index / 45))
    bounds = session.bounds
    session.monitor.change_regions(Regions(RoiMode.DUAL, Roi(bounds.x1 + 10, bounds.y1, bounds.x2, bounds.y2)))
    for index in range(20 * 45, 20 * 45 + 20):
        now_s = session._start_s + index / 45
        session.take(Tick(index, index / 45))
    session.finish()
    session.close()
    return session


def kept_path(session: LiveSession) -> Path:
    assert session.kept_path is not None
    return session.kept_path


def keep(folder: Path, info: SessionInfo, samples: list[Sample]) -> Path:
    store = SessionStore(folder, info)
    for sample in samples:
        store.put(sample)
    assert store.close(PATIENCE_S)
    return store.path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# --- the same as live


def test_the_tables_of_a_kept_session_are_those_of_the_running_one(tmp_path: Path, ended: LiveSession) -> None:
    export_kept(kept_path(ended), tmp_path / "kept")
    export_live(tmp_path / "live", ended)
    assert names(tmp_path / "kept") == NAMES
    for name in ("samples.csv", "peaks.csv"):
        assert (tmp_path / "kept" / name).read_bytes() == (tmp_path / "live" / name).read_bytes()


def test_the_snapshot_of_a_kept_session_is_that_of_the_running_one(tmp_path: Path, ended: LiveSession) -> None:
    export_kept(kept_path(ended), tmp_path)
    kept = json.loads((tmp_path / "snapshot.json").read_text(encoding="utf-8"))
    live = json.loads(json.dumps(snapshot(ended.state())))
    assert None not in [live[key] for key in PICTURES]
    assert kept == live
    assert len(kept["series"]) == 30
    assert kept["roi_configs"]["roi1"]["x1"] == ended.bounds.x1 + 10


@pytest.mark.parametrize("span", [None, Span(3.0, 9.0)], ids=["whole", "part"])
def test_the_curve_of_an_export_is_that_of_the_session(tmp_path: Path, kept_demo: Path, span: Span | None) -> None:
    export_kept(kept_demo, tmp_path / "out", span)
    with KeptSession(kept_demo, span) as kept:
        title = session_title(kept.info, kept.name, span)
        sheet = CurveSheet(
            kept.info, title, CondensedCurve.of(kept, DARK.columns).stretches(), kept.peaks(), kept.marks()
        )
    assert (tmp_path / "out" / "curve.svg").read_text(encoding="utf-8") == curve_svg(sheet)
    with Image.open(tmp_path / "out" / "curve.png") as image, Image.open(io.BytesIO(curve_png(sheet))) as expected:
        assert np.array_equal(np.asarray(image), np.asarray(expected))


def test_an_interrupted_session_is_exported_as_far_as_it_goes(
    tmp_path: Path, info: SessionInfo, sample_of: Callable[..., Sample]
) -> None:
    store = SessionStore(tmp_path / "data", info)
    for index in (0, 1, 5):
        store.put(sample_of(index))
    assert store.flush(PATIENCE_S)
    export_kept(store.path, tmp_path / "out")
    assert store.close(PATIENCE_S)
    status = json.loads((tmp_path / "out" / "snapshot.json").read_text(encoding="utf-8"))["system_status"]
    assert (status["dropped_ticks"], status["failed_samples"]) == (3, 0)
    assert len((tmp_path / "out" / "samples.csv").read_text(encoding="utf-8").splitlines()) == 4


def test_where_the_end_was_not_seen_the_pictures_of_the_last_emission_are_the_newest(
    tmp_path: Path, kept_demo: Path
) -> None:
    with closing(sqlite3.connect(kept_demo)) as connection:
        connection.execute("DELETE FROM picture WHERE peak_index = 0")
        connection.commit()
    with KeptSession(kept_demo) as kept:
        newest = [one for one in kept.pictures_of(kept.peaks()[-1].peak_index) if one.small][-1]
    export_kept(kept_demo, tmp_path / "out")
    document = json.loads((tmp_path / "out" / "snapshot.json").read_text(encoding="utf-8"))
    assert document["roi_data"] == document["roi2_data"]
    assert document["roi_data"]["gray_value"] == newest.gray
    with Image.open(io.BytesIO(base64.b64decode(document["roi_data"]["pixels"]))) as image:
        assert np.asarray(image.convert("L")).mean() == newest.gray
    # Of the large ROI there are only reduced ones.
    assert document["roi1_data"] is None
    assert "picture.png" not in names(tmp_path / "out")


def test_a_damaged_picture_keeps_nothing_else_from_being_exported(tmp_path: Path, kept_demo: Path) -> None:
    with closing(sqlite3.connect(kept_demo)) as connection:
        connection.execute("UPDATE picture SET png = x'00112233'")
        connection.commit()
    export_kept(kept_demo, tmp_path / "out", report=True)
    assert "damaged" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    document = json.loads((tmp_path / "out" / "snapshot.json").read_text(encoding="utf-8"))
    assert [document[key] for key in PICTURES] == [None] * 3
    assert len(table(tmp_path / "out" / "samples.csv")) == 900


def test_a_report_belongs_to_an_export_if_it_is_wanted(tmp_path: Path, ended: LiveSession) -> None:
    export_kept(kept_path(ended), tmp_path, report=True)
    assert names(tmp_path) == sorted([*NAMES, "report.html"])
    shares: list[float] = []
    export_kept(kept_path(ended), tmp_path / "again", progress=shares.append, report=True)
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_a_session_without_samples_is_exported_as_well(tmp_path: Path, info: SessionInfo) -> None:
    export_kept(keep(tmp_path / "data", info, []), tmp_path / "out")
    assert names(tmp_path / "out") == WITHOUT_PICTURE
    assert json.loads((tmp_path / "out" / "snapshot.json").read_text(encoding="utf-8"))["frame_count"] == 0


# --- whole or not at all


def test_an_older_export_is_replaced_and_files_of_others_stay(
    tmp_path: Path, ended: LiveSession, info: SessionInfo, sample_of: Callable[..., Sample]
) -> None:
    out = tmp_path / "out"
    export_kept(kept_path(ended), out)
    (out / "notes.txt").write_text("mine", encoding="utf-8")
    before = content(out)
    export_kept(keep(tmp_path / "data", info, [sample_of(0)]), out)
    # What the newer session has nothing of would be taken for its own.
    assert names(out) == sorted([*WITHOUT_PICTURE, "notes.txt"])
    assert all(content(out)[name] != before[name] for name in WITHOUT_PICTURE)


def test_a_disk_that_is_full_at_the_last_file_leaves_the_older_export_whole(
    tmp_path: Path, ended: LiveSession, info: SessionInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    export_kept(keep(tmp_path / "data", info, []), out)
    before = content(out)
    write_bytes = Path.write_bytes

    def write(path: Path, data: bytes) -> int:
        if path.name == "picture.png":
            raise FULL
        return write_bytes(path, data)

    monkeypatch.setattr(Path, "write_bytes", write)
    with pytest.raises(ExportError, match=r"out cannot be written \(No space left on device\): choose another folder"):
        export_kept(kept_path(ended), out)
    assert content(out) == before


@pytest.mark.parametrize("count", range(len(NAMES) + len(WITHOUT_PICTURE)))
def test_a_file_that_cannot_be_moved_leaves_the_older_export_whole(
    tmp_path: Path, ended: LiveSession, info: SessionInfo, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    out = tmp_path / "out"
    export_kept(keep(tmp_path / "data", info, []), out)
    before = content(out)
    replace, moved = Path.replace, itertools.count()

    def held_open(path: Path, target: Path) -> Path:
        if next(moved) == count:
            raise PermissionError(errno.EACCES, "another program has it open")
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", held_open)
    with pytest.raises(ExportError, match="another program has it open"):
        export_kept(kept_path(ended), out)
    assert content(out) == before


def test_a_damaged_session_leaves_the_older_export_whole(
    tmp_path: Path, info: SessionInfo, sample_of: Callable[..., Sample]
) -> None:
    path = keep(tmp_path / "data", info, [sample_of(index) for index in range(5)])
    export_kept(path, tmp_path / "out")
    before = content(tmp_path / "out")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE sample SET source = 'moon' WHERE frame_index = 4")
        connection.commit()
    with pytest.raises(StoreError, match="is damaged"):
        export_kept(path, tmp_path / "out")
    assert content(tmp_path / "out") == before


def test_a_folder_in_the_way_of_one_file_keeps_all_from_being_written(tmp_path: Path, ended: LiveSession) -> None:
    (tmp_path / "samples.csv").mkdir()
    with pytest.raises(ExportError, match=r"samples\.csv is a folder, .*: choose another one"):
        export_kept(kept_path(ended), tmp_path)
    assert names(tmp_path) == ["samples.csv"]


def test_what_is_no_session_makes_no_folder(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        export_kept(tmp_path / "nothing.sqlite", tmp_path / "out")
    assert not (tmp_path / "out").exists()


class Impatience:
    """Cancels at the first share from `limit` on."""

    def __init__(self, limit: float = 2.0) -> None:
        self.limit = limit
        self.shares: list[float] = []

    def __call__(self, share: float) -> None:
        self.shares.append(share)
        if share >= self.limit:
            raise Cancelled


def test_the_progress_grows_to_the_end_and_is_told_often(
    tmp_path: Path, info: SessionInfo, sample_of: Callable[..., Sample]
) -> None:
    path, told = keep(tmp_path / "data", info, [sample_of(index) for index in range(20_000)]), Impatience()
    export_kept(path, tmp_path / "out", progress=told)
    assert told.shares == sorted(told.shares)
    assert (told.shares[0], told.shares[-1]) == (0, 1)
    assert len(told.shares) >= 20


@pytest.mark.parametrize("folder", ["", "new", "new/below/it"])
@pytest.mark.parametrize("limit", [0.0, 0.3, 0.5, 0.9, 0.96, 1.0])
def test_a_cancelled_export_leaves_nothing_behind(
    tmp_path: Path, long_session: Path, limit: float, folder: str
) -> None:
    with pytest.raises(Cancelled):
        export_kept(long_session, tmp_path / folder, progress=Impatience(limit))
    assert names(tmp_path) == []


@pytest.mark.parametrize("limit", [0.0, 0.5, 1.0])
def test_a_cancelled_export_leaves_the_older_one_whole(
    tmp_path: Path, long_session: Path, ended: LiveSession, limit: float
) -> None:
    export_session(tmp_path, ended)
    before = content(tmp_path)
    with pytest.raises(Cancelled):
        export_kept(long_session, tmp_path, progress=Impatience(limit))
    assert content(tmp_path) == before


def test_a_folder_that_cannot_be_made_leaves_no_half_of_its_path(tmp_path: Path, ended: LiveSession) -> None:
    too_long = "x" * 300
    with pytest.raises(ExportError, match="choose another folder"):
        export_kept(kept_path(ended), tmp_path / "a" / too_long)
    assert names(tmp_path) == []


# --- marks


NOTES = ["", "power 80 W", 'a "quoted", word;\nand a line', "\u63a2\u5934 moved"]


def test_marks_are_exported_with_their_notes(tmp_path: Path, info: SessionInfo) -> None:
    store = SessionStore(tmp_path / "data", info)
    for number, note in enumerate(NOTES):
        store.put(Mark(number * 1.5, note))
    assert store.close(PATIENCE_S)
    export_kept(store.path, tmp_path / "out")
    marks = table(tmp_path / "out" / "marks.csv")
    assert [mark["note"] for mark in marks] == NOTES
    assert (marks[1]["t_s"], marks[1]["timestamp"]) == ("1.500000", "2024-05-17T23:59:59.623+05:30")


def test_marks_of_a_running_session_are_exported_in_every_way(tmp_path: Path, running: LiveSession) -> None:
    export_live(tmp_path / "leaving", running)
    assert "marks.csv" not in names(tmp_path / "leaving")
    running.set_mark("here")
    export_live(tmp_path / "leaving", running)
    export_session(tmp_path / "all", running)
    export_kept(kept_path(running), tmp_path / "kept")
    text = (tmp_path / "leaving" / "marks.csv").read_text(encoding="utf-8")
    assert text.endswith(",here\n")
    assert text == (tmp_path / "all" / "marks.csv").read_text(encoding="utf-8")
    assert text == (tmp_path / "kept" / "marks.csv").read_text(encoding="utf-8")


# --- of a running session


def test_a_running_session_is_exported_with_curve_and_picture(tmp_path: Path, running: LiveSession) -> None:
    export_session(tmp_path / "all", running)
    export_live(tmp_path / "leaving", running)
    assert names(tmp_path / "all") == NAMES
    assert names(tmp_path / "leaving") == ["peaks.csv", "samples.csv", "snapshot.json"]
    for name in names(tmp_path / "leaving"):
        assert (tmp_path / "all" / name).read_bytes() == (tmp_path / "leaving" / name).read_bytes()
    picture = running.monitor.large_picture
    assert picture is not None
    with Image.open(tmp_path / "all" / "picture.png") as image:
        assert np.array_equal(np.asarray(image), picture.frame.pixels[..., 2::-1])


def test_the_curve_of_a_session_that_is_not_kept_comes_from_memory(tmp_path: Path, started: Callable[..., Any]) -> None:
    (tmp_path / "blocked").write_text("", encoding="utf-8")
    kept, held = started(tmp_path / "data"), started(tmp_path / "blocked")
    assert held.kept_path is None
    export_session(tmp_path / "kept", kept)
    export_session(tmp_path / "held", held)
    svgs = [(tmp_path / name / "curve.svg").read_text(encoding="utf-8") for name in ("kept", "held")]
    lines = [re.findall("<polyline.*", svg) for svg in svgs]
    assert lines[0] == lines[1]
    assert len(lines[0]) > 10


# --- of a span


@pytest.mark.parametrize(("begin_s", "end_s"), [(2.5, 9.25), (0.0, 100.0), (18.5, 21.0)])
def test_of_a_span_just_what_lies_in_it_is_exported_with_true_times(
    tmp_path: Path, ended: LiveSession, begin_s: float, end_s: float
) -> None:
    span = Span(begin_s, end_s)
    export_kept(kept_path(ended), tmp_path / "all")
    export_kept(kept_path(ended), tmp_path / "part", span)
    everything, part = (table(tmp_path / name / "samples.csv") for name in ("all", "part"))
    assert part == [row for row in everything if span.contains(float(row["t_s"]))]
    peaks = [
        row
        for row in table(tmp_path / "all" / "peaks.csv")
        if span.overlaps(float(row["start_s"]), float(row["end_s"]))
    ]
    assert table(tmp_path / "part" / "peaks.csv") == peaks
    document = json.loads((tmp_path / "part" / "snapshot.json").read_text(encoding="utf-8"))
    assert document["frame_count"] == len(part)
    assert document["series"][-1]["t"] == float(part[-1]["t_s"])
    svg = (tmp_path / "part" / "curve.svg").read_text(encoding="utf-8")
    assert svg.count('class="peak"') == len(peaks)


def test_a_span_without_samples_is_exported_as_empty_tables(tmp_path: Path, ended: LiveSession) -> None:
    export_kept(kept_path(ended), tmp_path, Span(500, 600))
    assert names(tmp_path) == WITHOUT_PICTURE
    assert table(tmp_path / "samples.csv") == table(tmp_path / "peaks.csv") == []
    assert "nothing was measured" in (tmp_path / "curve.svg").read_text(encoding="utf-8")
