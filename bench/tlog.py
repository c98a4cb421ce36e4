"""The Merkle tree and the signatures of the ledger, beside the bare hash and the bare library in the same run.

    uv run python bench/tlog.py [--quick]

Grows a tree in batches (SHA-256 and SM3), checks inclusion proofs and whole proof files on one core, signs and verifies
with each algorithm. The ratio compares appending one entry with hashing it bare: a tree costs two hashes an entry.
"""

import argparse
import hashlib
import os
import time
from collections.abc import Callable

from yunshu.lib.crypto import keys
from yunshu.lib.crypto.signing import Algorithm
from yunshu.lib.tlog import proving
from yunshu.lib.tlog.checkpoint import Checkpoint, SignedCheckpoint
from yunshu.lib.tlog.cosignature import NoteSigner
from yunshu.lib.tlog.frontier import Frontier
from yunshu.lib.tlog.hashing import SHA256, SM3, TreeHash
from yunshu.lib.tlog.memory import MemoryTree
from yunshu.lib.tlog.policy import Group, Policy, PolicyLog, Witness
from yunshu.lib.tlog.proof_file import ProofFile, parse_proof_file
from yunshu.lib.tlog.twin import TwinLog
from yunshu.lib.tlog.verifier_key import Kind, verifier_key
from yunshu.lib.tlog.verifying import verify_inclusion

FULL, QUICK, BATCH, ENTRY_BYTES, ROUNDS = 1_000_000, 100_000, 1_000, 128, 3


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    count = QUICK if parser.parse_args().quick else FULL
    entries = [os.urandom(ENTRY_BYTES) for _ in range(count)]
    print(f"entries: {count} of {ENTRY_BYTES} bytes, in batches of {BATCH}")
    bare = rate(count, lambda: [hashlib.sha256(entry).digest() for entry in entries])
    print(f"hashlib sha256 per second: {bare:,.0f}")
    appended = rate(count, lambda: grow(SHA256, entries))
    print(f"append_many sha256 per second: {appended:,.0f}")
    print(f"append_many sm3 per second: {rate(count // 4, lambda: grow(SM3, entries[: count // 4])):,.0f}")
    print(f"twin log with tiles per second: {rate(count // 4, lambda: twin(entries[: count // 4])):,.0f}")
    proofs(entries)
    signatures(200 if count == QUICK else 2_000)
    print(f"ratio: {appended / bare:.2f} of the bare SHA-256 rate over the same entries")


def rate(count: int, work: Callable[[], object]) -> float:
    """Return how many a second in the best of a few rounds: what the machine can do when left alone."""
    best = float("inf")
    for _ in range(ROUNDS):
        started = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - started)
    return count / best


def grow(tree_hash: TreeHash, entries: list[bytes]) -> bytes:
    """Append in batches, taking the root after each, as a peer does for a block."""
    frontier, root = Frontier(tree_hash), b""
    for at in range(0, len(entries), BATCH):
        frontier.append_many(entries[at : at + BATCH])
        root = frontier.root()
    return root


def twin(entries: list[bytes]) -> None:
    """Grow both trees with their tiles and bundles."""
    log = TwinLog("bench.example")
    for at in range(0, len(entries), BATCH):
        log.append_many(entries[at : at + BATCH])
        log.checkpoints()


def proofs(entries: list[bytes]) -> None:
    """Check inclusion proofs, then whole proof files under a policy of three of four."""
    tree, size = MemoryTree(), len(entries)
    tree.append_many(entries)
    root, places = tree.root(), range(0, size, size // 2_000)
    made = [(tree.tree_hash.leaf(entries[at]), at, proving.prove_inclusion(tree, at, size)) for at in places]
    checked = rate(len(made), lambda: [verify_inclusion(leaf, at, size, proof, root) for leaf, at, proof in made])
    print(f"inclusion proofs checked per second, {len(made[0][2])} hashes each: {checked:,.0f}")
    head = Checkpoint("bench.example/sha256", size, root)
    log, *members = (signer(name, kind) for name, kind in [(head.origin, Kind.ED25519), *MEMBERS])
    witnesses = tuple(Witness(each.key.name, each.key) for each in members)
    policy = Policy((PolicyLog(log.key),), witnesses, (Group("k", 3, tuple("abcd")),), "k")
    signed = SignedCheckpoint.of(head, *(each.sign_checkpoint(head, time_s=1) for each in (log, *members)))
    files = [(leaf, ProofFile(at, tuple(proof), signed).format()) for leaf, at, proof in made[:300]]
    whole = rate(len(files), lambda: [parse_proof_file(data).verify(leaf, policy) for leaf, data in files])
    print(f"proof files read and checked per second, five Ed25519 signatures each: {whole:,.0f}")


MEMBERS = [(name, Kind.ED25519_COSIGNATURE) for name in "abcd"]


def signer(name: str, kind: Kind) -> NoteSigner:
    """Return a signer with a new key."""
    key = keys.generate(kind.algorithm)
    return NoteSigner(verifier_key(name, kind, key.public.raw), key.sign)


def signatures(count: int) -> None:
    """Sign and verify a message of 256 bytes with each algorithm."""
    message = os.urandom(256)
    for algorithm in Algorithm:
        key = keys.generate(algorithm)
        signature = key.sign(message)
        signed = rate(count, lambda key=key: [key.sign(message) for _ in range(count)])
        checked = rate(count, lambda key=key, made=signature: [key.public.verify(made, message) for _ in range(count)])
        print(f"{algorithm} per second: {signed:,.0f} signed, {checked:,.0f} verified")


if __name__ == "__main__":
    main()
