"""sippy, set up: one UDP socket that nobody shares, requests from known networks only, transport names as RFC 3261 compares them."""

import re
import socket
from collections.abc import Callable
from ipaddress import ip_address, ip_network
from typing import Any

from sippy.SipConf import SipConf
from sippy.SipLogger import SipLogger
from sippy.SipRequest import SipRequest
from sippy.SipResponse import SipResponse
from sippy.SipTransactionManager import SipTransactionManager
from sippy.Udp_server import Udp_server, Udp_server_opts

from yunshu.lib.cti.sip.settings import SipSettings

REMIND_S = 60
"""A provisional answer is repeated this often, so that proxies on the way do not give up (RFC 3261 section 13.3.1.1)."""
RECEIVE_BYTES = 4 << 20
"""What may wait while the machine is busy (the kernel gives less if ``net.core.rmem_max`` is less)."""
_TRANSPORT = re.compile(rb"(;transport=)([A-Za-z]+)", re.IGNORECASE)


class OneSocket(Udp_server_opts):
    """One reader, so that messages stay in order; no sharing of the port, so that a second process is refused."""

    nworkers = 1
    flags = 0


class Transactions(SipTransactionManager):
    """sippy's, with two things said before it reads a message.

    It compares ``;transport=UDP`` with ``udp`` letter by letter (2.5.0) and then cannot answer; parameter values are compared without
    case (RFC 3261 section 19.1.4), so they are made small here. What comes from elsewhere than ``peers`` is not read at all.
    """

    model_udp_server = (Udp_server, OneSocket)
    provisional_retr = REMIND_S

    def __init__(self, config: dict[str, Any], peers: tuple[str, ...], received: Callable[..., Any]) -> None:
        self._peers = tuple(ip_network(peer) for peer in peers)
        self.strangers = 0
        super().__init__(config, received)

    def handleIncoming(self, data: bytes, sender: Any, server: Any, at: Any) -> None:  # noqa: N802
        """Read one datagram."""
        if not any(ip_address(sender.address[0]) in peer for peer in self._peers):
            self.strangers += 1
            return
        head, gap, body = data.partition(b"\r\n\r\n")
        super().handleIncoming(_small(head) + gap + body, sender, server, at)

    def bury(self, kind: str, text: str, host: str, port: int) -> None:
        """Send a request or a response that belongs to a dialog of a process that died."""
        server = self.l4r.getServer((host, port))
        if kind == "response":
            self.transmitMsg(server, SipResponse(text), (host, port), None)
            return
        request = SipRequest(text)
        request.setTarget(((host, port), "udp"))
        self.newTransaction(request, userv=server)


def _small(head: bytes) -> bytes:
    return _TRANSPORT.sub(lambda found: found[1] + found[2].lower(), head)


def build(settings: SipSettings, received: Callable[..., Any]) -> dict[str, Any]:
    """Bind the socket; return what sippy's parts share. Raises OSError if the port is taken."""
    SipConf.my_uaname = "Yunshu"
    config: dict[str, Any] = {"_sip_address": settings.address, "_sip_port": settings.port}
    config["_sip_logger"] = SipLogger("yunshu")
    transactions = config["_sip_tm"] = Transactions(config, settings.peers, received)
    for server in transactions.l4r.cache_l2s.values():
        server.skt.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
    return config
