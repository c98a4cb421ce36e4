"""The keys of a repository: one secret under the operator's passphrase, from which all others come.

    repository.json   scrypt's salt and cost, the secret sealed under the passphrase (SM4-GCM), the public signing key

The secret gives, by HKDF over SM3, the key that seals pieces and manifests (SM4-GCM), the key by which pieces are named
(HMAC-SM3: a name tells a stranger nothing about the content), and opens the key that signs manifests (SM2, or Ed25519 where
the machine has no SM2). Losing the passphrase loses every backup: there is no other way in.
"""

import json
import os
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from yunshu.lib.crypto import keys, sm4
from yunshu.lib.crypto.errors import CryptoError
from yunshu.lib.crypto.signing import Algorithm, PrivateKey, PublicKey
from yunshu.lib.kernel.errors import Refused

FILE = "repository.json"
FORMAT = 1
SECRET_BYTES = 32
SCRYPT_N = 2**15
SHORTEST_PASSPHRASE = 12


@dataclass(frozen=True)
class Keys:
    """The opened keys of a repository."""

    content: bytes
    naming: bytes
    signer: PrivateKey


def create(folder: Path, passphrase: str, now: datetime) -> Keys:
    """Write the keys of a new repository; return them. Raises Refused (``passphrase_short``)."""
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise Refused("passphrase_short", f"备份口令至少 {SHORTEST_PASSPHRASE} 个字符，请换一个更长的。")
    secret, salt = secrets.token_bytes(SECRET_BYTES), secrets.token_bytes(16)
    signer = _new_signer()
    words = {
        "format": FORMAT,
        "made_at": now.isoformat(),
        "kdf": {"name": "scrypt", "n": SCRYPT_N, "r": 8, "p": 1, "salt": salt.hex()},
        "secret": sm4.seal(_wrapping(passphrase, salt, SCRYPT_N, 8, 1), secret, b"yunshu/backup/secret").hex(),
        "signing": {
            "algorithm": signer.algorithm.value,
            "public": signer.public.raw.hex(),
            "sealed": signer.encrypted(secret.hex().encode()).hex(),
        },
    }
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(folder / FILE, json.dumps(words, indent=1).encode())
    return _keys(secret, signer)


def open_keys(folder: Path, passphrase: str) -> Keys:
    """Return the keys of the repository in ``folder``.

    Raises Refused: ``repository_missing``, ``repository_unknown`` (not ours, or a later version's), ``passphrase_wrong``.
    """
    words = read_words(folder)
    try:
        kdf, signing = words["kdf"], words["signing"]
        wrapping = _wrapping(passphrase, bytes.fromhex(kdf["salt"]), int(kdf["n"]), int(kdf["r"]), int(kdf["p"]))
        secret = sm4.unseal(wrapping, bytes.fromhex(words["secret"]), b"yunshu/backup/secret")
        algorithm = Algorithm(signing["algorithm"])
        signer = keys.decrypted(algorithm, bytes.fromhex(signing["sealed"]), secret.hex().encode())
    except CryptoError as error:
        raise Refused("passphrase_wrong", f"备份口令不对，打不开 {folder}。请核对另行保管的口令。") from error
    except (KeyError, TypeError, ValueError) as error:
        raise Refused("repository_unknown", f"{folder / FILE} 看不懂（{error!r}），文件可能已损坏。") from error
    return _keys(secret, signer)


def read_words(folder: Path) -> dict[str, Any]:
    """Return what ``repository.json`` says; raise Refused (``repository_missing``, ``repository_unknown``)."""
    try:
        words: dict[str, Any] = json.loads((folder / FILE).read_text())
    except FileNotFoundError as error:
        raise Refused("repository_missing", f"{folder} 不是备份目录（没有 {FILE}），请核对路径。") from error
    except ValueError as error:
        raise Refused("repository_unknown", f"{folder / FILE} 看不懂，文件可能已损坏。") from error
    if words.get("format") != FORMAT:
        raise Refused("repository_unknown", f"{folder} 由更新的版本写成，请用那个版本恢复。")
    return words


def public_key(folder: Path) -> PublicKey:
    """Return the key that verifies the repository's manifests; raises as ``read_words``."""
    signing = read_words(folder)["signing"]
    return keys.public_key(Algorithm(signing["algorithm"]), bytes.fromhex(signing["public"]))


def write_whole(path: Path, data: bytes) -> None:
    """Write a file for us only, whole or not at all, and on disk when this returns."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Put the names in ``folder`` on disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _new_signer() -> PrivateKey:
    try:
        return keys.generate(Algorithm.SM2)
    except CryptoError:
        return keys.generate(Algorithm.ED25519)


def _wrapping(passphrase: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    return Scrypt(salt=salt, length=sm4.KEY_BYTES, n=n, r=r, p=p).derive(passphrase.encode())


def _keys(secret: bytes, signer: PrivateKey) -> Keys:
    def derived(name: bytes, size: int) -> bytes:
        return HKDF(hashes.SM3(), size, salt=None, info=b"yunshu/backup/" + name).derive(secret)

    return Keys(derived(b"content", sm4.KEY_BYTES), derived(b"naming", 32), signer)
