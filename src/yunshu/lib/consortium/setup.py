"""A consortium on one machine, from nothing: keys, the first charter, the policies, a folder a member.

    FOLDER/charter.json             leaf 0
    FOLDER/policy-sha256.txt        by which anyone judges a receipt (C2SP tlog-policy); policy-sm3.txt for the SM3 twin
    FOLDER/<member>/                peer.toml, charter.json, keys/, passphrase: what `serve` wants
    FOLDER/submitter/               submitter.toml, keys/, passphrase: what the submitting installation wants

A second run finds the keys and the charter of the first and only writes the addresses again. For members on machines of
their own see ``founding``.
"""

import os
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from yunshu.lib.consortium import charter as charters
from yunshu.lib.consortium.charter import HASHES, Charter, Limits
from yunshu.lib.consortium.leaves import Malformed, parse
from yunshu.lib.consortium.serve import COSIGN_KEY, FILE, NOTE_KEY, SM2_KEY, read_seals
from yunshu.lib.crypto.custody import FileCustody
from yunshu.lib.crypto.errors import CryptoError
from yunshu.lib.crypto.signing import Algorithm
from yunshu.lib.tlog.verifier_key import Kind, verifier_key

SUBMITTER, SUBMITTER_KEY = "submitter", "submitter"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,40}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to set up. ``members`` and ``witnesses`` are (name, title)."""

    members: Sequence[tuple[str, str]]
    witnesses: Sequence[tuple[str, str]] = ()
    ledger: str
    slug: str
    org: str
    nats_url: str
    base_port: int
    replicas: int = 1
    cosign: Algorithm = Algorithm.ED25519
    limits: Limits = field(default_factory=Limits)

    def names(self) -> list[str]:
        """Return everyone who keeps the log, in the order of their ports."""
        return [name for name, _ in (*self.members, *self.witnesses)]

    def url(self, name: str) -> str:
        """Return the address of a member."""
        return f"http://127.0.0.1:{self.base_port + self.names().index(name)}"


def set_up(folder: Path, plan: Plan, *, now: datetime) -> Charter:
    """Write what is missing under ``folder``; return the charter in force at the beginning.

    Raises Malformed if the folder holds a consortium of other members or another log.
    """
    if any(not _NAME.fullmatch(name) or name == SUBMITTER for name in plan.names()):
        raise Malformed("a member's name has letters a-z, digits and -, and is not “submitter”")
    if not re.fullmatch(r"[A-Za-z0-9_]+", plan.slug):
        raise Malformed("the slug has letters, digits and _")
    charter = _charter(folder, plan, now)
    for name in plan.names():
        write_file(folder / name / "charter.json", charter.text())
        write_file(folder / name / FILE, _peer_file(plan, name).encode())
    write_file(folder / SUBMITTER / "submitter.toml", _submitter_file(plan).encode())
    for each in HASHES:
        write_file(folder / f"policy-{each}.txt", charter.policy(each).encode(), mode=0o644)
    return charter


def peers_setting(plan: Plan, own: str) -> str:
    """Return the members as ``YUNSHU_LEDGER_PEERS`` wants them, ``own`` first."""
    order = [own, *(name for name in plan.names() if name != own)]
    return ",".join(f"{name}={plan.url(name)}" for name in order)


def make_keys(folder: Path, cosign: Algorithm, *, now: datetime) -> FileCustody:
    """Make a member's keys and passphrase in ``folder`` where they are missing; return their custody."""
    keys = open_custody(folder)
    for name, algorithm in ((NOTE_KEY, Algorithm.ED25519), (COSIGN_KEY, cosign), (SM2_KEY, Algorithm.SM2)):
        make_key(keys, name, algorithm, now)
    return keys


def open_custody(folder: Path) -> FileCustody:
    """Return the custody of ``folder`` (``keys/`` under ``passphrase``); a missing passphrase is made."""
    path = folder / "passphrase"
    if not path.is_file():
        write_file(path, secrets.token_urlsafe(32).encode() + b"\n")
    return FileCustody(folder / "keys", path.read_bytes().strip())


def member_of(name: str, title: str, keys: FileCustody, url: str = "") -> charters.Member:
    """Return a member as it stands in a charter."""
    seals = read_seals(name, keys)
    return charters.Member(name, title, str(seals.note.key), str(seals.sha256.key), str(seals.sm3.key), url)


def _charter(folder: Path, plan: Plan, now: datetime) -> Charter:
    path = folder / "charter.json"
    if path.is_file():
        known = charters.from_words(parse(path.read_bytes()))
        names = [each.name for each in (*known.members, *known.witnesses)]
        if known.ledger != plan.ledger or names != plan.names() or plan.org not in known.submitters:
            raise Malformed(f"{folder} holds the log {known.ledger} of {', '.join(names)}, not the one asked for")
        return known
    submitting = open_custody(folder / SUBMITTER)
    make_key(submitting, SUBMITTER_KEY, Algorithm.ED25519, now)

    def written(pairs: Sequence[tuple[str, str]]) -> tuple[charters.Member, ...]:
        return tuple(member_of(name, title, make_keys(folder / name, plan.cosign, now=now)) for name, title in pairs)

    charter = Charter(
        ledger=plan.ledger,
        number=0,
        members=written(plan.members),
        submitters={plan.org: str(verifier_key(plan.org, Kind.ED25519, submitting.public(SUBMITTER_KEY).raw))},
        witnesses=written(plan.witnesses),
        limits=plan.limits,
    )
    charter = charters.from_words(charter.words())
    write_file(path, charter.text(), mode=0o644)
    return charter


def make_key(keys: FileCustody, name: str, algorithm: Algorithm, now: datetime) -> None:
    """Make the key ``name`` if it is missing."""
    try:
        keys.public(name)
    except CryptoError as error:
        if error.code != "key_missing":
            raise
        keys.create(name, algorithm, now=now)


def _peer_file(plan: Plan, name: str) -> str:
    host, port = plan.url(name).removeprefix("http://").split(":")
    lines = [
        f'member = "{name}"',
        f'slug = "{plan.slug}"',
        f'nats_url = "{plan.nats_url}"',
        f"replicas = {plan.replicas}",
        f'listen = "{host}:{port}"',
        'data = "data"',
        'charter = "charter.json"',
        'keys = "keys"',
        'passphrase_file = "passphrase"',
        "",
        "[peers]",
        *(f'{other} = "{plan.url(other)}"' for other in plan.names() if other != name),
    ]
    return "\n".join([*lines, ""])


def _submitter_file(plan: Plan) -> str:
    lines = [
        f'ledger = "{plan.ledger}"',
        f'slug = "{plan.slug}"',
        f'org = "{plan.org}"',
        'keys = "keys"',
        'passphrase_file = "passphrase"',
    ]
    return "\n".join([*lines, ""])


def write_file(path: Path, data: bytes, *, mode: int = 0o600) -> None:
    """Put a file in its place whole, readable by its owner only unless it is for everyone."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(handle, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    fresh.replace(path)
