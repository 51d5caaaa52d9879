"""Starts the program: `nhem-qt` and `python -m nhem_qt`."""

import signal
import sys


def main() -> int:
    """Run the program; returns its exit code."""
    if sys.platform != "win32":
        # Loading takes half a second. A wish to stop that comes meanwhile waits until somebody can heed it.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    from nhem_qt.cli import main as run  # noqa: PLC0415 - this is what takes so long

    return run()


if __name__ == "__main__":
    sys.exit(main())
