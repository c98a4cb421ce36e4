"""录音。A finished recording goes from where the switch left it into a store: as WAV, sealed with SM4-GCM, its hash beside it."""

import hashlib
import json
import os
import secrets
import struct
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from yunshu.lib.crypto import sm4
from yunshu.lib.cti.events import Recorded
from yunshu.lib.kernel.errors import NotFound, Refused

RATE, SAMPLE_BYTES = 8000, 2
MOST_BYTES = 512 << 20


@dataclass(frozen=True, slots=True)
class Kept:
    """What the store has: ``sha256`` is of the WAV before sealing, so that it proves what was said whatever the key."""

    call: str
    sha256: str
    bytes: int
    seconds: float
    key: str


class RecordingStore(Protocol):
    """Where recordings go. Raises, and leaves the source, if it could not keep one."""

    def take(self, recorded: Recorded) -> Kept: ...


class SealedRecordings:
    """A folder of sealed files, ``CALL.sm4`` with ``CALL.json``. ``key_name`` says which key, so that it can be changed later.

    Recordings are taken from the folder ``spool`` only: where they lie is said by a switch, which may be another machine.
    """

    def __init__(self, folder: Path, key: bytes, *, spool: Path, key_name: str = "1") -> None:
        self._folder, self._key, self._key_name, self._spool = folder, key, key_name, spool.resolve()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def take(self, recorded: Recorded) -> Kept:
        """Seal a recording, and delete where it came from. Raises Refused ``recording_unreadable``."""
        source = Path(recorded.reference).resolve()
        if source.parent != self._spool or not source.is_file() or source.stat().st_size > MOST_BYTES:
            raise Refused(
                "recording_unreadable", f"录音 {recorded.reference} 不在录音暂存目录、不存在或过大，未能归档。"
            )
        data = source.read_bytes()
        wav = data if data[:4] == b"RIFF" else wav_of(data)
        kept = Kept(recorded.call, hashlib.sha256(wav).hexdigest(), len(wav), recorded.seconds, self._key_name)
        self._write(f"{recorded.call}.sm4", sm4.seal(self._key, wav, _bound(kept)))
        self._write(f"{recorded.call}.json", json.dumps(asdict(kept)).encode())
        source.unlink()
        return kept

    def open(self, call: str) -> bytes:
        """Return the WAV of a call. Raises NotFound ``recording_not_found``; CryptoError if a file was tampered with."""
        try:
            kept = Kept(**json.loads(self._path(f"{call}.json").read_bytes()))
            sealed = self._path(f"{call}.sm4").read_bytes()
        except FileNotFoundError:
            raise NotFound("recording_not_found", f"没有通话 {call} 的录音。") from None
        return sm4.unseal(self._key, sealed, _bound(kept))

    def _path(self, name: str) -> Path:
        path = self._folder / name
        if path.parent != self._folder:
            raise NotFound("recording_not_found", "录音编号格式不符。")
        return path

    def _write(self, name: str, data: bytes) -> None:
        """Write a file whole or not at all, for its owner only."""
        path, fresh = self._path(name), self._path(f".{secrets.token_hex(8)}")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        fresh.replace(path)


def _bound(kept: Kept) -> bytes:
    """Return what is sealed with the sound: its record cannot be put beside another."""
    return json.dumps(asdict(kept), sort_keys=True).encode()


def wav_of(samples: bytes) -> bytes:
    """Return s16le samples of 8 kHz as a WAV file; half a sample at the end (a killed writer) is cut off."""
    samples = samples[: len(samples) // SAMPLE_BYTES * SAMPLE_BYTES]
    head = struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF",
        36 + len(samples),
        b"WAVE",
        b"fmt ",
        16,
        1,
        1,
        RATE,
        RATE * SAMPLE_BYTES,
        SAMPLE_BYTES,
        16,
        b"data",
        len(samples),
    )
    return head + samples
