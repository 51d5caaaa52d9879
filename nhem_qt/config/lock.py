"""The lock before the configuration: who wants to change it needs the password, if there is one."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from nhem_qt.config.credential import HASH_KEY, Credential, hashed_password
from nhem_qt.config.errors import ConfigError
from nhem_qt.config.load import own_config_path
from nhem_qt.config.save import save_config

if TYPE_CHECKING:
    from pathlib import Path

    from nhem_qt.config.load import LoadedConfig

_MAX_DELAY_S = 60.0


class Lock:
    """Whether the configuration may be changed now; all times are seconds of one monotonic clock.

    The lock keeps honest people from changes by mistake: who may write the file may also remove the password from it.
    Wrong tries are counted for this run of the program: 1 s, 2 s, 4 s and so on, up to 60 s, pass until the next one.
    """

    def __init__(self, credential: Credential, path: Path) -> None:
        self._credential = credential
        self._path = path
        self._open_until_s = -math.inf
        self._wrong_tries = 0
        self._next_try_s = -math.inf

    @classmethod
    def of(cls, loaded: LoadedConfig) -> Lock:
        """Return the lock of a configuration; a first password is saved to its file, or to the user's own."""
        return cls(loaded.credential, loaded.path or own_config_path())

    def __repr__(self) -> str:
        return f"Lock(is_set={self.is_set})"

    @property
    def is_set(self) -> bool:
        """Whether there is a password at all."""
        return self._credential.is_set

    def is_locked(self, now_s: float) -> bool:
        """Whether a change needs the password."""
        return self.is_set and now_s >= self._open_until_s

    def wait_s(self, now_s: float) -> float:
        """Return how long no try counts, after wrong ones."""
        return max(0.0, self._next_try_s - now_s)

    def open_s(self, now_s: float) -> float:
        """Return how long the lock stays open; infinite for the rest of the run and where there is no password."""
        return max(0.0, self._open_until_s - now_s) if self.is_set else math.inf

    def unlock(self, password: str, now_s: float, for_s: float = math.inf) -> bool:
        """Open the lock for so long, by default for the rest of the run; returns whether the password is right.

        While `wait_s` is above 0 nothing is tried, not even the right password.
        """
        if self.wait_s(now_s) > 0:
            return False
        if not self._credential.fits(password):
            self._wrong_tries += 1
            self._next_try_s = now_s + min(_MAX_DELAY_S, 2.0 ** min(self._wrong_tries - 1, 30))
            return False
        self._wrong_tries = 0
        self._open_until_s = now_s + for_s
        return True

    def lock(self) -> None:
        """Close the lock again."""
        self._open_until_s = -math.inf

    def set_password(self, password: str, now_s: float) -> None:
        """Save a first or another password; who sets one has the lock open for the rest of the run.

        Raises ConfigError if the lock is closed, the password is empty, or the file cannot be written.
        """
        if not password:
            raise ConfigError("The password is empty: give at least one character, or remove the password")
        self._save(hashed_password(password), now_s)
        self._open_until_s = math.inf

    def remove_password(self, now_s: float) -> None:
        """Remove the password for good; raises ConfigError if the lock is closed or the file cannot be written."""
        self._save(None, now_s)

    def _save(self, hashed: str | None, now_s: float) -> None:
        if self.is_locked(now_s):
            raise ConfigError("The configuration is locked: unlock it with the password first")
        save_config(self._path, {HASH_KEY: hashed})
        self._credential = Credential(hashed)
