"""The antivirus hook: a ClamAV daemon by its INSTREAM command (clamd(8)), or nothing, and then the file says so."""

import socket
from typing import BinaryIO, Protocol

import structlog
from django.conf import settings
from django.utils.translation import gettext as _

from yunshu.lib.kernel.errors import Refused

log = structlog.get_logger()
SECONDS = 30
USUAL_PORT = 3310
PIECE_BYTES = 64 * 1024


class Scanner(Protocol):
    """Says what is wrong with a file."""

    def threat_in(self, file: BinaryIO) -> str:
        """Return the name of the malware found, or an empty string; raise OSError if no answer could be had."""
        ...


class Clamd:
    """A ClamAV daemon at ``host:port``, ``[v6]:port`` or ``host`` with the daemon's usual port (clamd.conf(5))."""

    def __init__(self, address: str) -> None:
        host, _colon, port = address.rpartition(":")
        self.peer = (host.strip("[]"), int(port)) if port.isdigit() and host else (address.strip("[]"), USUAL_PORT)

    def threat_in(self, file: BinaryIO) -> str:
        """Send the file piece by piece (length before each, a zero length ends it); read one line."""
        file.seek(0)
        with socket.create_connection(self.peer, timeout=SECONDS) as peer:
            peer.sendall(b"zINSTREAM\0")
            while piece := file.read(PIECE_BYTES):
                peer.sendall(len(piece).to_bytes(4, "big") + piece)
            peer.sendall(b"\0\0\0\0")
            answer = b""
            while not answer.endswith(b"\0") and len(answer) < 4096:
                received = peer.recv(1024)
                if not received:
                    break
                answer += received
        return _threat(answer.rstrip(b"\0").decode(errors="replace"))


def _threat(answer: str) -> str:
    words = answer.removeprefix("stream: ")
    if words == "OK":
        return ""
    if words.endswith(" FOUND"):
        return words.removesuffix(" FOUND")
    raise OSError(f"clamd: {answer}")


def scanner() -> Scanner | None:
    """Return the scanner that is configured, or None."""
    return Clamd(settings.CLAMD) if settings.CLAMD else None


def is_scanned(file: BinaryIO) -> bool:
    """Scan; False where no scanner is configured. Raises Refused (``infected``, ``scan_failed``)."""
    daemon = scanner()
    if daemon is None:
        return False
    try:
        threat = daemon.threat_in(file)
    except OSError as error:
        log.warning("files.scan_failed", error=str(error))
        raise Refused(
            "scan_failed", _("病毒查杀服务没有应答，文件没有保存，请稍后再试。"), where="attachments"
        ) from error
    if threat:
        log.warning("files.infected", threat=threat)
        raise Refused("infected", _("文件含有病毒（%(name)s），没有保存。") % {"name": threat}, where="attachments")
    return True
