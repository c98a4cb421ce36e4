"""Verifying a whole published log and comparing two, as anyone may: from a member's address or a copied folder, under a policy file.

Recomputes the tiles from the entries and the root from the tiles, and checks who signed it. The policy's first line says
of which ledger and which tree (``Charter.policy``). The place is a member's address or a copy of its ``public`` folder.
"""

from dataclasses import dataclass
from pathlib import Path

import httpx

from yunshu.lib.consortium.fetching import Unreachable
from yunshu.lib.tlog.auditing import audit
from yunshu.lib.tlog.checkpoint import Checkpoint, parse_signed_checkpoint
from yunshu.lib.tlog.errors import TlogError
from yunshu.lib.tlog.folder import LogFolder
from yunshu.lib.tlog.hashing import TREE_HASHES, TreeHash
from yunshu.lib.tlog.policy import parse_policy
from yunshu.lib.tlog.proving import prove_consistency
from yunshu.lib.tlog.tile_nodes import TileNodes
from yunshu.lib.tlog.tiles import CHECKPOINT_PATH, Tile
from yunshu.lib.tlog.verdict import evaluate
from yunshu.lib.tlog.verifying import verify_consistency

SECONDS = 10.0


@dataclass(frozen=True)
class Found:
    """A log that is what its checkpoint says. ``unchecked``: cosigners whose signatures this machine cannot check."""

    origin: str
    size: int
    cosigners: tuple[str, ...]
    unchecked: tuple[str, ...]


@dataclass(frozen=True)
class Compared:
    """Two members' heads of one tree: the sizes and roots, and whether the smaller is the beginning of the larger."""

    sizes: tuple[int, int]
    roots: tuple[bytes, bytes]
    agree: bool
    hashes: int
    """How many hashes the proof of consistency took; 0 for one size."""


class _Served:
    """A ``TileReader`` over a member's pages."""

    def __init__(self, client: httpx.Client, tree: str) -> None:
        self._client, self._tree = client, tree

    def read(self, tile: Tile) -> bytes:
        return self._get(tile.path)

    def read_checkpoint(self) -> bytes:
        return self._get(CHECKPOINT_PATH)

    def _get(self, path: str) -> bytes:
        try:
            answer = self._client.get(f"/{self._tree}/{path}")
        except httpx.HTTPError as error:
            raise Unreachable(f"{self._client.base_url}: {error or type(error).__name__}") from error
        if answer.status_code != httpx.codes.OK:
            raise TlogError("missing", f"{answer.url}: {answer.status_code}")
        return answer.content


def verify(place: str, policy: bytes) -> Found:
    """Verify the log at ``place``.

    Raises TlogError as ``audit`` and ``evaluate`` do (``missing`` where nothing is published), Unreachable.
    """
    ledger, tree = _named(policy)
    if not place.startswith(("http://", "https://")):
        return _verify(LogFolder(Path(place) / tree), policy, ledger, tree)
    with httpx.Client(base_url=place, timeout=SECONDS) as client:
        return _verify(_Served(client, tree), policy, ledger, tree)


def compare(one: str, other: str, tree: str) -> Compared:
    """Ask the members at two addresses for their heads and prove that one log begins with the other.

    Raises Unreachable, and TlogError (``missing``, ``malformed``) where a member publishes nothing that can be compared.
    """
    tree_hash = TREE_HASHES[tree]
    with httpx.Client(base_url=one, timeout=SECONDS) as here, httpx.Client(base_url=other, timeout=SECONDS) as there:
        logs = (_Served(here, tree), _Served(there, tree))
        heads = tuple(parse_signed_checkpoint(log.read_checkpoint()).checkpoint for log in logs)
        small, large = sorted((0, 1), key=lambda at: heads[at].size)
        old, new = heads[small], heads[large]
        nodes = TileNodes(logs[large], new.size, tree_hash)
        proof = prove_consistency(nodes, old.size, new.size) if 0 < old.size < new.size else []
    agree = old.size == 0 or _begins(old, new, proof, tree_hash)  # anything begins with the empty log
    return Compared((heads[0].size, heads[1].size), (heads[0].root, heads[1].root), agree, len(proof))


def _begins(old: Checkpoint, new: Checkpoint, proof: list[bytes], tree_hash: TreeHash) -> bool:
    try:
        verify_consistency(old.size, new.size, proof, old.root, new.root, tree_hash)
    except TlogError:
        return False
    return True


def _named(policy: bytes) -> tuple[str, str]:
    match policy.split(b"\n", 1)[0].decode("ascii", "replace").split():
        case ["#", "ledger", ledger, "tree", tree, *_] if tree in TREE_HASHES:
            return ledger, tree
    raise TlogError("malformed", "the first line of the policy does not say of which ledger and tree it is")


def _verify(log: LogFolder | _Served, policy: bytes, ledger: str, tree: str) -> Found:
    note = log.read_checkpoint()
    if note is None:
        raise TlogError("missing", "no checkpoint is published there")
    signed = parse_signed_checkpoint(note)
    origin = signed.checkpoint.origin
    epoch = origin.removeprefix(f"{ledger}/").removesuffix(f"/{tree}")
    if origin != f"{ledger}/{epoch}/{tree}" or not (epoch.isascii() and epoch.isdigit()):
        raise TlogError("wrong_origin", f"{origin!r} is not a head of the tree {tree} of {ledger}")
    verdict = evaluate(parse_policy(policy), signed, origin=origin)
    verdict.require()
    audit(log, signed.checkpoint, TREE_HASHES[tree])
    names = tuple(each.name for each in verdict.cosigned)
    return Found(origin, signed.checkpoint.size, names, verdict.unchecked)
