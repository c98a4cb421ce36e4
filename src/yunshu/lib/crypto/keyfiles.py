"""Key files: one private key under a passphrase, as PEM that ``openssl pkey`` opens, too.

    algorithm: sm2
    public: 04f1…
    -----BEGIN ENCRYPTED PRIVATE KEY-----
    …

The lines above the PEM (RFC 7468 section 2, explanatory text) say what the file holds without opening it. They are
not sealed: the public key is compared when the key is opened. A file is written whole or not at all, never over
another, and only its owner may read it (mode 0600); one that others may read is refused.
"""

import base64
import binascii
import os
import secrets
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from yunshu.lib.crypto import keys
from yunshu.lib.crypto.errors import CryptoError
from yunshu.lib.crypto.signing import Algorithm, PrivateKey, PublicKey

BEGIN, END = "-----BEGIN ENCRYPTED PRIVATE KEY-----", "-----END ENCRYPTED PRIVATE KEY-----"
SUFFIX = ".pem"
_COLUMNS = 64


@dataclass(frozen=True)
class KeyFile:
    """What a key file says: its public key, further notes of whoever wrote it, and the sealed private key."""

    public: PublicKey
    notes: Mapping[str, str]
    sealed: bytes

    def open(self, passphrase: bytes) -> PrivateKey:
        """Return the private key; raise CryptoError (``wrong_passphrase`` or ``malformed_key``). About 0.2 s."""
        key = keys.decrypted(self.public.algorithm, self.sealed, passphrase)
        if key.public.raw != self.public.raw:
            raise CryptoError("malformed_key", "the file names another public key than the one it holds")
        return key


def write_key(path: Path, key: PrivateKey, passphrase: bytes, notes: Mapping[str, str] | None = None) -> None:
    """Write ``key`` to a new file.

    Raises CryptoError: ``key_exists`` if there is a file, ``wrong_passphrase`` for an empty passphrase.
    """
    said = {"algorithm": key.public.algorithm.value, "public": key.public.raw.hex(), **(notes or {})}
    text = base64.b64encode(key.encrypted(passphrase)).decode()
    lines = [f"{name}: {value}" for name, value in said.items()]
    lines += [BEGIN, *(text[at : at + _COLUMNS] for at in range(0, len(text), _COLUMNS)), END]
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as stream:
            stream.write("\n".join([*lines, ""]))
            stream.flush()
            os.fsync(stream.fileno())
        os.link(fresh, path)  # unlike a rename, refuses to replace a file
        _sync_folder(path.parent)
    except FileExistsError:
        raise CryptoError("key_exists", f"{path} exists: a key is never overwritten") from None
    finally:
        fresh.unlink()


def read_key(path: Path) -> KeyFile:
    """Return what a key file says.

    Raises CryptoError: ``key_missing``, ``exposed_key`` if others may read the file, or ``malformed_key``.
    """
    try:
        with path.open("rb") as stream:
            mode = stat.S_IMODE(os.fstat(stream.fileno()).st_mode)
            data = stream.read()
    except FileNotFoundError:
        raise CryptoError("key_missing", f"there is no key file {path}") from None
    if mode & 0o077:
        raise CryptoError("exposed_key", f"{path} may be read by others (mode {mode:o}): chmod 600 it")
    try:
        return _parse(data.decode("ascii"))
    except (UnicodeDecodeError, ValueError) as error:
        raise CryptoError("malformed_key", f"{path} is not a key file: {error}") from error


def _parse(text: str) -> KeyFile:
    head, begin, rest = text.partition(BEGIN + "\n")
    body, end, tail = rest.partition(END + "\n")
    if not (begin and end) or tail:
        raise ValueError("it does not have one encrypted private key")
    notes = dict(line.split(": ", 1) for line in head.splitlines())
    try:
        algorithm, public = notes.pop("algorithm"), notes.pop("public")
        sealed = base64.b64decode(body.replace("\n", ""), validate=True)
    except (KeyError, binascii.Error) as error:
        raise ValueError(f"{error!r} above or in the PEM") from error
    return KeyFile(keys.public_key(Algorithm(algorithm), bytes.fromhex(public)), notes, sealed)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
