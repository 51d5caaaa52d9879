"""The password of a configuration: how it is kept in the file, and how a try is compared with it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

# 16 MB and some 50 ms for every try.
_COST, _BLOCK, _PARALLEL = 2**14, 8, 1
_MAX_MEMORY_BYTES = 2**26
_MAX_PARALLEL = 16
_MIN_DIGEST_BYTES = 16

CLEAR_KEY = "security.password"
HASH_KEY = "security.password_hash"


@dataclass(frozen=True, slots=True)
class Credential:
    """What the file knows of a password: its hash, or the clear text that predecessors wrote; neither is shown."""

    hashed: str | None = field(default=None, repr=False)
    clear: str | None = field(default=None, repr=False)

    @property
    def is_set(self) -> bool:
        """Whether there is a password."""
        return self.hashed is not None or self.clear is not None

    @property
    def notices(self) -> tuple[str, ...]:
        """What the user should know about it."""
        if self.clear is None:
            return ()
        return (f"{CLEAR_KEY} is readable by all who read the file: the next save replaces it by its hash",)

    def fits(self, password: str) -> bool:
        """Whether this is the password; takes the same time however wrong it is. A damaged hash fits none."""
        if self.clear is not None:
            return hmac.compare_digest(_plain(self.clear), _plain(password))
        return self.hashed is not None and _fits(self.hashed, password)


NO_CREDENTIAL = Credential()


def read_credential(content: Mapping[str, Any]) -> tuple[Credential, list[str]]:
    """Return the password of a file with this content, and what is wrong with it.

    A clear text counts before a hash: who wrote it beside one did so later, to set a forgotten password anew.
    """
    section = content.get("security")
    if section is None:
        return NO_CREDENTIAL, []
    if not isinstance(section, dict):
        return NO_CREDENTIAL, ["security: it should be an object (dictionary) of keys and values; it is not used"]
    clear, problems = _text(section, "password")
    hashed, more = _text(section, "password_hash")
    credential = Credential(hashed, clear)
    if clear is None and hashed is not None and _parts(hashed) is None:
        more.append(f"{HASH_KEY}: it is damaged, so that no password fits; write a new one as {CLEAR_KEY}")
    return credential, problems + more


def hashed_password(password: str) -> str:
    """Return `scrypt$N$r$p$salt$hash` (both Base64) with a salt of its own."""
    salt = secrets.token_bytes(16)
    digest = _digest(password, salt, (_COST, _BLOCK, _PARALLEL))
    coded = [base64.b64encode(raw).decode("ascii") for raw in (salt, digest)]
    return "$".join(["scrypt", str(_COST), str(_BLOCK), str(_PARALLEL), *coded])


def _text(section: Mapping[str, Any], key: str) -> tuple[str | None, list[str]]:
    value = section.get(key)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if value is None or value == "":
        return None, []
    if not isinstance(value, str):
        return None, [f"security.{key}: it should be a text; it is not used, and the configuration is not locked by it"]
    return value, []


def _fits(hashed: str, password: str) -> bool:
    parts = _parts(hashed)
    if parts is None:
        return False
    costs, salt, expected = parts
    return hmac.compare_digest(_digest(password, salt, costs, len(expected)), expected)


def _parts(hashed: str) -> tuple[tuple[int, int, int], bytes, bytes] | None:
    try:
        kind, *costs, salt, digest = hashed.split("$")
        cost, block, parallel = (int(number) for number in costs)
        raw = [base64.b64decode(coded, validate=True) for coded in (salt, digest)]
    except ValueError:
        return None
    power_of_two = cost > 1 and cost & (cost - 1) == 0
    # The file must not make a try take all memory or hours.
    bearable = block > 0 and 128 * cost * block <= _MAX_MEMORY_BYTES // 2 and 0 < parallel <= _MAX_PARALLEL
    usable = kind == "scrypt" and power_of_two and bearable and len(raw[1]) >= _MIN_DIGEST_BYTES
    return ((cost, block, parallel), raw[0], raw[1]) if usable else None


def _digest(password: str, salt: bytes, costs: tuple[int, int, int], length: int = 32) -> bytes:
    n, r, p = costs
    return hashlib.scrypt(_plain(password), salt=salt, n=n, r=r, p=p, maxmem=_MAX_MEMORY_BYTES, dklen=length)


def _plain(password: str) -> bytes:
    """Return the same bytes for the same characters, however a keyboard composes them."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
