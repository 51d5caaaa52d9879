"""Saving: whole, atomic, and only what was asked for."""

from __future__ import annotations

import errno
import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nhem_qt.config import (
    ConfigError,
    DualRoiConfig,
    RoiConfig,
    get_dual_roi_config,
    load_config,
    save_config,
    set_dual_roi_config,
)
from nhem_qt.config.atomic import move_to_new_name
from nhem_qt.geometry import Roi

FILE = """\
{
  "server": {"port": 8421,  "ratio": 1.50e0},
  "data_processing": {
    "fps": 45,
    "buffer_size": 100
  },
  "roi_capture": {
    "large_roi": {"name": "focus", "x1": 10, "y1": 20, "x2": 410, "y2": 320, "frame_rate": 3}
  }
}
"""


@pytest.fixture
def saved(path: Path) -> Path:
    path.write_text(FILE, encoding="utf-8")
    return path


def backup(path: Path) -> Path:
    return path.with_name("fem_config.json.bak")


def test_a_save_changes_the_named_values_and_keeps_the_file_before(saved: Path) -> None:
    save_config(saved, {"data_processing.fps": 30, "logging.level": "DEBUG"})
    assert saved.read_text(encoding="utf-8") == FILE.replace('"fps": 45', '"fps": 30').replace(
        "3}\n  }\n}", '3}\n  },\n  "logging": {\n    "level": "DEBUG"\n  }\n}'
    )
    assert backup(saved).read_text(encoding="utf-8") == FILE
    assert sorted(saved.parent.iterdir()) == [saved, backup(saved)]


def test_a_value_that_is_there_already_keeps_its_form(saved: Path) -> None:
    save_config(saved, {"data_processing.fps": 45.0, "data_processing.buffer_size": 100})
    assert saved.read_text(encoding="utf-8") == FILE
    assert not backup(saved).exists()


def test_a_number_takes_the_place_of_a_switch_that_python_holds_to_be_equal(path: Path) -> None:
    path.write_text('{"data_processing": {"fps": true}}', encoding="utf-8")
    save_config(path, {"data_processing.fps": 1})
    assert path.read_text(encoding="utf-8") == '{"data_processing": {"fps": 1}}'


def test_values_of_the_environment_and_of_arguments_do_not_get_into_the_file(saved: Path) -> None:
    loaded = load_config(saved, {"NHEM_FPS": "99"}, {"peak_detection.threshold": 77})
    assert loaded.config.data_processing.fps == 99.0
    save_config(saved, {"data_processing.buffer_size": 50})
    assert saved.read_text(encoding="utf-8") == FILE.replace("100", "50")


def test_a_file_that_is_not_there_is_made_with_the_changes_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "fem_config.json"
    save_config(path, {"data_processing.fps": 30, "roi_capture.mode": "dual"})
    assert path.read_text(encoding="utf-8") == (
        '{\n  "data_processing": {\n    "fps": 30\n  },\n  "roi_capture": {\n    "mode": "dual"\n  }\n}\n'
    )
    assert list(path.parent.iterdir()) == [path]


def test_a_new_large_roi_keeps_what_others_wrote_into_the_old_one(saved: Path) -> None:
    save_config(saved, {"roi_capture.large_roi": {"x1": 1, "y1": 2, "x2": 63, "y2": 64}})
    content = json.loads(saved.read_text(encoding="utf-8"))
    new = {"name": "focus", "x1": 1, "y1": 2, "x2": 63, "y2": 64, "frame_rate": None}
    assert content["roi_capture"]["large_roi"] == new


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"data_processing.fps": 999}, r"data_processing\.fps: 999 is not possible, .* from 1 up to 240 Hz$"),
        ({"data_processing.fps": float("nan")}, r"data_processing\.fps: NaN is not possible"),
        ({"data_processing.fps": True}, r"data_processing\.fps: true is not possible"),
        ({"data_processing.fps": None}, r"data_processing\.fps: null is not possible"),
        ({"roi_capture.large_roi.x2": 10}, r"roi_capture\.large_roi: ROI 10,20,10,320 holds no pixel"),
        ({"roi_capture.legacy_roi.x1": 10}, r"roi_capture\.legacy_roi: \w+ is missing"),
        ({"data_processing": 5}, r"data_processing: it should be an object"),
    ],
)
def test_a_value_that_is_not_allowed_is_refused_and_nothing_is_written(
    saved: Path, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises((ConfigError, ValueError), match=message):
        save_config(saved, {"data_processing.buffer_size": 50} | changes)
    assert saved.read_text(encoding="utf-8") == FILE
    assert list(saved.parent.iterdir()) == [saved]


def test_a_bad_value_that_was_there_before_does_not_hinder_a_save(path: Path) -> None:
    path.write_text('{"data_processing": {"fps": -1}, "roi_capture": {"large_roi": 5}}', encoding="utf-8")
    save_config(path, {"data_processing.buffer_size": 50})
    assert load_config(path, {}, {}).config.data_processing.buffer_size == 50


def test_a_broken_file_is_set_aside_by_a_save_and_not_overwritten(path: Path) -> None:
    path.write_bytes(b'{"data_processing": {"fps"')
    save_config(path, {"data_processing.fps": 30})
    (kept,) = path.parent.glob("*.broken-*")
    assert kept.read_bytes() == b'{"data_processing": {"fps"'
    assert load_config(path, {}, {}).config.data_processing.fps == 30.0


def test_a_broken_file_that_cannot_be_set_aside_is_not_saved_to(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.write_bytes(b"{")
    monkeypatch.setattr("os.replace", failing(errno.EACCES))
    with pytest.raises(ConfigError, match="mend it or remove it; until then it cannot be saved to"):
        save_config(path, {"data_processing.fps": 30})
    assert [file.read_bytes() for file in path.parent.iterdir()] == [b"{"]


def failing(number: int) -> Any:
    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    return fail


FAILURES = [
    ("os.fsync", errno.ENOSPC, "the disk is full: free some space, then try again"),
    ("os.fsync", errno.EDQUOT, "the disk is full: free some space, then try again"),
    ("os.replace", errno.EACCES, "its folder is write-protected: allow writing there, then try again"),
    ("os.replace", errno.EROFS, "its folder is write-protected: allow writing there, then try again"),
    ("os.fsync", errno.EIO, "Input/output error: try again"),
    ("pathlib.Path.open", errno.EROFS, "its folder is write-protected: allow writing there, then try again"),
]


@pytest.mark.parametrize(("call", "number", "remedy"), FAILURES)
def test_a_save_that_fails_says_what_to_do_and_loses_nothing(
    saved: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int, remedy: str
) -> None:
    save_config(saved, {"data_processing.fps": 30})
    before = {file.name: file.read_bytes() for file in saved.parent.iterdir()}
    read_only = Path.open

    def refuse_writing(self: Path, mode: str = "r", **options: Any) -> Any:
        return failing(number)() if "x" in mode else read_only(self, mode, **options)

    monkeypatch.setattr(call, refuse_writing if call == "pathlib.Path.open" else failing(number))
    with pytest.raises(ConfigError) as told:
        save_config(saved, {"data_processing.fps": 31})
    monkeypatch.undo()
    assert str(told.value) == f"fem_config.json cannot be written, and what was there is kept; {remedy}"
    assert {file.name: file.read_bytes() for file in saved.parent.iterdir()} == before


def test_a_folder_in_the_way_is_told_too(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"^fem_config\.json cannot be written"):
        save_config(tmp_path / "file" / "fem_config.json", {"data_processing.fps": 30})


def test_a_file_that_a_later_start_would_refuse_is_not_written(path: Path) -> None:
    path.write_text('{"notes": "' + "x" * 3_999_980 + '"}', encoding="utf-8")
    with pytest.raises(ConfigError, match="larger than 4 MB: it is not saved"):
        save_config(path, {"data_processing.fps": 30})


@pytest.mark.skipif(os.name == "nt", reason="permissions of another kind")
def test_permissions_and_links_stay(saved: Path, tmp_path: Path) -> None:
    saved.chmod(0o640)
    folder = tmp_path / "links"
    folder.mkdir()
    link = folder / "fem_config.json"
    link.symlink_to(saved)
    save_config(link, {"data_processing.fps": 30})
    assert link.is_symlink()
    assert list(folder.iterdir()) == [link]
    assert load_config(saved, {}, {}).config.data_processing.fps == 30.0
    assert {stat.S_IMODE(file.stat().st_mode) for file in (saved, backup(saved))} == {0o640}


def test_a_name_that_another_process_has_just_taken_is_not_overwritten(tmp_path: Path) -> None:
    broken, taken = tmp_path / "broken", tmp_path / "taken"
    broken.write_text("{", encoding="utf-8")
    taken.write_text("other", encoding="utf-8")
    with pytest.raises(FileExistsError):
        move_to_new_name(broken, taken)
    assert (broken.read_text(encoding="utf-8"), taken.read_text(encoding="utf-8")) == ("{", "other")


def test_what_a_killed_save_left_is_swept_up_later_but_not_what_is_being_written_now(saved: Path) -> None:
    old, new = (saved.with_name(f".fem_config.json.{name}.tmp") for name in ("0ld", "new"))
    for file in (old, new):
        file.write_bytes(b"{")
    os.utime(old, (time.time() - 3600,) * 2)
    save_config(saved, {"data_processing.fps": 30})
    assert (old.exists(), new.exists()) == (False, True)


CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "data_processing.fps": st.integers(1, 240) | st.floats(1, 240),
        "peak_detection.threshold": st.floats(0, 255),
        "peak_detection.mode": st.sampled_from(["adaptive", "fixed"]),
        "roi_capture.legacy_roi": st.none() | st.just({"x1": 0, "y1": 0, "x2": 9, "y2": 9}),
        "roi_capture.large_roi": st.none() | st.just({"x1": 1, "y1": 1, "x2": 90, "y2": 90, "frame_rate": 0.5}),
        "logging.level": st.sampled_from(["DEBUG", "ERROR"]),
    },
)


@given(steps=st.lists(CHANGES, max_size=4))
def test_after_any_saves_the_last_value_of_each_counts(
    tmp_path_factory: pytest.TempPathFactory, steps: list[dict[str, Any]]
) -> None:
    path = tmp_path_factory.mktemp("steps") / "fem_config.json"
    wanted: dict[str, Any] = {}
    for changes in steps:
        save_config(path, changes)
        wanted |= changes
    config = load_config(path if path.exists() else None, {}, {}).config.model_dump(exclude_none=True)
    for dotted, value in wanted.items():
        section, key = dotted.split(".")
        assert config[section].get(key) == value


def test_the_rois_are_got_and_set_by_the_names_of_the_documents(saved: Path) -> None:
    config = get_dual_roi_config(saved)
    assert (config.large_roi_frame_rate, config.small_roi_size, config.legacy_roi) == (3.0, (50, 50), None)
    legacy = RoiConfig(x1=0, y1=0, x2=200, y2=150)
    large = RoiConfig(x1=5, y1=5, x2=100, y2=100)
    wanted = DualRoiConfig(mode="single", large_roi=large, legacy_roi=legacy, frame_rate=8)
    assert set_dual_roi_config(wanted, saved) is True
    assert get_dual_roi_config(saved) == wanted
    assert '"name": "focus"' in saved.read_text(encoding="utf-8")


def test_the_documents_name_of_the_rate_is_taken_too() -> None:
    config = DualRoiConfig.model_validate({"mode": "dual", "small_roi_size": (50, 50), "large_roi_frame_rate": 8})
    assert config.large_roi_frame_rate == 8.0


def test_without_a_path_the_rois_are_those_of_the_users_own_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platformdirs.user_config_path", lambda *_, **__: tmp_path / "own")
    monkeypatch.chdir(tmp_path)
    assert get_dual_roi_config() == DualRoiConfig()
    set_dual_roi_config(DualRoiConfig(large_roi=RoiConfig(x1=5, y1=5, x2=100, y2=100)))
    assert get_dual_roi_config().large_roi == RoiConfig(x1=5, y1=5, x2=100, y2=100)
    assert [file.name for file in (tmp_path / "own").iterdir()] == ["fem_config.json"]


def test_a_legacy_roi_that_is_removed_does_not_come_back_under_its_old_name(path: Path) -> None:
    path.write_text('{"roi_capture": {"default_config": {"x1": 0, "y1": 0, "x2": 9, "y2": 9}}}', encoding="utf-8")
    assert set_dual_roi_config(DualRoiConfig(), path)
    assert get_dual_roi_config(path).legacy_roi is None


def test_the_rate_of_a_legacy_roi_is_changed_under_its_old_name(path: Path) -> None:
    path.write_text('{"roi_capture": {"default_config": {"x1": 0, "y1": 0, "x2": 9, "y2": 9}}}', encoding="utf-8")
    save_config(path, {"roi_capture.legacy_roi.frame_rate": 2.5})
    assert get_dual_roi_config(path).legacy_roi == RoiConfig(x1=0, y1=0, x2=9, y2=9, frame_rate=2.5)
    assert "legacy_roi" not in path.read_text(encoding="utf-8")


SAVING = """
import sys
from pathlib import Path
from nhem_qt.config import save_config
path = Path(sys.argv[1])
for count in range(1_000_000):
    save_config(path, {"data_processing.buffer_size": 1 + count % 1000, "roi_capture.frame_rate": 1 + count % 99})
    if count == 0:
        print("ready", flush=True)
"""


def test_a_process_that_is_killed_while_it_saves_leaves_a_whole_file(saved: Path) -> None:
    for count in range(5):
        with subprocess.Popen([sys.executable, "-c", SAVING, str(saved)], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            time.sleep(0.02 + 0.013 * count)  # somewhere in the midst of a save
            process.send_signal(signal.SIGKILL)
        for file in (saved, backup(saved)):
            loaded = load_config(file, {}, {})
            assert loaded.problems == ()
            large_roi = loaded.config.roi_capture.large_roi
            assert large_roi is not None
            assert large_roi.roi == Roi(10, 20, 410, 320)
