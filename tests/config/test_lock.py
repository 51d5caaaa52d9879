"""The password: kept as a hash, never shown, and what it locks."""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from nhem_qt.config import ConfigError, LoadedConfig, Lock, check, load_config, save_config, shown
from nhem_qt.config.credential import Credential, hashed_password, read_credential

if TYPE_CHECKING:
    from pathlib import Path

CLEAR = '{\n  "security": {\n    "password": "31415",\n    "hint": "pi"\n  }\n}\n'
HASH = hashed_password("secret")


def load(path: Path) -> LoadedConfig:
    return load_config(path, {}, {})


@pytest.fixture
def lock(path: Path) -> Lock:
    path.write_text(CLEAR, encoding="utf-8")
    return Lock.of(load(path))


def all_bytes(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in path.parent.iterdir())


def test_a_hash_names_its_parameters_and_has_a_salt_of_its_own() -> None:
    kind, n, r, p, salt, digest = HASH.split("$")
    assert (kind, n, r, p) == ("scrypt", "16384", "8", "1")
    assert (len(salt), len(digest)) == (24, 44)
    assert hashed_password("secret") != HASH
    assert Credential(HASH).fits("secret")
    assert not Credential(HASH).fits("Secret")


def test_a_hash_with_other_parameters_is_understood() -> None:
    digest = base64.b64encode(hashlib.scrypt(b"secret", salt=b"salt", n=1024, r=4, p=2)).decode()
    other = f"scrypt$1024$4$2$c2FsdA==${digest}"
    assert Credential(other).fits("secret")
    assert not Credential(other).fits("Secret")
    assert read_credential({"security": {"password_hash": other}})[1] == []


def test_the_same_characters_fit_however_they_are_composed() -> None:
    assert Credential(hashed_password("caf\u00e9")).fits("cafe\u0301")


@pytest.mark.parametrize(
    "damaged",
    ["x", "scrypt$", HASH[:40], HASH.replace("scrypt", "md5"), HASH.replace("$16384$", "$16383$"), "$" * 5]
    + [HASH.replace("$16384$8$", f"${cost}$8$") for cost in (2**40, 2**20, 0, -2, 1)]
    + [HASH.replace("$8$1$", f"$8${parallel}$") for parallel in (0, -1, 10**9)],
)
def test_a_damaged_hash_keeps_the_lock_closed_and_says_how_to_open_it(path: Path, damaged: str) -> None:
    path.write_text(json.dumps({"security": {"password_hash": damaged}}), encoding="utf-8")
    loaded = load(path)
    assert Lock.of(loaded).is_locked(0.0)
    assert not Lock.of(loaded).unlock("secret", 0.0)
    (problem,) = loaded.problems
    assert problem == (
        "security.password_hash: it is damaged, so that no password fits; write a new one as security.password"
    )


@pytest.mark.parametrize("content", [{}, {"security": {}}, {"security": {"password": ""}}, {"security": None}])
def test_without_a_password_nothing_is_locked(path: Path, content: object) -> None:
    path.write_text(json.dumps(content), encoding="utf-8")
    lock = Lock.of(load(path))
    assert load(path).problems == ()
    assert not lock.is_set
    assert not lock.is_locked(0.0)
    assert lock.open_s(0.0) == math.inf


@pytest.mark.parametrize("content", [{"security": 5}, {"security": {"password": ["31415"]}}])
def test_what_is_no_password_is_named_without_being_shown(path: Path, content: object) -> None:
    path.write_text(json.dumps(content), encoding="utf-8")
    (problem,) = check(path)
    assert problem.startswith("security")
    assert "31415" not in problem


def test_a_clear_text_of_a_predecessor_locks_too_and_is_told(path: Path, lock: Lock) -> None:
    assert lock.is_set
    assert lock.is_locked(0.0)
    assert lock.unlock("31415", 0.0)
    assert any("security.password is readable" in notice for notice in load(path).notices)


def test_a_number_is_a_password_too(path: Path) -> None:
    path.write_text('{"security": {"password": 31415}}', encoding="utf-8")
    assert Lock.of(load(path)).unlock("31415", 0.0)


def test_any_save_replaces_the_clear_text_by_its_hash_and_leaves_none_behind(path: Path, lock: Lock) -> None:
    assert lock.is_set
    save_config(path, {"data_processing.fps": 30})
    assert b"31415" not in all_bytes(path)
    loaded = load(path)
    assert loaded.credential.clear is None
    assert loaded.credential.fits("31415")
    assert json.loads(path.read_text(encoding="utf-8"))["security"]["hint"] == "pi"
    backup = load(path.with_name("fem_config.json.bak"))
    assert backup.credential.fits("31415")
    assert backup.config.data_processing.fps == 45.0


def test_a_save_that_changes_nothing_else_replaces_the_clear_text_as_well(path: Path, lock: Lock) -> None:
    assert lock.is_set
    save_config(path, {})
    assert b"31415" not in all_bytes(path)


def test_a_clear_text_written_beside_a_hash_sets_a_forgotten_password_anew(path: Path) -> None:
    path.write_text(json.dumps({"security": {"password": "new", "password_hash": HASH}}), encoding="utf-8")
    assert load(path).credential.fits("new")
    assert not load(path).credential.fits("secret")
    save_config(path, {})
    assert load(path).credential.fits("new")
    assert b'"new"' not in all_bytes(path)


def test_a_clear_text_that_stands_twice_is_replaced_twice(path: Path) -> None:
    path.write_text('{"security": {"password": "31415"}, "security": {"password": "27182"}}', encoding="utf-8")
    save_config(path, {})
    assert load(path).credential.fits("27182")
    assert b"31415" not in all_bytes(path)
    assert b"27182" not in all_bytes(path)


def test_the_lock_opens_for_a_time_or_for_the_whole_run(lock: Lock) -> None:
    assert lock.unlock("31415", 100.0, for_s=60.0)
    assert lock.open_s(130.0) == 30.0
    assert [lock.is_locked(now_s) for now_s in (100.0, 159.9, 160.0)] == [False, False, True]
    assert lock.unlock("31415", 200.0)
    assert not lock.is_locked(1e9)
    lock.lock()
    assert lock.is_locked(200.0)


def test_wrong_tries_slow_down_and_the_right_one_ends_that(lock: Lock) -> None:
    now_s, waits = 0.0, []
    for _ in range(9):
        assert not lock.unlock("wrong", now_s)
        waits.append(lock.wait_s(now_s))
        assert not lock.unlock("31415", now_s), "nothing is tried before its time"
        assert lock.wait_s(now_s) == waits[-1], "and that is no wrong try"
        now_s += waits[-1]
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert lock.unlock("31415", now_s)
    lock.lock()
    lock.unlock("wrong", now_s)
    assert lock.wait_s(now_s) == 1.0


def test_after_thousands_of_wrong_tries_the_wait_is_a_minute(lock: Lock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Credential, "fits", lambda *_: False)
    for count in range(3000):
        lock.unlock("wrong", count * 60.0)
    assert lock.wait_s(2999 * 60.0) == 60.0


def test_a_password_is_set_changed_and_removed(path: Path) -> None:
    lock = Lock.of(replace(load_config(None, {}, {}), path=path))
    lock.set_password("first", 0.0)
    assert not lock.is_locked(1e9), "who sets it knows it"
    assert not Lock.of(load(path)).unlock("second", 0.0)
    lock.set_password("second", 0.0)
    again = Lock.of(load(path))
    with pytest.raises(ConfigError, match="The configuration is locked: unlock it"):
        again.set_password("third", 0.0)
    with pytest.raises(ConfigError, match="The configuration is locked: unlock it"):
        again.remove_password(0.0)
    assert again.unlock("second", 0.0)
    again.remove_password(0.0)
    assert not again.is_set
    assert not load(path).credential.is_set
    assert b"first" not in all_bytes(path)
    assert b"second" not in all_bytes(path)


def test_setting_and_removing_a_password_leave_no_clear_text_of_a_predecessor(path: Path, lock: Lock) -> None:
    lock.unlock("31415", 0.0)
    lock.remove_password(0.0)
    assert not load(path).credential.is_set
    assert b"31415" not in all_bytes(path)
    lock.set_password("27182", 0.0)
    assert load(path).credential.fits("27182")


def test_an_empty_password_is_refused(lock: Lock) -> None:
    lock.unlock("31415", 0.0)
    with pytest.raises(ConfigError, match="The password is empty"):
        lock.set_password("", 0.0)


def test_no_text_shows_the_password_or_its_hash(path: Path, lock: Lock, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    texts = [repr(lock), str(lock)]
    for content in (CLEAR, json.dumps({"security": {"password_hash": HASH}})):
        path.write_text(content, encoding="utf-8")
        loaded = load(path)
        texts += [repr(loaded), str(loaded), repr(loaded.credential), loaded.config.model_dump_json()]
        texts += [*shown(loaded), *loaded.problems, *loaded.notices]
    text = "\n".join(texts) + caplog.text
    assert "31415" not in text
    assert "scrypt" not in text
    assert HASH[-20:] not in text
