"""A log's files in a folder, laid out as they are served (c2sp.org/tlog-tiles): reading them, and adding to them.

The only module of the package that touches a disk. A file appears whole or not at all: it is written under another
name, synced, then renamed; ``sync`` then makes the renames last. Tiles are stored before the checkpoint that needs
them, so that whoever reads a checkpoint finds its tiles.
"""

import os
from collections.abc import Iterable
from pathlib import Path

from yunshu.lib.tlog.errors import TlogError
from yunshu.lib.tlog.tile_builder import TileFile
from yunshu.lib.tlog.tiles import CHECKPOINT_PATH, WIDTH, Tile


class LogFolder:
    """A ``TileReader`` over a folder, and the writing side for its one owner. ``durable``: sync every file."""

    def __init__(self, path: Path, *, durable: bool = True) -> None:
        self.path, self._durable = path, durable

    def read(self, tile: Tile) -> bytes:
        """Return a tile's bytes, from the full tile where the partial one is gone; raise TlogError (``missing``)."""
        for each in (tile, Tile(tile.level, tile.index, WIDTH)):
            try:
                return (self.path / each.path).read_bytes()
            except FileNotFoundError:
                continue
        raise TlogError("missing", f"{tile.path} is not in {self.path}")

    def read_checkpoint(self) -> bytes | None:
        """Return the stored checkpoint, None where there is none yet."""
        try:
            return (self.path / CHECKPOINT_PATH).read_bytes()
        except FileNotFoundError:
            return None

    def write(self, files: Iterable[TileFile]) -> None:
        """Store tiles and bundles, durably if the folder is durable."""
        folders = {self._put(file.tile.path, file.data) for file in files}
        self._sync(folders)

    def write_checkpoint(self, data: bytes) -> None:
        """Replace the checkpoint: after its tiles."""
        self._sync({self._put(CHECKPOINT_PATH, data)})

    def _put(self, name: str, data: bytes) -> Path:
        target = self.path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = target.with_name(f".{target.name}.new")
        with fresh.open("wb") as stream:
            stream.write(data)
            stream.flush()
            if self._durable:
                os.fsync(stream.fileno())
        fresh.replace(target)
        return target.parent

    def _sync(self, folders: set[Path]) -> None:
        """Sync the folders, and those above them up to the log's own: a new folder is an entry of its parent."""
        if not self._durable:
            return
        above = {parent for folder in folders for parent in folder.parents if parent.is_relative_to(self.path)}
        for folder in folders | above:
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
