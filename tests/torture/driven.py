"""The program with somebody at its window: `driven.py EVENTS ARGUMENT...`.

EVENTS is such as `700:about,1500:close`: what is done how many milliseconds after the window was made. `close` is the
same as the button in the window's frame, and tells when that was; all else is a command of the menus, or `export`.
"""

from __future__ import annotations

import signal
import sys
import time
from functools import partial
from typing import TYPE_CHECKING

from nhem_qt.__main__ import main

if TYPE_CHECKING:
    from nhem_qt.ui.main_window import MainWindow


def act(window: MainWindow, what: str) -> None:
    session = window.monitoring.session
    if what == "close":
        print(f"closed {time.monotonic()}", flush=True)  # noqa: T201 - whoever watches reads it
        window.close()
    elif what == "export":
        if session is not None and session.kept_path is not None:
            window.exporting.write(session.kept_path.parent / "exported", session)
    else:
        window._actions[what].trigger()


def drive(events: list[tuple[int, str]]) -> None:
    """Let the window that will be made do all this."""
    from PySide6.QtCore import QTimer  # noqa: PLC0415 - as late as the program loads it

    from nhem_qt.ui import app  # noqa: PLC0415 - see above

    class Driven(app.MainWindow):
        def __init__(self, *arguments: object) -> None:
            super().__init__(*arguments)
            for at_ms, what in events:
                QTimer.singleShot(at_ms, self, partial(act, self, what))

    app.MainWindow = Driven


# As the program does it: a wish to stop waits until all is loaded.
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
drive([(int(at), what) for at, _, what in (event.partition(":") for event in sys.argv.pop(1).split(","))])
sys.exit(main())
