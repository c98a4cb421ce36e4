"""What a member gives to the world: its log as static files (C2SP tlog-tiles), and receipts made from them.

Only final leaves are published. Files are written before the checkpoint that needs them; a killed process writes them
again. Entry bundles are the same under both hashes and lie on the disk once.
"""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from yunshu.lib.consortium.epochs import Head
from yunshu.lib.consortium.leaves import Malformed, canonical
from yunshu.lib.consortium.trees import HASHES
from yunshu.lib.tlog import base64text
from yunshu.lib.tlog.checkpoint import SignedCheckpoint, parse_signed_checkpoint
from yunshu.lib.tlog.errors import TlogError
from yunshu.lib.tlog.folder import LogFolder
from yunshu.lib.tlog.hashing import HASH_BYTES
from yunshu.lib.tlog.proof_file import ProofFile
from yunshu.lib.tlog.proving import prove_consistency, prove_inclusion
from yunshu.lib.tlog.tile_nodes import TileNodes
from yunshu.lib.tlog.tiles import WIDTH, Tile, decode_bundle, encode_bundle
from yunshu.lib.tlog.twin import TwinFile, TwinLog

Read = Callable[[int, int], Sequence[bytes]]
"""(start, end) → the leaves."""
PORTION = 8192


class Published:
    """The public folder of one member. One owner at a time."""

    def __init__(self, folder: Path, ledger: str) -> None:
        self.folder = folder
        self._ledger = ledger
        self._folders = {each.name: LogFolder(folder / each.name) for each in HASHES}
        self._log: TwinLog | None = None
        self._heads: dict[str, SignedCheckpoint] = {}
        self._partial: set[Path] = set()
        _share_entries(folder)

    def size(self) -> int:
        """Return how many leaves are published."""
        found = self._folders["sha256"].read_checkpoint()
        return 0 if found is None else parse_signed_checkpoint(found).checkpoint.size

    def grown(self) -> int:
        """Return how many leaves were taken, published or not: the next to be given to ``extend``."""
        return self._resumed().size

    def extend(self, leaves: Sequence[bytes]) -> None:
        """Take the next leaves and write the tiles they fill; raise Malformed if there are none."""
        if not leaves:
            raise Malformed(f"leaf {self.grown()} is not on the disk")
        self._write(self._resumed().append_many(leaves))

    def conclude(self, head: Head, checkpoints: dict[str, str]) -> None:
        """Publish ``head``, up to which the leaves were taken; raise Malformed if they do not lead to it."""
        log = self._resumed()
        if head.size < log.size:
            return
        roots = {name: base64text.encode(each.root) for name, each in log.checkpoints().items()}
        if roots != {"sha256": head.sha256, "sm3": head.sm3}:
            self._log = None
            raise Malformed("the published leaves do not lead to the final head")
        partial = log.partial()
        self._write(partial)
        for name, text in checkpoints.items():
            self._folders[name].write_checkpoint(text.encode())
        self._heads = _parsed(checkpoints)
        self._sweep({(self._folders[one.twin or "sha256"].path / one.file.tile.path).parent for one in partial})

    def tile(self, name: str, wanted: Tile) -> bytes | None:
        """Return a tile's bytes, cut out of a wider one where the partial tile was swept away; None if it is not there."""
        whole = self.folder / name / Tile(wanted.level, wanted.index, WIDTH).path
        wider = [path for path in whole.with_name(f"{whole.name}.p").glob("[0-9]*") if int(path.name) >= wanted.width]
        try:
            data = (whole if whole.is_file() or not wider else min(wider, key=lambda path: int(path.name))).read_bytes()
        except FileNotFoundError:
            return None
        if wanted.level is None:
            return encode_bundle(decode_bundle(data, wanted.width))
        return data[: HASH_BYTES * wanted.width] if len(data) >= HASH_BYTES * wanted.width else None

    def advance(self, head: Head, checkpoints: dict[str, str], leaves: Read) -> None:
        """Publish up to ``head`` at once; raise Malformed if the leaves do not lead to it."""
        while (begin := self.grown()) < head.size:
            self.extend(leaves(begin, min(head.size, begin + PORTION)))
        self.conclude(head, checkpoints)

    def receipt(self, index: int, leaf: bytes) -> bytes:
        """Return the receipt of leaf ``index``: a C2SP proof file whose extra data hold the leaf and the SM3 proof.

        Both proofs lead to heads of one size. Raises TlogError (``missing``) while the leaf is not published.
        """
        heads = self._both()
        sm3 = self._proof("sm3", heads["sm3"], index).format()
        extra = canonical({"leaf": base64text.encode(leaf), "sm3": base64text.encode(sm3)})
        proof = self._proof("sha256", heads["sha256"], index)
        return ProofFile(proof.index, proof.hashes, proof.signed, extra).format()

    def consistency(self, name: str, old_size: int) -> list[str]:
        """Return the proof (base64) that the published tree begins with that of ``old_size``."""
        size = parse_signed_checkpoint(self._checkpoint(name)).checkpoint.size
        return [base64text.encode(each) for each in prove_consistency(self._nodes(name, size), old_size, size)]

    def _both(self) -> dict[str, SignedCheckpoint]:
        """Return the heads of the last conclusion, never one of it and one of the next, which is being written.

        Raises TlogError (``missing``) while a member that was killed between the two files has not concluded again.
        """
        heads = self._heads or _parsed({each.name: self._checkpoint(each.name).decode() for each in HASHES})
        if len({signed.checkpoint.size for signed in heads.values()}) > 1:
            raise TlogError("missing", "only one of the two heads is published yet")
        self._heads = heads
        return heads

    def _proof(self, name: str, signed: SignedCheckpoint, index: int) -> ProofFile:
        size = signed.checkpoint.size
        if index >= size:
            raise TlogError("missing", f"leaf {index} is not published yet")
        return ProofFile(index, tuple(prove_inclusion(self._nodes(name, size), index, size)), signed)

    def _nodes(self, name: str, size: int) -> TileNodes:
        tree_hash = next(each for each in HASHES if each.name == name)
        return TileNodes(self._folders[name], size, tree_hash)

    def _checkpoint(self, name: str) -> bytes:
        found = self._folders[name].read_checkpoint()
        if found is None:
            raise TlogError("missing", "nothing is published yet")
        return found

    def _resumed(self) -> TwinLog:
        if self._log is None:
            size = self.size()
            self._log = TwinLog.resume(self._ledger, size, dict(self._folders)) if size else TwinLog(self._ledger)
        return self._log

    def _sweep(self, folders: set[Path]) -> None:
        """Delete partial tiles: those beside a full one, and all but the two widest of each."""
        for folder in self._partial - folders:
            shutil.rmtree(folder, ignore_errors=True)
        for folder in folders:
            for path in sorted(folder.glob("[0-9]*"), key=lambda path: int(path.name))[:-2]:
                path.unlink()
        self._partial = folders

    def _write(self, files: Sequence[TwinFile]) -> None:
        for each in HASHES:
            self._folders[each.name].write([one.file for one in files if (one.twin or "sha256") == each.name])


def _parsed(checkpoints: dict[str, str]) -> dict[str, SignedCheckpoint]:
    return {name: parse_signed_checkpoint(text.encode()) for name, text in checkpoints.items()}


def _share_entries(folder: Path) -> None:
    own, shared = folder / "sm3" / "tile", folder / "sha256" / "tile" / "entries"
    own.mkdir(parents=True, exist_ok=True)
    shared.mkdir(parents=True, exist_ok=True)
    if not (own / "entries").is_symlink():
        (own / "entries").symlink_to(Path("../../sha256/tile/entries"))
