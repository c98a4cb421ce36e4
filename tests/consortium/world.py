"""A consortium for tests: keys, a charter, signed batches, and the machine's rules."""

from collections.abc import Sequence
from functools import lru_cache

from yunshu.lib.consortium import batches, machine
from yunshu.lib.consortium.charter import Charter, Limits, Member
from yunshu.lib.consortium.signing import Seals
from yunshu.lib.consortium.trees import root_of
from yunshu.lib.crypto import keys
from yunshu.lib.crypto.signing import Algorithm, PrivateKey
from yunshu.lib.tlog.cosignature import NoteSigner
from yunshu.lib.tlog.verifier_key import Kind, verifier_key

NAMES = ("bureau", "police", "finance", "rongcheng")
LEDGER = "ledger.test"
ORG = "445200-dsj"


@lru_cache(maxsize=64)
def private(algorithm: Algorithm, _owner: str) -> PrivateKey:
    return keys.generate(algorithm)


def signer(name: str, kind: Kind, owner: str) -> NoteSigner:
    key = private(kind.algorithm, owner)
    return NoteSigner(verifier_key(name, kind, key.public.raw), key.sign)


@lru_cache(maxsize=16)
def seals(name: str) -> Seals:
    return Seals(
        member=name,
        note=signer(name, Kind.ED25519, f"{name}-note"),
        sha256=signer(name, Kind.ED25519_COSIGNATURE, f"{name}-cosign"),
        sm3=signer(name, Kind.SM2_COSIGNATURE, f"{name}-sm2"),
    )


def member(name: str, url: str = "") -> Member:
    own = seals(name)
    return Member(name, name.title(), str(own.note.key), str(own.sha256.key), str(own.sm3.key), url)


@lru_cache(maxsize=16)
def submitter(org: str = ORG) -> NoteSigner:
    return signer(org, Kind.ED25519, f"{org}-batches")


def charter(*, names: Sequence[str] = NAMES, limits: Limits | None = None, number: int = 0) -> Charter:
    return Charter(
        ledger=LEDGER,
        number=number,
        members=tuple(member(name) for name in names),
        submitters={ORG: str(submitter().key)},
        limits=limits or Limits(entries=20, size_bytes=4000),
    )


def batch(number: int, entries: Sequence[bytes], *, org: str = ORG, by: str = ORG) -> batches.Batch:
    return batches.make(ledger=LEDGER, org=org, number=number, entries=entries, root=root_of, sign=submitter(by).sign)


def message(number: int, entries: Sequence[bytes]) -> bytes:
    return machine.BATCH_MESSAGE + batch(number, entries).message()
