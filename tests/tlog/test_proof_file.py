"""Proof files: written, read, verified offline under a policy; any change is refused."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunshu.lib.crypto import keys
from yunshu.lib.tlog import proving
from yunshu.lib.tlog.checkpoint import Checkpoint, SignedCheckpoint
from yunshu.lib.tlog.cosignature import NoteSigner
from yunshu.lib.tlog.errors import TlogError
from yunshu.lib.tlog.hashing import SHA256, SM3
from yunshu.lib.tlog.memory import MemoryTree
from yunshu.lib.tlog.policy import Group, Policy, PolicyLog, Witness
from yunshu.lib.tlog.proof_file import HEADER, ProofFile, parse_proof_file
from yunshu.lib.tlog.twin import tree_hash_of, twin_origin
from yunshu.lib.tlog.verifier_key import Kind, verifier_key

KINDS = {"sha256": [Kind.ED25519, Kind.ED25519_COSIGNATURE], "sm3": [Kind.SM2_COSIGNATURE, Kind.SM2_COSIGNATURE]}


def signer(name, kind):
    key = keys.generate(kind.algorithm)
    return NoteSigner(verifier_key(name, kind, key.public.raw), key.sign)


class Log:
    """A log of nine entries with two witnesses and its policy."""

    def __init__(self, tree_hash):
        self.tree = MemoryTree(tree_hash)
        self.entries = [b"%d" % number for number in range(9)]
        self.tree.append_many(self.entries)
        self.origin = twin_origin("ledger.example", tree_hash)
        log_kind, kind = KINDS[tree_hash.name]
        self.log, *self.witnesses = signer(self.origin, log_kind), signer("a", kind), signer("b", kind)
        named = tuple(Witness(each.key.name, each.key) for each in self.witnesses)
        self.policy = Policy((PolicyLog(self.log.key),), named, (Group("both", 2, ("a", "b")),), "both")

    def proof(self, index, *, witnesses=2, extra=b""):
        head = Checkpoint(self.origin, 9, self.tree.root())
        by = [self.log, *self.witnesses[:witnesses]]
        note = SignedCheckpoint.of(head, *(each.sign_checkpoint(head, time_s=50) for each in by))
        return ProofFile(index, tuple(proving.prove_inclusion(self.tree, index, 9)), note, extra)


LOGS = {tree_hash.name: Log(tree_hash) for tree_hash in (SHA256, SM3)}
FILE = LOGS["sha256"].proof(6, extra=b"salt").format()


@pytest.mark.parametrize("name", LOGS)
@pytest.mark.parametrize("index", range(9))
@pytest.mark.parametrize("extra", [b"", b"salt"])
def test_a_proof_is_written_read_and_verified_offline(name, index, extra):
    log = LOGS[name]
    proof = parse_proof_file(log.proof(index, extra=extra).format())
    tree_hash = tree_hash_of(proof.signed.checkpoint.origin)
    verdict = proof.verify(tree_hash.leaf(log.entries[index]), log.policy, tree_hash=tree_hash)
    assert proof == parse_proof_file(proof.format())
    assert proof.extra == extra
    assert [each.name for each in verdict.cosigned] == ["a", "b"]
    assert verdict.final_at_s == 50


def test_the_file_has_the_published_form():
    lines = FILE.decode().split("\n")
    assert lines[:3] == [HEADER, "extra c2FsdA==", "index 6"]
    assert lines[7] == ""
    assert lines[8] == "ledger.example/sha256"


@pytest.mark.parametrize("at", [at for at in range(len(FILE)) if not 23 <= at < 38])
def test_no_byte_of_a_proof_can_be_changed(at):
    """But those of the extra line, which says of itself that nobody vouches for it."""
    log, changed = LOGS["sha256"], FILE[:at] + bytes([FILE[at] ^ 1]) + FILE[at + 1 :]
    with pytest.raises(TlogError):
        parse_proof_file(changed).verify(SHA256.leaf(b"6"), log.policy)


def test_a_proof_is_of_one_entry():
    with pytest.raises(TlogError) as refusal:
        LOGS["sha256"].proof(6).verify(SHA256.leaf(b"7"), LOGS["sha256"].policy)
    assert refusal.value.code == "bad_proof"


def test_a_proof_with_too_few_cosigners_is_refused():
    log = LOGS["sha256"]
    with pytest.raises(TlogError) as refusal:
        log.proof(6, witnesses=1).verify(SHA256.leaf(b"6"), log.policy)
    assert refusal.value.code == "quorum"


def test_one_twin_does_not_prove_for_the_other():
    with pytest.raises(TlogError):
        LOGS["sm3"].proof(6).verify(SHA256.leaf(b"6"), LOGS["sha256"].policy)
    with pytest.raises(TlogError) as refusal:
        LOGS["sm3"].proof(6).verify(SM3.leaf(b"6"), LOGS["sha256"].policy, tree_hash=SM3)
    assert refusal.value.code == "unsigned"


@given(st.binary(max_size=120) | st.integers(0, len(FILE)).map(lambda at: FILE[:at] + FILE[at + 1 :]))
def test_anything_else_is_refused_with_the_one_error(data):
    with suppress(TlogError):
        assert parse_proof_file(data).format() == data


BODY = FILE.split(b"\n", 2)[2]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"c2sp.org/tlog-proof@v2\n" + BODY,
        HEADER.encode() + b"\nextra \n" + BODY,
        HEADER.encode() + b"\nextra c2FsdA\n" + BODY,
        HEADER.encode() + b"\n" + BODY.replace(b"index 6", b"index 06"),
        HEADER.encode() + b"\n" + BODY.replace(b"index 6", b"index -6"),
        HEADER.encode() + b"\n" + BODY.replace(b"index 6\n", b""),
        HEADER.encode() + b"\nindex 1\nAAAA\n\n" + BODY.split(b"\n\n", 1)[1],
        HEADER.encode() + b"\nindex 1\n" + b"A" * 43 + b"=\n" + (b"A" * 43 + b"=\n") * 63 + b"\n" + b"x\n\n",
        "头\n\n".encode(),
        FILE.replace(b"\n", b"\r\n"),
    ],
)
def test_a_malformed_proof_is_refused(data):
    with pytest.raises(TlogError) as refusal:
        parse_proof_file(data)
    assert refusal.value.code == "malformed"


@pytest.mark.parametrize("origin", ["", "sha256", "/sha256", "log/sha1", "log/sha256/"])
def test_an_origin_that_names_no_hash_is_refused(origin):
    with pytest.raises(TlogError) as refusal:
        tree_hash_of(origin)
    assert refusal.value.code == "wrong_origin"
