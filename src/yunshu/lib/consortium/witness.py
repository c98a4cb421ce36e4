"""Cosigning other ledgers (c2sp.org/tlog-witness v1.0.0): what a neighbouring city or the province asks of a member.

A witness keeps the last head it has cosigned of each log it was told of, and cosigns a later one only with a proof that
it continues that head. It is on disk before it is signed. A member's own ledger is not witnessed here: its heads are
cosigned only by those who hold every leaf.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from yunshu.lib.consortium.disk import Disk
from yunshu.lib.consortium.signing import Seals
from yunshu.lib.tlog import base64text
from yunshu.lib.tlog.checkpoint import Checkpoint, SignedCheckpoint, parse_signed_checkpoint
from yunshu.lib.tlog.errors import TlogError
from yunshu.lib.tlog.hashing import SHA256, TREE_HASHES, TreeHash
from yunshu.lib.tlog.opening import examine_note
from yunshu.lib.tlog.verifier_key import VerifierKey, parse_verifier_key
from yunshu.lib.tlog.verifying import verify_consistency

MOST_PROOF_LINES = 63
SIZE_TYPE = "text/x.tlog.size"
PLAIN_TYPE = "text/plain"


@dataclass(frozen=True)
class Witnessed:
    """A log that is cosigned on request: its origin, its keys, how its tree is hashed."""

    origin: str
    keys: tuple[VerifierKey, ...]
    tree_hash: TreeHash = SHA256


@dataclass(frozen=True)
class Answer:
    """What is answered: HTTP status, text and its type."""

    status: int
    text: str
    media_type: str = PLAIN_TYPE


@dataclass(frozen=True)
class Request:
    """A posted body, taken apart."""

    old_size: int
    proof: tuple[bytes, ...]
    signed: SignedCheckpoint


def witnessed(words: Sequence[dict[str, object]], own_ledger: str) -> dict[str, Witnessed]:
    """Read the logs to witness from ``[[witnessed]]`` tables (origin, keys, hash); raise ValueError."""
    found = {}
    for each in words:
        origin, keys = str(each["origin"]), each["keys"]
        if origin.startswith(f"{own_ledger}/"):
            raise ValueError(f"{origin}: a member does not witness its own ledger")
        if not isinstance(keys, list) or not keys:
            raise ValueError(f"{origin}: keys are missing")
        tree_hash = TREE_HASHES[str(each.get("hash", SHA256.name))]
        found[origin] = Witnessed(origin, tuple(parse_verifier_key(str(key)) for key in keys), tree_hash)
    return found


def read_request(body: bytes) -> Request:
    """Take a body apart; raise TlogError (``malformed``)."""
    head, gap, checkpoint = body.partition(b"\n\n")
    lines = head.decode("ascii", "replace").split("\n")
    if not gap or not lines[0].startswith("old ") or len(lines) > MOST_PROOF_LINES + 1:
        raise TlogError("malformed", "an old size line, at most 63 hashes, an empty line, a checkpoint")
    old_size = base64text.decimal(lines[0].removeprefix("old "))
    proof = tuple(base64text.decode(line) for line in lines[1:])
    return Request(old_size, proof, parse_signed_checkpoint(checkpoint))


def add_checkpoint(logs: dict[str, Witnessed], disk: Disk, seals: Seals, body: bytes, *, time_s: int) -> Answer:
    """Cosign a posted checkpoint if it continues what was cosigned before; answer as the format says."""
    try:
        request = read_request(body)
    except TlogError as error:
        return Answer(400, f"{error}\n")
    log = logs.get(request.signed.checkpoint.origin)
    if log is None:
        return Answer(404, "this log is not witnessed here\n")
    try:
        known = examine_note(request.signed.note, log.keys).verified
    except TlogError:
        known = ()
    if not known:
        return Answer(403, "no key of this log signed the checkpoint\n")
    if request.old_size > request.signed.checkpoint.size:
        return Answer(400, "the old size is larger than the checkpoint's\n")
    refused = disk.replace_word(f"witnessed:{log.origin}", partial(_next, log, request))
    if isinstance(refused, Answer):
        return refused
    signer = seals.sha256 if log.tree_hash is SHA256 else seals.sm3
    return Answer(200, signer.sign_checkpoint(request.signed.checkpoint, time_s=time_s).line())


def _next(log: Witnessed, request: Request, known: str) -> str | Answer:
    """Return what to remember instead of ``known`` (size and root of the last cosigned head), or a refusal."""
    new = request.signed.checkpoint
    size, root = _remembered(known, log.tree_hash)
    if request.old_size != size or (new.size == size and new.root != root):
        return Answer(409, f"{size}\n", SIZE_TYPE)
    try:
        _require_continuation(new, request.proof, size, root, log.tree_hash)
    except TlogError as error:
        return Answer(422, f"{error}\n")
    return f"{new.size} {base64text.encode(new.root)}"


def _require_continuation(
    new: Checkpoint, proof: tuple[bytes, ...], size: int, root: bytes, tree_hash: TreeHash
) -> None:
    if size:
        verify_consistency(size, new.size, proof, root, new.root, tree_hash)
    elif proof:
        raise TlogError("bad_proof", "nothing is proven from size 0")


def _remembered(known: str, tree_hash: TreeHash) -> tuple[int, bytes]:
    if not known:
        return 0, tree_hash.empty()
    size, _, root = known.partition(" ")
    return int(size), base64text.decode(root)
