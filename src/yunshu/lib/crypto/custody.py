"""Custody of signing keys: who holds them, how they are replaced. Nobody above this asks for a private key.

A name ("peer", "submitter") has generations. Rotation makes a new one; the one before goes on signing for an overlap,
so that policies naming either key are satisfied until everyone has the new one: a note then carries both signatures.
``FileCustody`` keeps generations as key files, ``pkcs11_custody`` keeps them in a device; a UKey (GM/T 0016) would be a
third implementation of ``KeyCustody``.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from yunshu.lib.crypto import keys
from yunshu.lib.crypto.errors import CryptoError
from yunshu.lib.crypto.keyfiles import SUFFIX, KeyFile, read_key, write_key
from yunshu.lib.crypto.signing import Algorithm, PrivateKey, PublicKey

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}", re.ASCII)


@dataclass(frozen=True)
class Generation:
    """One key of a name. ``retires_at`` is None for the newest: nothing has replaced it."""

    name: str
    number: int
    public: PublicKey
    made_at: datetime
    retires_at: datetime | None

    def signs_at(self, now: datetime) -> bool:
        """Whether this key still signs at ``now``."""
        return self.retires_at is None or now < self.retires_at


class KeyCustody(Protocol):
    """Holds keys and signs with them. All methods raise CryptoError (``key_missing``) for a name it does not hold."""

    def generations(self, name: str) -> tuple[Generation, ...]:
        """Return every key of ``name``, the oldest first."""
        ...

    def public(self, name: str) -> PublicKey:
        """Return the newest public key."""
        ...

    def sign(self, name: str, message: bytes, *, number: int | None = None) -> bytes:
        """Return the raw signature by the newest key, or by generation ``number``."""
        ...

    def rotate(self, name: str, *, now: datetime, overlap: timedelta) -> Generation:
        """Make a new key; the one before signs until ``now`` + ``overlap``. Return the new generation."""
        ...


def signing_at(custody: KeyCustody, name: str, now: datetime) -> tuple[Generation, ...]:
    """Return the keys of ``name`` that sign at ``now``: one, or two or more during an overlap, the newest last."""
    return tuple(each for each in custody.generations(name) if each.signs_at(now))


class FileCustody:
    """Keys as files ``<folder>/<name>/<number>.pem`` under one passphrase. A ``KeyCustody``.

    A generation is one immutable file; when it retires is written in its successor. Keys are opened on first use and
    stay in memory. Several threads may sign; creating and rotating belong to one administrator at a time (a second one
    at the same moment is refused with ``key_exists``).
    """

    def __init__(self, folder: Path, passphrase: bytes) -> None:
        self.folder, self._passphrase = folder, passphrase
        self._opened: dict[tuple[str, int], PrivateKey] = {}

    def create(self, name: str, algorithm: Algorithm, *, now: datetime) -> Generation:
        """Make the first key of ``name``; raise CryptoError (``key_exists``) if it has one."""
        _require_zone(now)
        return self._add(name, 1, algorithm, now, timedelta(0))

    def generations(self, name: str) -> tuple[Generation, ...]:
        """Return every key of ``name``, the oldest first; raise CryptoError (``key_missing``)."""
        files = self._files(name)
        made = [_made_at(file) for file in files]
        retires = [at + _overlap(file) for at, file in zip(made[1:], files[1:], strict=True)]
        return tuple(
            Generation(name, number, file.public, at, until)
            for number, (file, at, until) in enumerate(zip(files, made, [*retires, None], strict=True), 1)
        )

    def public(self, name: str) -> PublicKey:
        """Return the newest public key; raise CryptoError (``key_missing``)."""
        return self._files(name)[-1].public

    def sign(self, name: str, message: bytes, *, number: int | None = None) -> bytes:
        """Return the raw signature by the newest key, or by generation ``number``.

        Raises CryptoError: ``key_missing``, ``wrong_passphrase`` or what else opening a key file may raise.
        """
        chosen = number or len(self._paths(name))
        key = self._opened.get((name, chosen))
        if key is None:
            key = self._opened[name, chosen] = read_key(self._path(name, chosen)).open(self._passphrase)
        return key.sign(message)

    def rotate(self, name: str, *, now: datetime, overlap: timedelta, algorithm: Algorithm | None = None) -> Generation:
        """Make a new key, of another ``algorithm`` if one is given; the one before signs until ``now`` + ``overlap``."""
        _require_zone(now)
        newest = self.generations(name)[-1]
        if overlap < timedelta(0) or now < newest.made_at:
            raise CryptoError("malformed_key", "a key is not replaced before it was made, nor for a negative time")
        return self._add(name, newest.number + 1, algorithm or newest.public.algorithm, now, overlap)

    def _add(self, name: str, number: int, algorithm: Algorithm, now: datetime, overlap: timedelta) -> Generation:
        path = self._path(name, number)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        key = keys.generate(algorithm)
        notes = {"made-at": now.isoformat(), "overlap-s": str(int(overlap.total_seconds()))}
        write_key(path, key, self._passphrase, notes)
        self._opened[name, number] = key
        return Generation(name, number, key.public, now, None)

    def _files(self, name: str) -> list[KeyFile]:
        return [read_key(path) for path in self._paths(name)]

    def _paths(self, name: str) -> list[Path]:
        paths = sorted(self._path(name, 1).parent.glob(f"[0-9]*{SUFFIX}"))
        if not paths or paths[-1] != self._path(name, len(paths)):
            raise CryptoError("key_missing", f"{name!r} has no key in {self.folder}, or one of its files is missing")
        return paths

    def _path(self, name: str, number: int) -> Path:
        if not _NAME.fullmatch(name):
            raise CryptoError("key_missing", f"not the name of a key: {name[:60]!r}")
        return self.folder / name / f"{number:04d}{SUFFIX}"


def _made_at(file: KeyFile) -> datetime:
    try:
        made_at = datetime.fromisoformat(file.notes["made-at"])
    except (KeyError, ValueError) as error:
        raise CryptoError("malformed_key", f"the key file does not say when it was made: {error}") from error
    _require_zone(made_at)
    return made_at


def _require_zone(moment: datetime) -> None:
    if moment.tzinfo is None:
        raise CryptoError("malformed_key", "the time of a key needs a time zone")


def _overlap(file: KeyFile) -> timedelta:
    try:
        return timedelta(seconds=int(file.notes["overlap-s"]))
    except (KeyError, ValueError) as error:
        raise CryptoError("malformed_key", f"the key file does not say its overlap: {error}") from error
