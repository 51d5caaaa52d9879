"""The configuration under conditions that take long or need a real disk."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nhem_qt.config import ConfigError, load_config, save_config

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.torture, pytest.mark.skipif(os.name == "nt", reason="needs fork, kill -9 and tmpfs")]

EXAMPLE = Path(__file__).parents[1] / "config" / "examples" / "dual.json"
NOBODY = 65534

# Forks, for starting Python anew a thousand times would measure that. Prints one line per broken state.
KILLING = """
import os, random, signal, sys, time
from pathlib import Path
from nhem_qt.config import load_config, save_config

path = Path(sys.argv[1])
saves = [{"data_processing.buffer_size": count, "roi_capture.frame_rate": 1 + count % 99} for count in range(1, 50_000)]
for kill in range(int(sys.argv[2])):
    child = os.fork()
    if child == 0:
        for changes in saves:
            save_config(path, changes)
    time.sleep(random.uniform(0.002, 0.02))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    for file in (path, path.with_name(path.name + ".bak")):
        if not file.exists() and file != path:
            continue
        loaded = load_config(file, {}, {}, set_aside=False)
        if loaded.problems or loaded.config.roi_capture.large_roi is None:
            print(kill, file.name, file.stat().st_size, loaded.problems)
print("done", len(list(path.parent.glob(".*.tmp"))))
"""


def test_a_thousand_kills_during_saves_never_leave_a_broken_or_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "fem_config.json"
    path.write_bytes(EXAMPLE.read_bytes())
    done = subprocess.run(
        [sys.executable, "-c", KILLING, str(path), "1000"], capture_output=True, text=True, check=True, timeout=900
    )
    last, left = done.stdout.split()
    assert last == "done", done.stdout
    # Temporary files that were left show that kills came in the midst of saves; an hour later they are swept up.
    assert int(left) > 0
    for temporary in tmp_path.glob(".*.tmp"):
        os.utime(temporary, (0, 0))
    save_config(path, {"data_processing.fps": 30})
    assert sorted(file.name for file in tmp_path.iterdir()) == ["fem_config.json", "fem_config.json.bak"]


def command(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"there is no {name} here")
    return path


def fill_disk(path: Path) -> None:
    with path.open("wb", buffering=0) as filler, contextlib.suppress(OSError):
        while True:
            filler.write(b"x" * 512)


@contextlib.contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    mount = subprocess.run(
        [command("mount"), "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mount.returncode != 0:
        pytest.skip("mounting a small disk is not allowed here")
    try:
        yield folder
    finally:
        subprocess.run([command("umount"), str(folder)], check=True)


def test_a_disk_that_is_really_full_loses_nothing_and_leaves_nothing(tmp_path: Path) -> None:
    with small_disk(tmp_path, "64k") as folder:
        path = folder / "fem_config.json"
        path.write_bytes(EXAMPLE.read_bytes())
        save_config(path, {"data_processing.fps": 30})
        before = {file.name: file.read_bytes() for file in folder.iterdir()}
        fill_disk(folder / "filler")
        with pytest.raises(ConfigError, match="the disk is full: free some space, then try again"):
            save_config(path, {"data_processing.fps": 31})
        (folder / "filler").unlink()
        assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
        save_config(path, {"data_processing.fps": 31})
        assert load_config(path, {}, {}).config.data_processing.fps == 31.0


SAVING = """
import os, sys
from pathlib import Path
from nhem_qt.config import ConfigError, save_config
os.setuid(int(sys.argv[2]))
try:
    save_config(Path(sys.argv[1]), {"data_processing.fps": 31})
except ConfigError as error:
    print(error)
"""


def test_a_folder_that_is_really_read_only_is_told_and_loses_nothing() -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root, to become someone who may not write")
    # Not pytest's own folder: that only its owner may enter.
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "fem_config.json"
        path.write_bytes(EXAMPLE.read_bytes())
        Path(folder).chmod(0o755)
        done = subprocess.run(
            [sys.executable, "-c", SAVING, str(path), str(NOBODY)], capture_output=True, text=True, check=True
        )
        assert done.stdout == (
            "fem_config.json cannot be written, and what was there is kept; "
            "its folder is write-protected: allow writing there, then try again\n"
        )
        assert [file.read_bytes() for file in Path(folder).iterdir()] == [EXAMPLE.read_bytes()]
