"""Starts the program: `python -m nhem_qt`."""

import sys

from nhem_qt.cli import main

if __name__ == "__main__":
    sys.exit(main())
