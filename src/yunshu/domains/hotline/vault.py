"""The vault of callers' identities: SM4-GCM under keys that never stand in the database, one file a generation, mode 0600.

Sealing takes the newest key; what older ones sealed stays readable while their files are kept. Whoever loses the folder
(``YUNSHU_HOTLINE_VAULT``) loses the identities for good (docs/operate/hotline.md).
"""

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from yunshu.lib.crypto import sm4
from yunshu.lib.crypto.errors import CryptoError

SUFFIX = ".key"


@dataclass(frozen=True)
class Vault:
    """Keys in a folder, ``0001.key`` the oldest."""

    folder: Path

    def seal(self, words: Mapping[str, str], bound_to: str) -> tuple[int, bytes]:
        """Return (generation, sealed bytes); ``bound_to`` must be said again to open them. Makes the first key if there is none."""
        generation = self.newest()
        plain = json.dumps(dict(words), ensure_ascii=False, sort_keys=True).encode()
        return generation, sm4.seal(self.key(generation), plain, bound_to.encode())

    def open(self, generation: int, sealed: bytes, bound_to: str) -> dict[str, str]:
        """Return what was sealed. Raises CryptoError (``key_missing``, ``decryption_failed``)."""
        found: dict[str, str] = json.loads(sm4.unseal(self.key(generation), sealed, bound_to.encode()))
        return found

    def rotate(self) -> int:
        """Make a new key and return its generation; of several at once, one makes it and the others take that one."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        generation = max(self._generations(), default=0) + 1
        fresh = self.folder / f".{generation:04d}.{secrets.token_hex(8)}"
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as out:
            out.write(secrets.token_hex(sm4.KEY_BYTES))
            out.flush()
            os.fsync(out.fileno())
        try:
            os.link(fresh, self._path(generation))
        except FileExistsError:  # somebody else was faster: theirs holds
            return generation
        finally:
            fresh.unlink()
        return generation

    def _generations(self) -> list[int]:
        return [int(path.stem) for path in self.folder.glob(f"[0-9]*{SUFFIX}")]

    def _path(self, generation: int) -> Path:
        return self.folder / f"{generation:04d}{SUFFIX}"

    def newest(self) -> int:
        """Return the generation that seals now; makes the first key if there is none."""
        return max(self._generations(), default=0) or self.rotate()

    def key(self, generation: int) -> bytes:
        """Return a generation's key, for what else is sealed under the vault (recordings). Raises CryptoError (``key_missing``)."""
        try:
            return bytes.fromhex(self._path(generation).read_text(encoding="ascii"))
        except (OSError, ValueError) as error:
            raise CryptoError("key_missing", f"the vault has no key of generation {generation}") from error


def vault() -> Vault:
    """Return this installation's vault."""
    return Vault(Path(settings.HOTLINE_VAULT))
