"""CSV files as spreadsheets write them are read rightly, and what cannot be read is named by its line."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from nhem_qt.analysis import CurveError
from nhem_qt.analysis.curve_file import open_curve
from nhem_qt.monitor import PictureNotice

if TYPE_CHECKING:
    from pathlib import Path

VALUES = [(0.0, 100.5), (0.1, 101.5), (0.2, 99.25)]
COMMA = "t_s,gray\n0,100.5\n0.1,101.5\n0.2,99.25\n"


def values(path: Path, rate_hz: float | None = None) -> list[tuple[float, float | None]]:
    with open_curve(path, rate_hz) as curve:
        return [(measured.t_s, measured.gray) for measured in curve.measurements]


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    "content",
    [
        COMMA,
        COMMA.encode("utf-8-sig"),
        COMMA.encode("utf-16"),
        b"\xfe\xff" + COMMA.encode("utf-16-be"),
        COMMA.replace("\n", "\r\n"),
        COMMA.replace("\n", "\r"),
        COMMA.rstrip("\n"),
        COMMA.replace(",", ";"),
        COMMA.replace(",", ";").replace(".", ","),
        COMMA.replace(",", "\t").replace(".", ","),
        "sep=;\n" + COMMA.replace(",", ";").replace(".", ","),
        '"t_s","gray"\n"0","100.5"\n"0.1","101.5"\n"0.2","99.25"\n',
        '"t_s";"gray"\r\n"0,0";"100,5"\r\n"0,1";"101,5"\r\n"0,2";"99,25"\r\n',
        "\n\nt_s,gray\n\n0,100.5\n\n0.1,101.5\n  \n,\n0.2,99.25\n\n",
        " t_s , gray \n 0, 100.5\n0.1, 101.5\n0.2 ,99.25 \n",
        COMMA.replace("\n", ",\n"),
        "gray,unit,t_s\n100.5,gray,0\n101.5,,0.1\n99.25,x,0.2\n",
        "t_s,gray,Gerät\n0,100.5,süß\n0.1,101.5,\n0.2,99.25,\n".encode("latin-1"),
        "t_s,gray,机器\n0,100.5,超声\n0.1,101.5,\n0.2,99.25,\n".encode("gb18030"),
        't_s,gray,note\n0,100.5,"two\nlines"\n0.1,101.5,\n0.2,99.25,\n',
    ],
)
def test_all_these_are_the_same_curve(tmp_path: Path, content: str | bytes) -> None:
    assert values(write(tmp_path / "curve.csv", content)) == VALUES


def test_frames_are_numbered_by_data_row_and_what_was_not_measured_is_left_out(tmp_path: Path) -> None:
    text = "t_s,gray,source\n0,100,demo\n\n0.1,,demo\n0.2,130,simulated\n0.3,101,demo\n"
    with open_curve(write(tmp_path / "curve.csv", text), None) as curve:
        assert [measured.frame_index for measured in curve.measurements] == [0, 3]


def test_blanks_around_the_cells_change_nothing(tmp_path: Path) -> None:
    text = (
        "t_s, gray, source, notice, timestamp\n"
        "0.0, 100.0, demo, black , 2026-01-31T12:00:00+01:00\n"
        "0.1, 130.0, simulated, , \n"
        '0.2, 130.0, "simulated", , \n'
        "0.3, 130.0, simulated , , \n"
        '0.4, " ", demo, , \n'
    )
    with open_curve(write(tmp_path / "curve.csv", text), None) as curve:
        (measured,) = curve.measurements
        assert (measured.gray, measured.notice) == (100.0, PictureNotice.BLACK)
        assert curve.began_at == dt.datetime.fromisoformat("2026-01-31T12:00:00+01:00")


def test_what_the_picture_showed_is_read_back_and_other_notices_are_not(tmp_path: Path) -> None:
    text = "t_s,gray,notice\n0,100,black\n0.1,100,\n0.2,100,patient moved\n0.3,100\n"
    with open_curve(write(tmp_path / "curve.csv", text), None) as curve:
        assert [measured.notice for measured in curve.measurements] == [PictureNotice.BLACK, None, None, None]


@pytest.mark.parametrize(
    ("text", "rate_hz"),
    [("gray\n100\n", 120.0), ("gray,note\n" + "100,\n,\n" * 50, 45.0), ("gray,note\n" + "100,\n,\n,\n" * 9, 1.0)],
)
def test_the_rate_that_is_given_for_rows_without_times_is_taken_as_it_is(
    tmp_path: Path, text: str, rate_hz: float
) -> None:
    with open_curve(write(tmp_path / "curve.csv", text), rate_hz) as curve:
        assert curve.rate_hz == rate_hz


def test_a_rate_is_not_used_where_the_rows_have_times(tmp_path: Path) -> None:
    with open_curve(write(tmp_path / "curve.csv", COMMA), 45.0) as curve:
        assert curve.rate_hz == 10.0


def test_rows_without_times_come_at_the_rate_that_is_given(tmp_path: Path) -> None:
    assert values(write(tmp_path / "curve.csv", "gray\n1\n2\n3\n"), 40.0) == [(0.0, 1.0), (0.025, 2.0), (0.05, 3.0)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a,b\n1,2\n", "curve.csv has no column gray: the first line must name the columns"),
        ("", "curve.csv has no column gray"),
        ("\n\n", "curve.csv has no column gray"),
        ("time;value\n1;2\n", "curve.csv has no column gray"),
        ("gray\n1\n", "curve.csv has no column t_s: give the rate of its rows with --rate"),
        ("t_s,gray\n", "curve.csv holds no measured row"),
        ("t_s,gray\n0,\n", "curve.csv holds no measured row"),
        ("t_s,gray\n0,1\n\n0.1,high\n", "curve.csv, line 4: gray is 'high', which is no number"),
        ("\nt_s,gray\nlater,1\n", "curve.csv, line 3: t_s is 'later', which is no number"),
        ("t_s,gray\n0,nan\n", "curve.csv, line 2: gray is 'nan'"),
        ("t_s,gray\n0,-inf\n", "curve.csv, line 2: gray is '-inf'"),
        ("t_s,gray\n0,1_0\n", "curve.csv, line 2: gray is '1_0'"),
        ('t_s,gray\n0,"1,5"\n', "curve.csv, line 2: gray is '1,5'"),
        ("t_s;gray\n0;1.234,5\n", "curve.csv, line 2: gray is '1.234,5'"),
        ("t_s,gray\n,5\n", "curve.csv, line 2: t_s is ''"),
        ("t_s,gray\n0,0,100,5\n", "curve.csv, line 2: more cells than the first line has columns"),
        ("t_s,gray\n0.2,5\n0.1,5\n", "curve.csv, line 3: t_s runs backwards"),
        ("t_s,gray\n0.1,5\n0.1,5\n", "t_s is the same in all of its rows"),
        ("t_s,gray\n0,0\n0.1,255\n0.2,255.01\n", "curve.csv, line 4: gray is '255.01', gray values are 0 to 255"),
        ("t_s,gray\n0,-1\n", "curve.csv, line 2: gray is '-1', gray values are 0 to 255"),
        ("t_s,gray\n0,5\n1e12,5\n", "curve.csv, line 3: t_s must be seconds"),
        ("t_s,gray\n0,5\n33,5\n66,5\n", "curve.csv: t_s must be seconds"),
        ('t_s,gray\n0,"' + "x" * 200_000 + "\n", "curve.csv, line 2: this is no CSV text"),
        ("\0" * 200_000, "curve.csv, line 1: this is no CSV text"),
        ('\n{"gray": "' + "x" * 200_000 + '"}', "curve.csv, line 2: this is no CSV text"),
        ("t_s,gray\n0,1e400\n", "curve.csv, line 2: gray is '1e400', which is no number"),
        ("t_s,gray\n0," + "high" * 10_000 + "\n", "curve.csv, line 2: gray is 'highhigh"),
        ("t_s,gray,timestamp\n1761209440000,5,2025-10-23T08:50:40Z\n", "curve.csv, line 2: t_s must be seconds"),
    ],
)
def test_what_is_no_curve_is_told_with_its_line(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(CurveError) as caught:
        values(write(tmp_path / "curve.csv", text))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 200


def test_a_text_in_utf_16_that_breaks_off_is_told(tmp_path: Path) -> None:
    with pytest.raises(CurveError, match=r"curve\.csv is no whole text in UTF-16"):
        values(write(tmp_path / "curve.csv", COMMA.encode("utf-16")[:-1]))


@pytest.mark.parametrize("name", ["missing.csv", "folder.csv"])
def test_what_is_no_file_is_told_with_its_path(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(CurveError, match=rf"{name} cannot be read \((No such file|Is a directory).*check the path"):
        values(tmp_path / name)


def test_the_curve_begins_when_its_timestamps_say(tmp_path: Path) -> None:
    text = "t_s,gray,timestamp\n0.5,100,2026-01-31T12:00:00.500+01:00\n0.6,100,\n"
    with open_curve(write(tmp_path / "curve.csv", text), None) as curve:
        assert curve.began_at == dt.datetime.fromisoformat("2026-01-31T12:00:00+01:00")


@pytest.mark.parametrize("timestamp", ["", "noon", "2026-01-31T12:00:00", "0001-01-01T00:00:00+00:00"])
def test_a_timestamp_that_is_no_moment_is_left_out(tmp_path: Path, timestamp: str) -> None:
    text = f"t_s,gray,timestamp\n0.1,100,{timestamp}\n0.2,100,\n"
    with open_curve(write(tmp_path / "curve.csv", text), None) as curve:
        assert curve.began_at is None


def test_a_long_curve_is_read_as_it_is_asked_for(tmp_path: Path) -> None:
    rows = [f"{index / 100},100" for index in range(100_000)]
    path = write(tmp_path / "curve.csv", "\n".join(["t_s,gray", *rows, "1000,spoilt"]))
    with open_curve(path, None) as curve:
        assert curve.rate_hz == 100.0
        measured = [next(curve.measurements) for _ in range(99_000)]
        assert measured[-1].t_s == 989.99
        with pytest.raises(CurveError, match="line 100002"):
            list(curve.measurements)


def test_times_that_were_rounded_to_the_same_now_and_then_are_read(tmp_path: Path) -> None:
    path = tmp_path / "curve.csv"
    path.write_text("t_s,gray\n" + "".join(f"{index / 120:.2f},100\n" for index in range(240)), encoding="utf-8")
    with open_curve(path, None) as curve:
        assert len(list(curve.measurements)) == 240
        assert curve.rate_hz == pytest.approx(120, rel=0.2)
