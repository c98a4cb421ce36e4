"""Rooms of sound: everybody in a room hears the others. Holding, three-party calls, prompts and recording are who hears whom.

RTP (RFC 3550) with G.711 in 20 ms frames, mixed by numpy on one asyncio loop. Good for a small desk (``bench/sip.py`` says how many calls);
more belongs on Asterisk, FreeSWITCH or rtpengine.
"""

import asyncio
import secrets
import socket
import struct
import time
import wave
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import numpy as np

from yunshu.lib.cti.sip import g711
from yunshu.lib.cti.sip.g711 import FRAME, Samples
from yunshu.lib.kernel.errors import Refused

TICK_S = 0.02
KEPT_FRAMES = 6
"""Jitter: more than 120 ms of sound behind is dropped."""
MOST_LATE_TICKS = 10
_HEADER = struct.Struct("!BBHII")
_OURS = frozenset({g711.PCMA, g711.PCMU})


class Port:
    """One telephone's sound: a UDP port of ours, and where to send."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.codec = g711.PCMA
        self._host, self._to = "", ("", 0)
        self._heard: deque[tuple[int, bytes]] = deque(maxlen=KEPT_FRAMES)
        self._sequence, self._ssrc = secrets.randbelow(1 << 15), secrets.randbits(32)
        self.received = self.sent = 0

    def towards(self, host: str, port: int, codec: int) -> None:
        """Send there from now on; only what comes from that host is heard."""
        self._host, self._to, self.codec = host, (host, port), codec

    def receive(self) -> None:
        """Take what has come. The port it comes from is where we send: telephones behind NAT name another."""
        with suppress(BlockingIOError, ConnectionError):
            while True:
                packet, sender = self.sock.recvfrom(2048)
                if sender[0] == self._host and len(packet) > _HEADER.size and packet[0] >> 6 == 2:
                    self._to = sender
                    self._take(packet)

    def _take(self, packet: bytes) -> None:
        codec, begin = packet[1] & 0x7F, _HEADER.size + 4 * (packet[0] & 0x0F)
        if packet[0] & 0x10 and len(packet) >= begin + 4:
            begin += 4 + 4 * int.from_bytes(packet[begin + 2 : begin + 4], "big")
        if codec not in _OURS:
            return
        self.received += 1
        for at in range(begin, len(packet) - FRAME + 1, FRAME):
            self._heard.append((codec, packet[at : at + FRAME]))

    def next(self) -> tuple[int, bytes] | None:
        """Return the next 20 ms that were heard."""
        return self._heard.popleft() if self._heard else None

    def send(self, payload: bytes, clock: int) -> None:
        """Send 20 ms."""
        if not self._to[1]:
            return
        self._sequence = (self._sequence + 1) & 0xFFFF
        head = _HEADER.pack(0x80, self.codec, self._sequence, clock * FRAME & 0xFFFFFFFF, self._ssrc)
        self.sent += 1
        with suppress(OSError):
            self.sock.sendto(head + payload, self._to)


class Room:
    """The sound of one call. ``outside`` names the port of the person outside; ``held`` keeps it apart from the rest."""

    def __init__(self) -> None:
        self.ports: dict[str, Port] = {}
        self.outside = ""
        self.held = False
        self._prompt: Iterator[Samples] | None = None
        self._file: BinaryIO | None = None

    def play(self, samples: Samples) -> None:
        """Let the person outside hear a sound once."""
        self._prompt = _frames(samples)

    def record(self, path: Path) -> None:
        """Write what is said from now as samples (s16le, 8 kHz)."""
        self._file = path.open("ab", buffering=16_000)

    def close(self) -> None:
        """Finish the recording."""
        if self._file:
            self._file.close()
            self._file = None

    def tick(self, clock: int) -> None:
        """Let everybody hear 20 ms of the others."""
        heard = {name: frame for name, port in self.ports.items() if (frame := port.next())}
        prompt = self._next_of_prompt()
        if not (heard or prompt is not None or self._file):
            return
        for name, port in self.ports.items():
            others = [frame for other, frame in heard.items() if other != name and self._between(name, other)]
            extra = prompt if name == self.outside else None
            if payload := _mixed(others, extra, port.codec):
                port.send(payload, clock)
        if self._file:
            self._file.write(_sum(list(heard.values()), prompt).astype("<i2").tobytes())

    def _between(self, one: str, other: str) -> bool:
        return not (self.held and self.outside in (one, other))

    def _next_of_prompt(self) -> Samples | None:
        frame = next(self._prompt, None) if self._prompt else None
        if frame is None:
            self._prompt = None
        return frame


def _mixed(frames: list[tuple[int, bytes]], extra: Samples | None, codec: int) -> bytes:
    """Return what somebody hears; one voice in the right codec is passed on as it came."""
    if not frames and extra is None:
        return b""
    if len(frames) == 1 and extra is None and frames[0][0] == codec:
        return frames[0][1]
    return g711.encode(codec, _sum(frames, extra))


def _sum(frames: list[tuple[int, bytes]], extra: Samples | None) -> Samples:
    total = np.zeros(FRAME, dtype=np.int32)
    for codec, payload in frames:
        total += g711.decode(codec, payload)
    if extra is not None:
        total += extra
    clipped: Samples = np.clip(total, -32768, 32767).astype(np.int16)
    return clipped


def _frames(samples: Samples) -> Iterator[Samples]:
    for at in range(0, len(samples), FRAME):
        part = samples[at : at + FRAME]
        yield np.pad(part, (0, FRAME - len(part)))


def read_wav(path: Path) -> Samples:
    """Return the samples of a WAV file with 8 kHz, 16 bit, mono. Raises Refused ``prompt_unreadable`` for any other."""
    try:
        with wave.open(str(path), "rb") as sound:
            fits = (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (1, 2, g711.RATE)
            samples = np.frombuffer(sound.readframes(sound.getnframes()) if fits else b"", dtype="<i2")
    except (wave.Error, EOFError):
        fits = False
    if not fits:
        raise Refused("prompt_unreadable", f"提示音 {path.name} 须为 8 kHz、16 位、单声道的 WAV 文件。")
    return samples


class Rooms:
    """All rooms of the process, on one loop; called from its thread only."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._rooms: dict[str, Room] = {}
        self._clock, self._began = 0, time.monotonic()
        self.late_ticks = 0

    def room(self, call: str) -> Room:
        """Return the room of a call; a new one if there is none."""
        return self._rooms.setdefault(call, Room())

    def enter(self, call: str, leg: str, sock: socket.socket, *, outside: bool) -> None:
        """Bring a telephone in; nothing is heard before ``towards``."""
        room, port = self.room(call), Port(sock)
        room.ports[leg] = port
        if outside:
            room.outside = leg
        self._loop.add_reader(sock.fileno(), port.receive)

    def towards(self, call: str, leg: str, host: str, port: int, codec: int) -> None:
        """Say where a telephone wants its sound."""
        if (room := self._rooms.get(call)) and (there := room.ports.get(leg)):
            there.towards(host, port, codec)

    def leave(self, call: str, leg: str) -> None:
        """Take a telephone out; its port is free again."""
        if (room := self._rooms.get(call)) and (port := room.ports.pop(leg, None)):
            self._loop.remove_reader(port.sock.fileno())
            port.sock.close()

    def close(self, call: str) -> None:
        """End the room of a call."""
        if room := self._rooms.get(call):
            for leg in list(room.ports):
                self.leave(call, leg)
            room.close()
            del self._rooms[call]

    async def run(self) -> None:
        """Tick every 20 ms until cancelled; after a pause, at most a few ticks are made up for."""
        began = time.monotonic()
        while True:
            due = int((time.monotonic() - began) / TICK_S)
            if due - self._clock > MOST_LATE_TICKS:
                self.late_ticks += due - self._clock - 1
                self._clock = due - 1
            while self._clock < due:
                self._clock += 1
                for room in list(self._rooms.values()):
                    room.tick(self._clock)
            await asyncio.sleep(max(0.0, began + (self._clock + 1) * TICK_S - time.monotonic()))
