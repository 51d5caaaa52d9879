"""samples.csv and peaks.csv."""

from __future__ import annotations

import csv
import datetime as dt
import errno
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nhem_qt.session import (
    ExportError,
    KeptSession,
    SessionStore,
    StoreError,
    export_names,
    make_folder,
    peak_cells,
    sample_cells,
    write_bytes,
    write_peaks_csv,
    write_samples_csv,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from nhem_qt.detection import Peak
    from nhem_qt.monitor import Sample
    from nhem_qt.session import SessionInfo

SAMPLES_HEADER = (
    "frame_index,t_s,timestamp,gray,gray_large,baseline,threshold,in_peak_region,"
    "peak_signal,peak_color,peak_confidence,source,status,notice"
)
PEAKS_HEADER = (
    "peak_index,color,confidence,start_frame,end_frame,peak_frame,decided_frame,start_s,end_s,duration_s,timestamp,"
    "baseline,threshold,peak_gray,pre_mean,post_mean,difference,difference_threshold,mode,source"
)
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d")
FLOATS = st.floats(-1e300, 1e300, allow_nan=False)


def written(path: Path, samples: list[Sample], info: SessionInfo) -> list[dict[str, str]]:
    write_samples_csv(path, [sample_cells(sample) for sample in samples], info)
    return read(path)


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_header_lines_are_those_of_the_contract(tmp_path: Path, info: SessionInfo) -> None:
    write_samples_csv(tmp_path / "samples.csv", [], info)
    write_peaks_csv(tmp_path / "peaks.csv", [], info)
    assert (tmp_path / "samples.csv").read_bytes() == f"{SAMPLES_HEADER}\n".encode()
    assert (tmp_path / "peaks.csv").read_bytes() == f"{PEAKS_HEADER}\n".encode()


def test_a_sample_is_one_line_with_empty_cells_for_what_is_missing(
    tmp_path: Path, info: SessionInfo, sample_of: Callable[..., Sample], peak_of: Callable[..., Peak]
) -> None:
    samples = [
        sample_of(0, 100.0, gray_large=98.25, baseline=None, threshold=None),
        sample_of(1, None, t_s=0.1),
        sample_of(95, 104.5, peak_of(), t_s=2.1111111, in_peak_region=True),
    ]
    write_samples_csv(tmp_path / "samples.csv", [sample_cells(sample) for sample in samples], info)
    assert (tmp_path / "samples.csv").read_text(encoding="utf-8").splitlines()[1:] == [
        "0,0.000000,2024-05-17T23:59:58.123+05:30,100.0,98.25,,,0,,,,demo,success,",
        "1,0.100000,2024-05-17T23:59:58.223+05:30,,,99.5,103.5,0,,,,demo,failed,",
        "95,2.111111,2024-05-18T00:00:00.234+05:30,104.5,,99.5,103.5,1,1,green,0.75,demo,success,",
    ]


def test_a_peak_is_one_line(tmp_path: Path, info: SessionInfo, peak_of: Callable[..., Peak]) -> None:
    write_peaks_csv(tmp_path / "peaks.csv", [peak_cells(peak_of(1)), peak_cells(peak_of(2, color="red"))], info)
    lines = (tmp_path / "peaks.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert lines[0] == (
        "1,green,0.75,45,74,50,95,1.0,1.6444444,0.6666667,2024-05-17T23:59:59.123+05:30,"
        "100.1,104.1,130.25,100.0,104.33333333333333,4.333333333333333,2.1,adaptive,demo"
    )
    assert lines[1].startswith("2,red,")
    assert len(lines) == 2


@given(st.lists(st.tuples(FLOATS, st.none() | FLOATS, st.none() | FLOATS), max_size=15))
def test_numbers_are_read_back_to_the_bit(
    tmp_path_factory: pytest.TempPathFactory,
    info: SessionInfo,
    sample_of: Callable[..., Sample],
    values: list[tuple[float, float | None, float | None]],
) -> None:
    samples = [
        sample_of(index, gray, baseline=baseline, threshold=large, gray_large=large)
        for index, (gray, baseline, large) in enumerate(values)
    ]
    rows = written(tmp_path_factory.getbasetemp() / "bits.csv", samples, info)

    def number(cell: str) -> float | None:
        return float(cell) if cell else None

    assert [(number(row["gray"]), number(row["baseline"]), number(row["threshold"])) for row in rows] == values
    assert [number(row["gray_large"]) for row in rows] == [large for _, _, large in values]


@given(st.floats(0, 1e7))
def test_times_have_6_decimals_and_timestamps_milliseconds_and_the_utc_offset(
    tmp_path_factory: pytest.TempPathFactory, info: SessionInfo, sample_of: Callable[..., Sample], t_s: float
) -> None:
    (row,) = written(tmp_path_factory.getbasetemp() / "times.csv", [sample_of(0, t_s=t_s)], info)
    assert re.fullmatch(r"\d+\.\d{6}", row["t_s"])
    assert float(row["t_s"]) == round(t_s, 6)
    assert TIMESTAMP.fullmatch(row["timestamp"])
    moment = dt.datetime.fromisoformat(row["timestamp"])
    assert moment.utcoffset() == dt.timedelta(hours=5, minutes=30)
    assert abs((moment - info.started_at).total_seconds() - t_s) < 0.002


def test_peaks_have_one_signal_row_each(
    tmp_path: Path, info: SessionInfo, sample_of: Callable[..., Sample], peak_of: Callable[..., Peak]
) -> None:
    samples = [sample_of(index, peak=peak_of(index) if index % 40 == 30 else None) for index in range(120)]
    rows = written(tmp_path / "samples.csv", samples, info)
    assert [int(row["frame_index"]) for row in rows if row["peak_signal"] == "1"] == [30, 70, 110]
    assert {row["peak_signal"] for row in rows} == {"", "1"}
    for row in rows:
        assert bool(row["peak_color"]) == bool(row["peak_confidence"]) == bool(row["peak_signal"])


def test_what_is_exported_from_the_disk_is_what_is_exported_from_memory(
    tmp_path: Path, info: SessionInfo, sample_of: Callable[..., Sample], peak_of: Callable[..., Peak]
) -> None:
    samples = [sample_of(index, 100 + index / 7, peak_of(1) if index == 95 else None) for index in range(200)]
    store = SessionStore(tmp_path / "data", info)
    for sample in samples:
        store.put(sample)
    assert store.close()
    with KeptSession(store.path) as kept:
        write_samples_csv(tmp_path / "disk.csv", kept.sample_cells(), kept.info)
        write_peaks_csv(tmp_path / "disk_peaks.csv", kept.peak_cells(), kept.info)
    written(tmp_path / "memory.csv", samples, info)
    write_peaks_csv(tmp_path / "memory_peaks.csv", [peak_cells(peak_of(1))], info)
    assert (tmp_path / "disk.csv").read_bytes() == (tmp_path / "memory.csv").read_bytes()
    assert (tmp_path / "disk_peaks.csv").read_bytes() == (tmp_path / "memory_peaks.csv").read_bytes()


# --- all or nothing


def rows_until(sample: Sample, error: BaseException) -> Iterator[tuple[str | int | float | None, ...]]:
    for _ in range(10_000):
        yield sample_cells(sample)
    raise error


FULL = OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_leaves_nothing_and_says_what_to_do(
    tmp_path: Path, info: SessionInfo, sample_of: Callable[..., Sample]
) -> None:
    with pytest.raises(ExportError, match=r"samples\.csv cannot be written \(No space left on device\): choose"):
        write_samples_csv(tmp_path / "samples.csv", rows_until(sample_of(0), FULL), info)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("error", [FULL, StoreError("damaged"), KeyboardInterrupt()], ids=type)
def test_what_was_exported_before_stays_when_writing_anew_fails(
    tmp_path: Path, info: SessionInfo, sample_of: Callable[..., Sample], error: BaseException
) -> None:
    path = tmp_path / "samples.csv"
    path.write_text("before", encoding="utf-8")
    with pytest.raises((ExportError, StoreError, KeyboardInterrupt)):
        write_samples_csv(path, rows_until(sample_of(0), error), info)
    assert path.read_text(encoding="utf-8") == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_what_was_exported_before_is_replaced(
    tmp_path: Path, info: SessionInfo, sample_of: Callable[..., Sample]
) -> None:
    path = tmp_path / "samples.csv"
    written(path, [sample_of(index) for index in range(50)], info)
    assert len(written(path, [sample_of(0)], info)) == 1


def test_a_file_cannot_take_the_place_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "peaks.csv").mkdir()
    with pytest.raises(ExportError, match=r"peaks\.csv cannot be written"):
        write_bytes(tmp_path / "peaks.csv", b"text")
    assert [path.name for path in tmp_path.iterdir()] == ["peaks.csv"]


def test_a_folder_that_is_not_there_cannot_be_written_to(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="cannot be written"):
        write_bytes(tmp_path / "nowhere" / "a.txt", b"text")


def test_a_folder_is_made_with_its_parents_and_may_be_there_already(tmp_path: Path) -> None:
    for _ in range(2):
        make_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()


@pytest.mark.parametrize("name", ["file", "file/below"])
def test_where_a_file_is_in_the_way_no_folder_can_be_made(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(ExportError, match=r"cannot be written .*: choose another folder"):
        make_folder(tmp_path / name)


def test_a_folder_without_the_right_to_write_is_refused_before_anything_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(ExportError, match="cannot be written to: choose another folder"):
        make_folder(tmp_path)


def test_the_names_of_all_files_are_known() -> None:
    assert set(export_names()) == {
        *("samples.csv", "peaks.csv", "snapshot.json", "marks.csv", "curve.png", "curve.svg", "picture.png")
    }
