"""From single to dual mode and back without loss."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest

from nhem_qt.config import (
    load_config,
    migrate_single_to_dual,
    needs_migration,
    remember_migration_offer,
    revert_migration,
    save_config,
)
from nhem_qt.geometry import Roi

MONITOR = Path(__file__).parent / "examples" / "monitor.json"
LEGACY_ONLY = ["monitor", "recorder", "fractional"]
OTHERS = ["dual", "empty", "notepad"]


def example(name: str) -> bytes:
    return (Path(__file__).parent / "examples" / f"{name}.json").read_bytes()


def files(path: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in path.parent.iterdir()}


@pytest.fixture
def legacy(path: Path) -> Path:
    path.write_bytes(MONITOR.read_bytes())
    return path


@pytest.mark.parametrize("name", LEGACY_ONLY)
def test_a_migrated_file_shows_the_legacy_roi_and_measures_its_centre(path: Path, name: str) -> None:
    path.write_bytes(example(name))
    before = load_config(path, {}, {}).config.roi_capture
    assert migrate_single_to_dual(path).outcome == "migrated"
    loaded = load_config(path, {}, {})
    after = loaded.config.roi_capture
    assert loaded.problems == ()
    assert (after.mode, after.active_mode) == ("dual", "dual")
    assert after.large_roi is not None
    assert before.legacy_roi is not None
    assert after.large_roi.roi == before.legacy_roi.roi
    assert after.legacy_roi == before.legacy_roi
    assert after.large_roi_frame_rate == before.large_roi_frame_rate


@pytest.mark.parametrize("name", LEGACY_ONLY)
def test_nothing_but_the_rois_and_the_mode_changes(path: Path, name: str) -> None:
    path.write_bytes(example(name))
    before = json.loads(example(name))
    migrate_single_to_dual(path)
    after = json.loads(path.read_bytes())
    for key in ("large_roi", "legacy_roi", "mode"):
        after["roi_capture"].pop(key)
    before.pop("security", None)
    after.pop("security", None)
    assert after == before


@pytest.mark.parametrize("name", LEGACY_ONLY)
def test_reverting_restores_the_bytes_and_loses_nothing_that_was_set_meanwhile(path: Path, name: str) -> None:
    path.write_bytes(example(name))
    migrate_single_to_dual(path)
    save_config(path, {"data_processing.fps": 33})
    meanwhile = path.read_bytes()
    result = revert_migration(path)
    assert result.outcome == "reverted"
    assert path.read_bytes() == example(name)
    assert result.kept is not None
    assert result.kept.read_bytes() == meanwhile
    assert result.kept.name in result.report
    assert revert_migration(path).outcome == "nothing"
    assert path.read_bytes() == example(name)


def test_the_report_says_what_became_what_and_stands_beside_the_file(legacy: Path) -> None:
    result = migrate_single_to_dual(legacy)
    assert result.report_path is not None
    assert result.kept is not None
    assert result.report_path.read_text(encoding="utf-8") == result.report
    assert result.kept.read_bytes() == MONITOR.read_bytes()
    for line in [
        "roi_capture.default_config 480,80,1920,580 -> roi_capture.large_roi 480,80,1920,580",
        "roi_capture.frame_rate 4 Hz -> roi_capture.large_roi.frame_rate 4 Hz",
        "roi_capture.default_config 480,80,1920,580 -> roi_capture.legacy_roi 480,80,1920,580, for single mode",
        "roi_capture.mode (not set) -> dual",
        "every other value, as it stands in server, data_processing, roi_capture, peak_detection, security, line_det",
        "until now the mean of all 1440x500 px, from now on of the 50x50 px at their centre,\n1175,305,1225,355.",
        f"The file as it was is kept as {result.kept.name}.",
    ]:
        assert line in result.report
    assert str(legacy.parent) not in result.report


def test_a_legacy_roi_into_which_the_small_one_does_not_fit_is_measured_as_before_and_the_report_says_so(
    path: Path,
) -> None:
    path.write_text('{"roi_capture": {"legacy_roi": {"x1": 0, "y1": 0, "x2": 40, "y2": 90}}}', encoding="utf-8")
    result = migrate_single_to_dual(path)
    large_roi = load_config(path, {}, {}).config.roi_capture.large_roi
    assert large_roi is not None
    assert large_roi.roi.centre() == Roi(0, 0, 40, 90)
    assert "What is measured stays the same: all of 0,0,40,90 (40x90 px)" in result.report
    assert "frame_rate" not in path.read_text(encoding="utf-8")


def test_the_migration_hashes_the_password_and_says_where_the_clear_text_still_is(legacy: Path) -> None:
    result = migrate_single_to_dual(legacy)
    assert b"27182" not in legacy.read_bytes()
    assert load_config(legacy, {}, {}).credential.fits("27182")
    assert "It holds the password in clear text: delete it" in result.report
    assert "27182" not in result.report


@pytest.mark.parametrize("name", OTHERS)
def test_where_nothing_is_to_be_migrated_that_is_told_and_nothing_is_written(path: Path, name: str) -> None:
    path.write_bytes(example(name))
    assert migrate_single_to_dual(path).outcome == "nothing"
    assert revert_migration(path).outcome == "nothing"
    assert files(path) == {"fem_config.json": example(name)}


def test_a_second_migration_finds_nothing_to_do(legacy: Path) -> None:
    migrate_single_to_dual(legacy)
    before = files(legacy)
    result = migrate_single_to_dual(legacy)
    assert (result.outcome, result.kept) == ("nothing", None)
    assert "has a large ROI already" in result.report
    assert files(legacy) == before


def test_without_any_file_there_is_nothing_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platformdirs.user_config_path", lambda *_, **__: tmp_path / "own")
    monkeypatch.chdir(tmp_path)
    assert (migrate_single_to_dual().outcome, revert_migration().outcome) == ("nothing", "nothing")


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"{", "is no valid JSON"),
        (b'{"roi_capture": {"default_config": {"x1": 0, "y1": 0, "x2": 9}}}', "default_config: y2 is missing"),
        (b'{"roi_capture": {"default_config": {"x1": 0, "y1": 0, "x2": 0, "y2": 9}}}', "holds no pixel"),
    ],
)
def test_what_cannot_be_migrated_stays_as_it_is_and_the_report_says_why(path: Path, content: bytes, word: str) -> None:
    path.write_bytes(content)
    result = migrate_single_to_dual(path)
    assert result.outcome == "failed"
    assert result.report.startswith("Nothing was changed: fem_config.json ")
    assert word in result.report
    assert files(path) == {"fem_config.json": content}


def test_a_file_that_is_not_there_is_told(path: Path) -> None:
    assert migrate_single_to_dual(path).outcome == "failed"
    assert "cannot be read" in migrate_single_to_dual(path).report


def failing_at(number: int, call: Any) -> Any:
    """Return `call`, made to fail the n-th time."""
    calls = iter(range(1, 100))

    def fail(*arguments: Any, **options: Any) -> Any:
        if next(calls) == number:
            raise OSError(errno.ENOSPC, "No space left on device")
        return call(*arguments, **options)

    return fail


@pytest.mark.parametrize("name", ["fsync", "replace"])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_migration_that_fails_half_way_leaves_everything_as_it_was(
    legacy: Path, monkeypatch: pytest.MonkeyPatch, name: str, number: int
) -> None:
    monkeypatch.setattr(os, name, failing_at(number, getattr(os, name)))
    result = migrate_single_to_dual(legacy)
    monkeypatch.undo()
    assert result.outcome == "failed"
    assert "the disk is full: free some space, then try again" in result.report
    assert files(legacy) == {"fem_config.json": MONITOR.read_bytes()}


def test_a_folder_that_cannot_be_synced_costs_neither_the_original_nor_the_new_file(
    legacy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", failing_at(4, os.fsync))  # the folder comes after the three files
    result = migrate_single_to_dual(legacy)
    assert result.outcome == "migrated"
    assert result.kept is not None
    assert result.kept.read_bytes() == MONITOR.read_bytes()
    monkeypatch.setattr(os, "fsync", failing_at(2, os.fsync))
    assert revert_migration(legacy).outcome == "reverted"
    assert legacy.read_bytes() == MONITOR.read_bytes()


@pytest.mark.parametrize("number", [1, 2])
def test_a_reversion_that_fails_half_way_leaves_everything_as_it_was(
    legacy: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    migrate_single_to_dual(legacy)
    before = files(legacy)
    monkeypatch.setattr(os, "replace", failing_at(number, os.replace))
    assert revert_migration(legacy).outcome == "failed"
    monkeypatch.undo()
    assert files(legacy) == before


@pytest.mark.parametrize("name", LEGACY_ONLY)
def test_a_predecessors_file_is_offered_once(path: Path, name: str) -> None:
    path.write_bytes(example(name))
    assert needs_migration(load_config(path, {}, {}))
    remember_migration_offer(path)
    loaded = load_config(path, {}, {})
    assert loaded.problems == ()
    assert not needs_migration(loaded)


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_no_single_roi_of_a_predecessor_is_not_offered(path: Path, name: str) -> None:
    path.write_bytes(example(name))
    assert not needs_migration(load_config(path, {}, {}))


def test_who_chose_single_mode_or_has_migrated_is_not_asked(legacy: Path) -> None:
    assert not needs_migration(load_config(legacy, {}, {"roi_capture.mode": "single"}))
    migrate_single_to_dual(legacy)
    assert not needs_migration(load_config(legacy, {}, {}))
