"""Takes the pictures of the README: `xvfb-run -s "-screen 0 1920x1080x24" python tests/pictures/take.py`."""

from __future__ import annotations

import tempfile
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from nhem_qt.capture import DemoSource, SourceChoice
from nhem_qt.config import FemConfig, LoadedConfig
from nhem_qt.frame import SourceKind
from nhem_qt.geometry import Roi
from nhem_qt.ui.app import dress
from nhem_qt.ui.main_window import MainWindow, WindowSetup
from nhem_qt.ui.region_dialog import RegionDialog

FOLDER = Path(__file__).parent
# By then the demo has shown emissions of both colours.
RUN_MS = 19_500


def take_window(app: QApplication, folder: Path) -> None:
    """Run the demo for a while and take the window as it is then."""
    window = MainWindow(WindowSetup(SourceChoice(SourceKind.DEMO), None, LoadedConfig(FemConfig(), None, ()), folder))
    window.resize(1440, 860)
    window.show()
    window.start()

    def take() -> None:
        window.grab().save(str(FOLDER / "window.png"))
        window.close()

    QTimer.singleShot(RUN_MS, window, take)
    app.exec()


def take_region_dialog(app: QApplication) -> None:
    """Take the selection of a region on a still of the demo."""
    source = DemoSource()
    dialog = RegionDialog(source.grab(source.bounds), Roi(150, 60, 570, 460))
    dialog.showNormal()
    dialog.resize(1440, 860)

    def take() -> None:
        dialog.grab().save(str(FOLDER / "region.png"))
        dialog.reject()

    QTimer.singleShot(500, dialog, take)
    app.exec()


def main() -> None:
    """Take them all."""
    app = QApplication([])
    dress(app)
    take_region_dialog(app)
    with tempfile.TemporaryDirectory() as folder:
        take_window(app, Path(folder))


if __name__ == "__main__":
    main()
