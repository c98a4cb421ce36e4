"""``Spool``: samples that could not be delivered, on the prober's own disk until they can.

Numbered files of frames; the oldest is given first. A batch is struck off only after it was delivered, so a kill between
the two delivers it twice: the receiver drops what it holds (``SampleStore.append``).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from yunshu.lib.availability import Sample
from yunshu.lib.probe.outcome import Observed
from yunshu.lib.samples import frames

FILE_BYTES = 4_000_000
MOST_BYTES = 1_000_000_000


class Spool:
    """A folder. ``lost`` counts the samples that it had no room for."""

    def __init__(self, folder: Path, *, most_bytes: int = MOST_BYTES, file_bytes: int = FILE_BYTES) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.lost = 0
        self._folder, self._most_bytes, self._file_bytes = folder, most_bytes, file_bytes
        self._struck = folder / "struck"
        self._writing: frames.FrameFile | None = None
        self.waiting = sum(len(json.loads(p)) for f in self._files() for _, p in frames.read(f, self._start(f)))

    def put(self, batch: Sequence[Observed]) -> None:
        """Keep a batch; durable on return. Raises OSError if the disk refuses."""
        if sum(f.stat().st_size for f in self._files()) > self._most_bytes:
            self.lost += len(batch)
            return
        if self._writing is None or self._writing.size_bytes > self._file_bytes:
            self.close()
            last = int(self._files()[-1].stem) if self._files() else 0
            self._writing = frames.FrameFile(self._folder / f"{last + 1:09d}.spool")
        self._writing.append(json.dumps([to_json(one) for one in batch]).encode())
        self.waiting += len(batch)

    def first(self) -> tuple[Observed, ...]:
        """Return the oldest batch; empty if there is none."""
        for file in self._files():
            for _, payload in frames.read(file, self._start(file)):
                return tuple(from_json(form) for form in json.loads(payload))
            if self._writing is None or file != self._writing.path:
                self._drop(file)
        return ()

    def strike(self) -> None:
        """Strike off the oldest batch: it was delivered."""
        for file in self._files():
            for end, payload in frames.read(file, self._start(file)):
                self.waiting -= len(json.loads(payload))
                self._mark(file, end)
                return

    def close(self) -> None:
        """Close the file being written."""
        if self._writing:
            self._writing.close()
            self._writing = None

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob("*.spool"))

    def _start(self, file: Path) -> int:
        name, _, at = self._struck.read_text().partition(" ") if self._struck.exists() else ("", "", "")
        return int(at) if name == file.name else 0

    def _mark(self, file: Path, end: int) -> None:
        if end >= file.stat().st_size:
            if self._writing and file == self._writing.path:
                self.close()
            self._drop(file)
            return
        fresh = self._struck.with_suffix(".new")
        fresh.write_text(f"{file.name} {end}")
        fresh.replace(self._struck)

    def _drop(self, file: Path) -> None:
        file.unlink()
        frames.sync_folder(self._folder)


def to_json(one: Observed) -> dict[str, Any]:
    """Return the JSON form of a sample with its readings."""
    return {"target": one.target, "sample": asdict(one.sample), "values": dict(one.values)}


def from_json(form: Mapping[str, Any]) -> Observed:
    """Return the sample of a JSON form."""
    return Observed(form["target"], Sample(**form["sample"]), form["values"])
