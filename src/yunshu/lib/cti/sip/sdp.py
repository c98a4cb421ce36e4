"""Session descriptions (RFC 4566, RFC 3264), as far as two telephones with G.711 need them."""

from dataclasses import dataclass

from yunshu.lib.cti.sip.g711 import NAMES, PCMA, PCMU

_ANSWERS = {"sendonly": "recvonly", "recvonly": "sendonly", "inactive": "inactive"}


@dataclass(frozen=True, slots=True)
class Sound:
    """Where the other side wants its sound, and how. ``codec`` is None if it has neither of ours."""

    host: str
    port: int
    codec: int | None
    direction: str = "sendrecv"


def read(text: str) -> Sound:
    """Return the audio of a description; no audio is port 0."""
    hosts = {"session": "", "audio": ""}
    port, codec, direction, section = 0, None, "sendrecv", "session"
    for line in text.splitlines():
        kind, _, value = line.strip().partition("=")
        if kind == "m":
            first = value.startswith("audio ") and not port
            section = "audio" if first else "other"
            port, codec = _media(value) if first else (port, codec)
        elif kind == "c" and section in hosts and value.split():
            hosts[section] = value.split()[-1].split("/")[0]
        elif kind == "a" and section in hosts and value in _ANSWERS:
            direction = value
    return Sound(hosts["audio"] or hosts["session"], port, codec, direction)


def _media(value: str) -> tuple[int, int | None]:
    """Return port and codec of an ``m=audio`` line."""
    words = value.split()
    if len(words) < 4 or not words[1].split("/")[0].isdigit():
        return 0, None
    offered = [int(word) for word in words[3:] if word.isdigit()]
    return int(words[1].split("/")[0]), next((one for one in offered if one in (PCMA, PCMU)), None)


def write(host: str, port: int, codecs: tuple[int, ...], *, number: int, answers: str = "sendrecv") -> str:
    """Return a description of ours; ``answers`` is the direction that the other side asked for."""
    lines = ["v=0", f"o=- {number} {number} IN IP4 {host}", "s=-", f"c=IN IP4 {host}", "t=0 0"]
    lines += [f"m=audio {port} RTP/AVP {' '.join(map(str, codecs))}"]
    lines += [f"a=rtpmap:{codec} {NAMES[codec]}/8000" for codec in codecs]
    lines += ["a=ptime:20", f"a={_ANSWERS.get(answers, 'sendrecv')}"]
    return "\r\n".join(lines) + "\r\n"
