"""Who hears whom, on real sockets; codecs against the standard library's; descriptions; recordings."""

import asyncio
import socket
import warnings
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunshu.lib.crypto.errors import CryptoError
from yunshu.lib.cti.events import Recorded
from yunshu.lib.cti.recordings import SealedRecordings, wav_of
from yunshu.lib.cti.sip import g711, sdp
from yunshu.lib.cti.sip.rooms import Rooms, read_wav
from yunshu.lib.kernel.errors import NotFound, Refused

START = datetime(2026, 3, 2, tzinfo=UTC)


def loud(level: int) -> bytes:
    """Return 20 ms of a constant level in A-law."""
    return g711.encode(g711.PCMA, np.full(g711.FRAME, level, dtype=np.int16))


class Phone:
    """A telephone's sound: says something, and knows what it heard last."""

    def __init__(self, rooms: Rooms, name: str, *, outside: bool = False) -> None:
        self.sock, ours = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
        for sock in (self.sock, ours):
            sock.bind(("127.0.0.1", 0))
            sock.setblocking(False)
        self.to = ours.getsockname()
        rooms.enter("c", name, ours, outside=outside)
        rooms.towards("c", name, *self.sock.getsockname(), g711.PCMA)

    def says(self, level: int) -> None:
        self.sock.sendto(bytes([0x80, g711.PCMA, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1]) + loud(level), self.to)

    def heard(self) -> list[int]:
        levels = []
        while True:
            try:
                packet = self.sock.recv(2048)
            except BlockingIOError:
                return levels
            levels.append(int(g711.decode(packet[1] & 0x7F, packet[12:])[0]))


@contextmanager
def rooms() -> Iterator[tuple[Rooms, asyncio.AbstractEventLoop]]:
    loop = asyncio.new_event_loop()
    made = Rooms(loop)
    try:
        yield made, loop
    finally:
        made.close("c")
        loop.close()


def tick(made: Rooms, loop: asyncio.AbstractEventLoop) -> None:
    loop.run_until_complete(asyncio.sleep(0.02))
    made.room("c").tick(1)


def test_three_in_a_room_hear_the_others_and_not_themselves() -> None:
    with rooms() as (made, loop):
        phones = [Phone(made, name, outside=name == "o") for name in "oab"]
        for phone, level in zip(phones, (1008, 2016, 4032), strict=True):
            phone.says(level)
        tick(made, loop)
        heard = [phone.heard() for phone in phones]
    assert [len(one) for one in heard] == [1, 1, 1]
    for [level], sum_of_others in zip(heard, (6048, 5040, 3024), strict=True):
        assert level == pytest.approx(sum_of_others, rel=0.05)


def test_on_hold_the_person_outside_is_apart_and_ours_go_on() -> None:
    with rooms() as (made, loop):
        phones = [Phone(made, name, outside=name == "o") for name in "oab"]
        made.room("c").held = True
        for phone in phones:
            phone.says(2016)
        tick(made, loop)
        assert [len(phone.heard()) for phone in phones] == [0, 1, 1]


def test_a_prompt_is_heard_outside_only_and_once(tmp_path: Path) -> None:
    (tmp_path / "p.wav").write_bytes(wav_of(np.full(200, 3000, dtype="<i2").tobytes()))
    with rooms() as (made, loop):
        outside, agent = Phone(made, "o", outside=True), Phone(made, "a")
        made.room("c").play(read_wav(tmp_path / "p.wav"))
        for _ in range(4):
            tick(made, loop)
        assert (len(outside.heard()), agent.heard()) == (2, [])


def test_a_recording_has_everybody_and_the_silence_between(tmp_path: Path) -> None:
    with rooms() as (made, loop):
        one, other = Phone(made, "o", outside=True), Phone(made, "a")
        made.room("c").record(tmp_path / "c.pcm")
        one.says(2016)
        other.says(1008)
        tick(made, loop)
        tick(made, loop)
        made.close("c")
    said = np.frombuffer((tmp_path / "c.pcm").read_bytes(), dtype="<i2")
    assert len(said) == 2 * g711.FRAME
    assert said[0] == pytest.approx(3024, rel=0.05)
    assert not said[g711.FRAME :].any()


def test_sound_from_a_stranger_is_not_heard() -> None:
    with rooms() as (made, loop):
        listener, victim = Phone(made, "o", outside=True), Phone(made, "a")
        made.towards("c", "a", "127.0.0.9", 4000, g711.PCMA)
        victim.says(2016)
        tick(made, loop)
        assert listener.heard() == []


def test_a_sound_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "cd.wav"), "wb") as sound:
        sound.setparams((2, 2, 44_100, 0, "NONE", ""))
    (tmp_path / "text.wav").write_text("no sound")
    for name in ("cd.wav", "text.wav"):
        with pytest.raises(Refused, match="8 kHz"):
            read_wav(tmp_path / name)


@pytest.mark.parametrize(("codec", "name"), [(g711.PCMA, "alaw"), (g711.PCMU, "ulaw")])
def test_decoding_equals_the_standard_librarys(codec: int, name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        audioop = pytest.importorskip("audioop")
    every = bytes(range(256))
    expected = np.frombuffer(getattr(audioop, f"{name}2lin")(every, 2), dtype=np.int16)
    assert (g711.decode(codec, every) == expected).all()


@given(st.integers(-40_000, 40_000), st.sampled_from([g711.PCMA, g711.PCMU]))
def test_encoding_takes_the_nearest_level(level: int, codec: int) -> None:
    levels = g711.decode(codec, bytes(range(256))).astype(int)
    got = int(g711.decode(codec, g711.encode(codec, np.array([level])))[0])
    clipped = max(-32768, min(32767, level))
    assert abs(got - clipped) <= min(abs(levels - clipped)) + 1


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["c=IN IP4 10.0.0.1", "m=audio 4000 RTP/AVP 18 8 0"], sdp.Sound("10.0.0.1", 4000, 8)),
        (
            ["m=audio 4000/2 RTP/AVP 0", "c=IN IP4 10.0.0.2/127", "a=sendonly"],
            sdp.Sound("10.0.0.2", 4000, 0, "sendonly"),
        ),
        (
            ["c=IN IP4 1.1.1.1", "m=video 5000 RTP/AVP 96", "c=IN IP4 2.2.2.2", "m=audio 6 RTP/AVP 8"],
            sdp.Sound("1.1.1.1", 6, 8),
        ),
        (["c=IN IP4 1.1.1.1", "m=audio 4000 RTP/AVP 18"], sdp.Sound("1.1.1.1", 4000, None)),
        (["m=audio"], sdp.Sound("", 0, None)),
    ],
)
def test_descriptions_are_read(lines: list[str], expected: sdp.Sound) -> None:
    assert sdp.read("\r\n".join(["v=0", *lines])) == expected


@given(st.text(max_size=300))
def test_no_description_is_an_error(text: str) -> None:
    sdp.read(text)
    sdp.read("m=audio " + text)


def test_what_we_write_we_read() -> None:
    assert sdp.read(sdp.write("10.0.0.1", 30_000, (8, 0), number=1)) == sdp.Sound("10.0.0.1", 30_000, 8)
    assert "a=recvonly" in sdp.write("10.0.0.1", 1, (8,), number=2, answers="sendonly")


def test_a_kept_recording_opens_with_its_key_and_record_only(tmp_path: Path) -> None:
    (tmp_path / "c.pcm").write_bytes(bytes(3201))
    store = SealedRecordings(tmp_path / "kept", bytes(16), spool=tmp_path)
    recorded = Recorded(call="c", at=START, reference=str(tmp_path / "c.pcm"), seconds=0.2)
    kept = store.take(recorded)
    assert (kept.bytes, len(store.open("c"))) == (3244, 3244)
    assert not (tmp_path / "c.pcm").exists()
    with pytest.raises(CryptoError):
        SealedRecordings(tmp_path / "kept", bytes([1]) * 16, spool=tmp_path).open("c")
    note = tmp_path / "kept" / "c.json"
    note.write_text(note.read_text().replace('"seconds": 0.2', '"seconds": 0.1'))
    with pytest.raises(CryptoError):
        store.open("c")
    for name in ("d", "../c"):
        with pytest.raises(NotFound):
            store.open(name)
    with pytest.raises(Refused, match="未能归档"):
        store.take(recorded)


def test_a_switch_cannot_have_another_file_taken_for_a_recording(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("not a recording")
    (tmp_path / "spool").mkdir()
    (tmp_path / "spool" / "link.pcm").symlink_to(tmp_path / "secret")
    store = SealedRecordings(tmp_path / "kept", bytes(16), spool=tmp_path / "spool")
    for reference in (tmp_path / "secret", tmp_path / "spool" / "link.pcm", tmp_path / "spool" / ".." / "secret"):
        with pytest.raises(Refused, match="未能归档"):
            store.take(Recorded(call="c", at=START, reference=str(reference), seconds=1))
    assert (tmp_path / "secret").exists()
