"""Files that hold what no session can: found by every command, told in one line."""

from __future__ import annotations

import contextlib
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nhem_qt.cli import main
from nhem_qt.session import KeptSession, SessionState, SessionStore, StoreError, export_kept, read_digest, summary_of
from nhem_qt.session.schema import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from nhem_qt.detection import Peak
    from nhem_qt.monitor import Sample
    from nhem_qt.session import SessionInfo

PATIENCE_S = 60.0

INFOS = {
    "rate_hz": ("0", "-45.0", '"fast"', "null", "NaN", "Infinity", "1e300", "true", "[45]"),
    "buffer_size": ('"many"', "0", "-1", "1000000000000", "2.5", "null"),
    "source": ('"moon"', "7", "null", "[]"),
    "mode": ('"triple"', "null", "{}"),
    "roi": ('"everywhere"', '"5,5,5,5"', "null", "[1, 2, 3, 4]"),
    "small_roi": ('"1,2"', "3"),
    "detector": ("[]", '"adaptive"', "null"),
    "started_at": ('"yesterday"', "0", "null", '"2024-05-17T23:59:58"', '"9998-12-31T00:00:00+00:00"'),
    "ended_at": ('"tomorrow"', "5", '"2024-05-17T23:59:58"'),
    "recorded_at": ('"tomorrow"', "5", '"9998-12-31T00:00:00+00:00"'),
    "session_id": ("5", "null"),
    "name": ("5", "null"),
    "note": ("[]",),
    "sample_count": ('"all"', "-1", "1.5"),
    "dropped_ticks": ('"none"', "-3"),
    "monotonic_s": ('"now"', "NaN"),
    "checksum": ("12",),
    "health": ("[]", '"good"', '{"rate_hz": NaN}'),
}
# In every row, so that the list sees it as well: in the middle of a long session it would not look.
SAMPLES = {
    "t_s": ("'noon'", "NULL", "9e999", "-9e999", "1e300", "x'00'"),
    "gray": ("'bright'", "9e999", "x'00'", "''"),
    "gray_large": ("'bright'",),
    "baseline": ("'low'",),
    "threshold": ("x'00'",),
    "in_peak_region": ("'yes'", "NULL"),
    "peak_color": ("'blue'",),
    "peak_confidence": ("'sure'",),
    "source": ("'moon'", "NULL", "3"),
    "status": ("'fine'", "NULL"),
    "notice": ("'odd'",),
}
PEAKS = {
    "color": ("'blue'", "NULL", "1"),
    "mode": ("NULL", "1"),
    **{name: ("'much'", "NULL", "9e999") for name in COLUMNS["peak"] if name not in {"peak_index", "color", "mode"}},
}


def setting(table: str, cells: dict[str, tuple[str, ...]]) -> list[str]:
    return [f"UPDATE {table} SET [{name}] = {value}" for name, values in cells.items() for value in values]  # noqa: S608


def telling(key: str, value: str) -> str:
    return f"INSERT OR REPLACE INTO session VALUES ('{key}', '{value}')"  # noqa: S608


DAMAGES = [
    *(telling(key, value) for key, values in INFOS.items() for value in values),
    "DELETE FROM session WHERE key = 'rate_hz'",
    telling("mode", "not JSON"),
    telling("detector", "[" * 100_000),
    *setting("sample", SAMPLES),
    *setting("peak", PEAKS),
    "DROP TABLE sample",
    "ALTER TABLE peak DROP COLUMN color",
]
# Seen when they are exported: a list of all sessions does not read them.
HIDDEN = [
    "UPDATE sample SET gray = 'bright' WHERE frame_index = 400",
    "UPDATE sample SET baseline = 'low' WHERE frame_index = 400",
    "UPDATE mark SET note = x'00'",
    "UPDATE transition SET new_state = 'odd'",
    "UPDATE transition SET reason = 5",
    "UPDATE picture SET png = 5 WHERE peak_index = 0",
    "UPDATE picture SET roi = 'everywhere'",
    "UPDATE picture SET gray = 'bright'",
    "INSERT INTO change VALUES (1.0, 'mode', '\"triple\"')",
    "INSERT INTO change VALUES (1.0, 'roi', 'null')",
    "INSERT INTO change VALUES (1.0, 'detector', '5')",
    "INSERT INTO change VALUES (1.0, 'stride', '0')",
    "INSERT INTO change VALUES (1.0, 'stride', '1.5')",
    "INSERT INTO change VALUES ('noon', 'mode', '\"dual\"')",
]


def damage(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(statement)
        connection.commit()


def told(path: Path, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, list[str]]:
    arguments = ["export", path.stem, "--out", str(path.parent / "out"), "--data-dir", str(path.parent), *options]
    code = main(arguments)
    shown = capsys.readouterr()
    assert shown.out == ""
    return code, shown.err.splitlines()


@pytest.mark.parametrize("statement", [*DAMAGES, *HIDDEN])
@pytest.mark.parametrize("options", [(), ("--report",)], ids=["export", "report"])
def test_a_damaged_file_is_told_in_one_line_and_nothing_is_written(
    kept_demo: Path, capsys: pytest.CaptureFixture[str], statement: str, options: tuple[str, ...]
) -> None:
    damage(kept_demo, statement)
    code, lines = told(kept_demo, capsys, *options)
    assert (code, len(lines)) == (1, 1)
    assert f"{kept_demo.name} is no session of this program or is damaged" in lines[0]
    assert not (kept_demo.parent / "out").exists()


@pytest.mark.parametrize("statement", DAMAGES)
def test_a_damaged_file_is_listed_as_damaged(
    kept_demo: Path, capsys: pytest.CaptureFixture[str], statement: str
) -> None:
    damage(kept_demo, statement)
    assert main(["sessions", "--data-dir", str(kept_demo.parent)]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(f"{kept_demo.stem}  damaged: ")
    summary = summary_of(kept_demo)
    assert summary is not None
    assert summary.state is SessionState.DAMAGED


@pytest.mark.parametrize("statement", ["UPDATE rejection SET reason = 'odd'", "UPDATE notice SET text = x'00'"])
def test_a_report_of_a_file_with_other_damage_is_an_error(
    kept_demo: Path, capsys: pytest.CaptureFixture[str], statement: str
) -> None:
    damage(kept_demo, "INSERT INTO rejection VALUES (1, 2, 'too short', 0.1, 0.2, 1.0, 3.0)")
    damage(kept_demo, "INSERT INTO notice VALUES (1.0, 'told', 1)")
    assert told(kept_demo, capsys, "--report") == (0, [])
    damage(kept_demo, statement)
    code, lines = told(kept_demo, capsys, "--report")
    assert (code, len(lines)) == (1, 1)


VALUES = st.none() | st.integers(-(2**63), 2**63 - 1) | st.floats() | st.text(max_size=5) | st.binary(max_size=5)
CELLS = st.sampled_from(sorted({*COLUMNS} - {"session"})).flatmap(
    lambda table: st.tuples(st.just(table), st.sampled_from(COLUMNS[table]), VALUES)
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(CELLS)
def test_whatever_stands_in_a_cell_a_session_is_exported_or_told_to_be_damaged(
    tmp_path_factory: pytest.TempPathFactory,
    info: SessionInfo,
    sample_of: Callable[..., Sample],
    peak_of: Callable[..., Peak],
    cell: tuple[str, str, object],
) -> None:
    table, column, value = cell
    folder = tmp_path_factory.mktemp("cells")
    store = SessionStore(folder, info)
    for index in range(90):
        store.put(sample_of(index, peak=peak_of(decided_frame=80) if index == 80 else None, rejected=index == 50))
    assert store.close(PATIENCE_S)
    with closing(sqlite3.connect(store.path)) as connection:
        connection.execute("INSERT INTO notice VALUES (1.0, 'told', 1)")
        connection.execute("INSERT INTO mark VALUES (1.0, 'told')")
        connection.execute("INSERT INTO change VALUES (1.0, 'mode', '\"dual\"')")
        connection.execute("INSERT INTO transition VALUES (1.0, 'success', 'partial', 'told')")
        try:
            row = 20 if table == "sample" else 1
            connection.execute(f"UPDATE {table} SET [{column}] = ? WHERE rowid = {row}", (value,))  # noqa: S608
        except sqlite3.IntegrityError:
            return  # a key takes whole numbers only
        connection.commit()
    with contextlib.suppress(StoreError):
        export_kept(store.path, folder / "out", report=True)
        read_digest(store.path)


def test_a_file_that_is_gone_is_said_to_be_gone(kept_demo: Path) -> None:
    kept_demo.unlink()
    with pytest.raises(StoreError, match=r"\.sqlite is gone, it was deleted or moved: choose another one"):
        KeptSession(kept_demo)
