"""Where the files that come with the program lie."""

from pathlib import Path


def shipped_path(name: str) -> Path:
    """Path of a file or folder that ships with the program, such as `resources/style.qss` or `fem_config.json`.

    A wheel carries them inside the package; in a checkout they stand beside it.
    """
    package = Path(__file__).parent
    packaged = package / "_shipped"
    return (packaged if packaged.is_dir() else package.parent) / name
