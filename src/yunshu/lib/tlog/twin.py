"""Twin logs: the same entries under two trees, SHA-256 for the world's tools and SM3 for the domestic examination.

Each twin is a log of its own, with origin ``<name>/sha256`` or ``<name>/sm3`` and its own checkpoints; entry i of one is
entry i of the other. Their entry bundles are the same bytes and are given out once.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from yunshu.lib.tlog.checkpoint import Checkpoint
from yunshu.lib.tlog.errors import TlogError
from yunshu.lib.tlog.hashing import TREE_HASHES, TreeHash
from yunshu.lib.tlog.tile_builder import TileBuilder, TileFile
from yunshu.lib.tlog.tiles import WIDTH, Tile, TileReader, decode_bundle, encode_bundle, require_entries


@dataclass(frozen=True)
class TwinFile:
    """A file to store: below ``twin``'s prefix, or for both where ``twin`` is None (entry bundles)."""

    twin: str | None
    file: TileFile


def twin_origin(name: str, tree_hash: TreeHash) -> str:
    """Return the origin of a twin of the log ``name``."""
    return f"{name}/{tree_hash.name}"


def tree_hash_of(origin: str) -> TreeHash:
    """Return the hash function that an origin names; raise TlogError (``wrong_origin``) if it names none."""
    name, slash, last = origin.rpartition("/")
    if not (name and slash) or last not in TREE_HASHES:
        raise TlogError("wrong_origin", f"{origin!r} does not end in one of {', '.join(TREE_HASHES)}")
    return TREE_HASHES[last]


class TwinLog:
    """Grows both trees together. Not locked: one owner at a time."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._builders = {each.name: TileBuilder(each) for each in TREE_HASHES.values()}
        self._entries: list[bytes] = []

    @classmethod
    def resume(cls, name: str, size: int, tiles: dict[str, TileReader]) -> "TwinLog":
        """Return the log as stored at ``size``; ``tiles``: one reader a twin, by the hash's name.

        Raises TlogError (``missing`` or ``malformed``). The caller compares ``checkpoints`` with the signed ones.
        """
        log = cls(name)
        log._builders = {each.name: TileBuilder.resume(tiles[each.name], size, each) for each in TREE_HASHES.values()}
        if width := size % WIDTH:
            bundle = next(iter(tiles.values())).read(Tile(None, size // WIDTH, width))
            log._entries = decode_bundle(bundle, width)
        return log

    @property
    def size(self) -> int:
        """How many entries the log has."""
        return next(iter(self._builders.values())).size

    def append_many(self, entries: Sequence[bytes]) -> list[TwinFile]:
        """Append entries; return the tiles and bundles that became full.

        Raises TlogError (``malformed``), before anything changes, if an entry is longer than 65,535 bytes.
        """
        require_entries(entries)
        files = self._bundles(entries)
        for name, builder in self._builders.items():
            leaf = builder.tree_hash.leaf
            full = builder.append_hashes([leaf(entry) for entry in entries])
            files.extend(TwinFile(name, file) for file in full)
        return files

    def partial(self) -> list[TwinFile]:
        """Return the partial tiles and bundle: with the full ones, what must be stored before a checkpoint is."""
        files = [TwinFile(name, file) for name, builder in self._builders.items() for file in builder.partial()]
        if self._entries:
            tile = Tile(None, self.size // WIDTH, len(self._entries))
            files.append(TwinFile(None, TileFile(tile, encode_bundle(self._entries))))
        return files

    def checkpoints(self) -> dict[str, Checkpoint]:
        """Return the head of each twin at the present size, by the hash's name."""
        return {
            name: Checkpoint(twin_origin(self.name, builder.tree_hash), builder.size, builder.root())
            for name, builder in self._builders.items()
        }

    def _bundles(self, entries: Sequence[bytes]) -> list[TwinFile]:
        waiting, index = [*self._entries, *entries], self.size // WIDTH
        whole = len(waiting) - len(waiting) % WIDTH
        self._entries = waiting[whole:]
        return [
            TwinFile(None, TileFile(Tile(None, index + at // WIDTH), encode_bundle(waiting[at : at + WIDTH])))
            for at in range(0, whole, WIDTH)
        ]
