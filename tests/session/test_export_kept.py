"""Exports of kept sessions: the same as of a running one, whole or not at all."""

from __future__ import annotations

import errno
import json
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from nhem_qt.capture import DemoSource
from nhem_qt.config import FemConfig
from nhem_qt.geometry import Roi
from nhem_qt.monitor import RegionChoice, Regions, RoiMode, Tick
from nhem_qt.session import (
    ExportError,
    KeptSession,
    LiveSession,
    SessionStore,
    StoreError,
    curve_picture,
    export_kept,
    export_live,
    snapshot,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from nhem_qt.detection import Peak
    from nhem_qt.monitor import Sample
    from nhem_qt.session import SessionInfo

NAMES = ["curve.png", "peaks.csv", "samples.csv", "snapshot.json"]
PICTURES = ("roi_data", "roi1_data", "roi2_data")
PATIENCE_S = 60.0
WHITE, GREEN, RED, SHADES = "#e6e9ec", "#3fb950", "#f85149", ("#1d3f27", "#4f2424")


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


# --- the same as live


def test_the_tables_of_a_kept_session_are_those_of_the_running_one(tmp_path: Path, ended: LiveSession) -> None:
    export_kept(kept_path(ended), tmp_path / "kept")
    export_live(tmp_path / "live", ended)
    assert names(tmp_path / "kept") == NAMES
    for name in ("samples.csv", "peaks.csv"):
        assert (tmp_path / "kept" / name).read_bytes() == (tmp_path / "live" / name).read_bytes()


def test_the_snapshot_of_a_kept_session_is_that_of_the_running_one_but_for_the_pictures(
    tmp_path: Path, ended: LiveSession
) -> None:
    export_kept(kept_path(ended), tmp_path)
    kept = json.loads((tmp_path / "snapshot.json").read_text(encoding="utf-8"))
    live = json.loads(json.dumps(snapshot(ended.state())))
    assert [live.pop(key) is None for key in PICTURES] == [False] * 3
    assert [kept.pop(key) for key in PICTURES] == [None] * 3
    assert kept == live
    assert len(kept["series"]) == 30
    assert kept["roi_configs"]["roi1"]["x1"] == ended.bounds.x1 + 10


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


def test_a_session_without_samples_is_exported_as_well(tmp_path: Path, info: SessionInfo) -> None:
    export_kept(keep(tmp_path / "data", info, []), tmp_path / "out")
    assert names(tmp_path / "out") == NAMES
    assert json.loads((tmp_path / "out" / "snapshot.json").read_text(encoding="utf-8"))["frame_count"] == 0


# --- whole or not at all


def test_an_older_export_is_replaced_and_files_of_others_stay(
    tmp_path: Path, ended: LiveSession, info: SessionInfo, sample_of: Callable[..., Sample]
) -> None:
    out = tmp_path / "out"
    export_kept(kept_path(ended), out)
    (out / "notes.txt").write_text("mine", encoding="utf-8")
    before = {name: (out / name).read_bytes() for name in NAMES}
    export_kept(keep(tmp_path / "data", info, [sample_of(0)]), out)
    assert names(out) == sorted([*NAMES, "notes.txt"])
    assert all((out / name).read_bytes() != before[name] for name in NAMES)


def test_a_disk_that_is_full_at_the_last_file_leaves_the_older_export_whole(
    tmp_path: Path, ended: LiveSession, info: SessionInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    export_kept(keep(tmp_path / "data", info, []), tmp_path / "out")
    before = {path: path.read_bytes() for path in (tmp_path / "out").iterdir()}

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", full)
    with pytest.raises(ExportError, match=r"out cannot be written \(No space left on device\): choose another folder"):
        export_kept(kept_path(ended), tmp_path / "out")
    assert {path: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before


def test_a_damaged_session_leaves_the_older_export_whole(
    tmp_path: Path, info: SessionInfo, sample_of: Callable[..., Sample]
) -> None:
    path = keep(tmp_path / "data", info, [sample_of(index) for index in range(5)])
    export_kept(path, tmp_path / "out")
    before = {file: file.read_bytes() for file in (tmp_path / "out").iterdir()}
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE sample SET source = 'moon' WHERE frame_index = 4")
        connection.commit()
    with pytest.raises(StoreError, match="is damaged"):
        export_kept(path, tmp_path / "out")
    assert {file: file.read_bytes() for file in (tmp_path / "out").iterdir()} == before


def test_a_folder_in_the_way_of_one_file_keeps_all_four_from_being_written(tmp_path: Path, ended: LiveSession) -> None:
    (tmp_path / "samples.csv").mkdir()
    with pytest.raises(ExportError, match=r"samples\.csv is a folder, .*: choose another one"):
        export_kept(kept_path(ended), tmp_path)
    assert names(tmp_path) == ["samples.csv"]


def test_what_is_no_session_makes_no_folder(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        export_kept(tmp_path / "nothing.sqlite", tmp_path / "out")
    assert not (tmp_path / "out").exists()


# --- the picture


def pixels_of(path: Path) -> Any:
    with KeptSession(path) as kept:
        return np.asarray(curve_picture(kept))


def columns_with(pixels: Any, *colours: str) -> list[int]:
    """Return the columns of the picture, below the title, that have a colour in them."""
    wanted = [tuple(bytes.fromhex(colour[1:])) for colour in colours]
    found = np.any([(pixels[140:630] == colour).all(axis=2) for colour in wanted], axis=0)
    return [int(column) for column in np.flatnonzero(found.any(axis=0))]


def test_a_picture_shades_every_peak_at_its_time_in_the_colour_of_its_verdict(
    tmp_path: Path, info: SessionInfo, sample_of: Callable[..., Sample], peak_of: Callable[..., Peak]
) -> None:
    spans = {5: ("green", 2.0, 3.0), 7: ("red", 6.0, 7.5)}
    samples = []
    for second in range(11):
        color, start_s, end_s = spans.get(second, ("", 0.0, 0.0))
        peak = peak_of(second, color=color, start_s=start_s, end_s=end_s, decided_frame=second * 45) if color else None
        samples.append(sample_of(second * 45, 100.0, peak))
    pixels = pixels_of(keep(tmp_path, info, samples))
    assert pixels.shape == (700, 1600, 3)
    for shade, (_, start_s, end_s) in zip(SHADES, spans.values(), strict=True):
        columns = columns_with(pixels, shade)
        expected = [75 + (1570 - 75) * t_s / 10 for t_s in (start_s, end_s)]
        assert [columns[0], columns[-1]] == pytest.approx(expected, abs=2)
    # The words stand above: colour alone would not be enough.
    words = pixels[:130].reshape(-1, 3).tolist()
    assert [list(bytes.fromhex(colour[1:])) in words for colour in (GREEN, RED)] == [True, True]


def test_no_line_is_drawn_over_a_time_in_which_nothing_was_measured(
    tmp_path: Path, info: SessionInfo, sample_of: Callable[..., Sample]
) -> None:
    ticks = [*range(90), *range(180, 270)]
    samples = [sample_of(index, None if 225 <= index < 235 else 100.0) for index in ticks]
    columns = columns_with(pixels_of(keep(tmp_path, info, samples)), WHITE)
    seconds = [(column - 75) / (1570 - 75) * 269 / 45 for column in columns]
    assert not [t_s for t_s in seconds if 2.02 < t_s < 3.98 or 5.0 < t_s < 5.2]
    assert min(seconds) < 0.02
    assert max(seconds) > 5.96


def test_a_single_high_sample_in_a_long_session_is_seen(
    tmp_path: Path, info: SessionInfo, sample_of: Callable[..., Sample]
) -> None:
    samples = [
        sample_of(index, 200.0 if index == 6789 else 100.0, baseline=None, threshold=None) for index in range(20000)
    ]
    path = keep(tmp_path, info, samples)
    with KeptSession(path) as kept:
        stretches = kept.condensed(700)
        assert len(stretches) == 700
        assert [stretch.high for stretch in stretches if stretch.high != 100.0] == [200.0]
    pixels = pixels_of(path)
    # To the right of the axis.
    bright = (pixels[160:500, 80:] > 60).all(axis=2).sum(axis=0)
    assert 80 + int(bright.argmax()) == pytest.approx(75 + (1570 - 75) * 6789 / 20000, abs=2)
    assert bright.max() > 300
