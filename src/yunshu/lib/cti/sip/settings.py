"""What the SIP process is told when it starts."""

import json
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class SipSettings:
    """``address`` is one of this machine (no wildcard: it stands in every message); ``peers`` are the networks that may call.

    ``trunk`` (``host:port``) is where outside numbers are dialled, with a user and password if it asks. ``prompts`` holds ``NAME.wav``
    (8 kHz, 16 bit, mono); ``recordings`` is for running recordings, best in memory (``/dev/shm/…``).
    """

    address: str = "127.0.0.1"
    port: int = 5060
    peers: tuple[str, ...] = ("127.0.0.0/8",)
    rtp_from: int = 30_000
    rtp_to: int = 34_000
    trunk: str = ""
    trunk_user: str = ""
    trunk_password: str = ""
    display: str = "12345"
    prompts: str = ""
    recordings: str = ""
    keepalive_s: int = 60

    def __post_init__(self) -> None:
        object.__setattr__(self, "peers", tuple(self.peers))

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "SipSettings":
        values: dict[str, Any] = json.loads(text)
        return cls(**values)
