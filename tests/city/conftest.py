"""A copy of Jieyang's pack that a test may break."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from yunshu.config import env

JIEYANG = env.ROOT / "cities/jieyang"

Edit = Callable[[str, str, str], None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a fresh copy of the pack."""
    return Path(shutil.copytree(JIEYANG, tmp_path / "pack"))


@pytest.fixture
def edit(folder: Path) -> Edit:
    """Return a function that replaces the first ``old`` by ``new`` in a file of the copy; ``old`` must be there."""

    def replace(file: str, old: str, new: str) -> None:
        path = folder / file
        text = path.read_text()
        assert old in text, f"{old!r} is not in {file}"
        path.write_text(text.replace(old, new, 1))

    return replace
