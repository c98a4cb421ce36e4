"""The witness of other ledgers: every answer the format names, and that a rollback or a fork is never cosigned."""

from pathlib import Path

import pytest
from tests.consortium.world import LEDGER, seals, signer

from yunshu.lib.consortium.disk import Disk
from yunshu.lib.consortium.witness import Answer, add_checkpoint, witnessed
from yunshu.lib.tlog import base64text
from yunshu.lib.tlog.checkpoint import Checkpoint, SignedCheckpoint, parse_signed_checkpoint
from yunshu.lib.tlog.hashing import SHA256, SM3, TreeHash
from yunshu.lib.tlog.memory import MemoryTree
from yunshu.lib.tlog.note import Note
from yunshu.lib.tlog.opening import open_note
from yunshu.lib.tlog.proving import prove_consistency, root_of
from yunshu.lib.tlog.verifier_key import Kind

ORIGIN = "ledger.neighbour/1/sha256"
LOG = signer(ORIGIN, Kind.ED25519, "neighbour")


def tree(size: int, word: bytes = b"leaf", tree_hash: TreeHash = SHA256) -> MemoryTree:
    found = MemoryTree(tree_hash)
    found.append_many([b"%s %d" % (word, n) for n in range(size)])
    return found


def body(old: int, size: int, *, of: MemoryTree | None = None, proof: list[bytes] | None = None, by=LOG) -> bytes:
    of = of or tree(size)
    checkpoint = Checkpoint(by.key.name, size, root_of(of, size))
    hashes = proof if proof is not None else (prove_consistency(of, old, size) if 0 < old <= size else [])
    lines = [f"old {old}", *(base64text.encode(each) for each in hashes), "", ""]
    return (
        "\n".join(lines).encode() + SignedCheckpoint.of(checkpoint, by.sign_checkpoint(checkpoint, time_s=0)).format()
    )


class Witness:
    def __init__(self, path: Path) -> None:
        self.disk = Disk(path / "log.sqlite")
        sm3 = ORIGIN.replace("sha256", "sm3")
        self.sm3 = signer(sm3, Kind.ED25519, "neighbour-sm3")
        words = [
            {"origin": ORIGIN, "keys": [str(LOG.key)]},
            {"origin": sm3, "keys": [str(self.sm3.key)], "hash": "sm3"},
        ]
        self.logs = witnessed(words, LEDGER)

    def post(self, data: bytes) -> Answer:
        return add_checkpoint(self.logs, self.disk, seals("bureau"), data, time_s=1_800_000_000)


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    return Witness(tmp_path)


@pytest.mark.parametrize(("name", "tree_hash"), [("sha256", SHA256), ("sm3", SM3)])
def test_a_log_that_grows_is_cosigned_with_a_signature_that_verifies(
    witness: Witness, name: str, tree_hash: TreeHash
) -> None:
    log, key = (LOG, seals("bureau").sha256.key) if name == "sha256" else (witness.sm3, seals("bureau").sm3.key)
    for old, size in ((0, 5), (5, 5), (5, 13)):
        data = body(old, size, of=tree(size, tree_hash=tree_hash), by=log)
        answer = witness.post(data)
        assert answer.status == 200
        note = parse_signed_checkpoint(data.partition(b"\n\n")[2] + answer.text.encode()).note
        (found,) = open_note(note, [key]).verified
        assert found.time_s == 1_800_000_000


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (body(5, 9), 200),
        (body(0, 9), 409),
        (body(4, 9), 409),
        (body(5, 5, of=tree(5, b"other")), 409),
        (body(5, 9, of=tree(9, b"other")), 422),
        (body(5, 9, proof=[]), 422),
        (body(5, 9, proof=[bytes(32)] * 63), 422),
        (body(5, 9, proof=[bytes(32)] * 64), 400),
        (body(9, 5), 400),
        (body(5, 9).replace(b"old 5", b"old 05"), 400),
        (body(5, 9).replace(b"old 5", b"new 5"), 400),
        (b"", 400),
        (body(5, 9, by=signer("ledger.unknown", Kind.ED25519, "unknown")), 404),
        (body(5, 9, by=signer(ORIGIN, Kind.ED25519, "forger")), 403),
        (body(5, 9).replace(b"\n9\n", b"\n8\n"), 403),
    ],
)
def test_each_request_is_answered_as_the_format_says(witness: Witness, data: bytes, status: int) -> None:
    assert witness.post(body(0, 5)).status == 200
    assert witness.post(data).status == status


def test_a_conflict_tells_the_size_and_a_restarted_witness_still_knows_it(witness: Witness, tmp_path: Path) -> None:
    witness.post(body(0, 5))
    witness.disk.close()
    answer = Witness(tmp_path).post(body(0, 9))
    assert (answer.status, answer.text, answer.media_type) == (409, "5\n", "text/x.tlog.size")


def test_a_first_head_needs_no_proof_and_takes_none(witness: Witness) -> None:
    assert witness.post(body(0, 9, proof=[bytes(32)])).status == 422
    assert witness.post(body(0, 0, of=tree(0))).status == 200


def test_a_member_does_not_witness_its_own_ledger() -> None:
    with pytest.raises(ValueError, match="own ledger"):
        witnessed([{"origin": f"{LEDGER}/1/sha256", "keys": [str(LOG.key)]}], LEDGER)


def test_signatures_by_strangers_are_ignored(witness: Witness) -> None:
    signed = parse_signed_checkpoint(body(0, 5).partition(b"\n\n")[2])
    stranger = signer("stranger.example", Kind.ED25519, "stranger").sign_text(signed.note.text)
    data = b"old 0\n\n" + Note(signed.note.text, (stranger, *signed.note.signatures)).format()
    assert witness.post(data).status == 200
