"""The process between this level and the one above: sends what waits, fetches what is there, compares catalogues once a day.

Killed at any moment it goes on where it was: what was sent and not noted is sent again under the same number, and the
level above answers what it answered before; what was fetched and not taken is fetched again.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from django.db import connections

from yunshu.domains.exchange import services
from yunshu.domains.exchange.cascade import queue_of
from yunshu.domains.exchange.models import CascadeMessage
from yunshu.domains.exchange.services import cascade
from yunshu.lib.cascade import message
from yunshu.lib.cascade.message import Message
from yunshu.lib.cascade.peer import Peer
from yunshu.lib.cascade.place import SIMULATOR, Place
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Refused, Unavailable

log = structlog.get_logger()
SHIPPED = Path(__file__).parent / "data" / "cascade.toml"
FETCH_S, TURN_S = 5.0, 0.5
AGAIN = timedelta(hours=24)


def run(place: Place, stopped: Callable[[], bool], upper: str = "") -> None:
    """Carry messages until ``stopped``; ``upper`` as in ``services.cascade.join``. Raises Refused (``upper_changed``)."""
    with Peer(place.address, place.contract, place.keys.signers, place.upper.public_keys) as peer:
        turn = Turn(place, peer, upper)
        while not stopped():
            try:
                turn.take()
            except Exception as error:  # the process lives for months; what stopped one round may be over in the next
                log.exception("exchange.upper_failed", error=type(error).__name__)
                connections.close_all()
                time.sleep(FETCH_S)
            time.sleep(TURN_S)


class Turn:
    """One round after the other over one line."""

    def __init__(self, place: Place, peer: Peer, upper: str = "") -> None:
        self._place, self._peer = place, peer
        self._fetched_at = 0.0
        self._was_away = False
        is_simulator = place.upper.node == SIMULATOR
        self.line = cascade.join(
            name=place.name,
            address=place.address,
            is_simulator=is_simulator,
            fingerprint=place.upper.fingerprint,
            contract=place.contract,
            upper=upper,
        )

    def take(self) -> None:
        """Send what waits; now and then fetch, and compare the catalogues."""
        now = clock.now()
        self.line.refresh_from_db()
        try:
            self._send(now)
            if time.monotonic() - self._fetched_at >= FETCH_S:
                self._fetched_at = time.monotonic()
                self._fetch(now)
                self._reconcile(now)
        except (Unavailable, Refused) as error:
            log.warning("exchange.upper_trouble", code=error.code, message=error.message)
            cascade.note_failure(None, self.line, error.message or error.code, self._place.contract, now)

    def _send(self, now: datetime) -> None:
        for row in cascade.waiting(self.line, self._place.contract.batch, now):
            letter, unwritable = self._letter(row)
            try:
                ack = self._peer.put(letter)
                if ack.id != row.uid:
                    raise Refused("ack_foreign", "上级平台的回执不是对这份报文的。")
            except (Unavailable, Refused) as error:
                cascade.note_failure(row, self.line, error.message or error.code, self._place.contract, now)
                return
            cascade.note_ack(row, ack, unwritable, clock.now())
            if ack.verdict == message.EXPECTED:
                return

    def _letter(self, row: CascadeMessage) -> tuple[bytes, str]:
        """Return the letter, and why it is an empty one if what it should say cannot be written."""
        contract, trouble = self._place.contract, ""
        try:
            kind = contract.kind(row.kind)
            body = kind.outward(row.body)
            letter = self._written(row, kind.code, body)
            if len(letter) > contract.most_bytes:
                raise Refused("message_too_long", f"报文有 {len(letter)} 字节，超过约定的 {contract.most_bytes} 字节。")
        except Refused as error:
            trouble = error.message or error.code
            letter = self._written(row, contract.kind("void").code, {})
        return letter, trouble

    def _written(self, row: CascadeMessage, code: str, body: dict[str, object]) -> bytes:
        given = Message(
            id=row.uid,
            sender=self._place.sender,
            receiver=self.line.code,
            number=row.number,
            kind=code,
            made_at=row.made_at.isoformat(),
            body=body,
        )
        return message.write(given, self._place.keys.signers)

    def _fetch(self, now: datetime) -> None:
        try:
            found = self._peer.fetch(self._place.sender, self.line.taken)
        except Unavailable:
            self._was_away = True
            raise
        read, wrong = message.sift(
            found, self._place.upper.public_keys, sender=self.line.code, receiver=self._place.sender
        )
        taken = cascade.take(self.line, read, self._place.contract, now)
        if taken:
            log.info("exchange.upper_taken", count=taken)
        if wrong:
            raise Refused("signature_wrong", f"上级下达的 {wrong} 份报文签名不符，没有接收。")
        cascade.note_contact(self.line, now, is_back=self._was_away)
        self._was_away = False

    def _reconcile(self, now: datetime) -> None:
        self.line.refresh_from_db()
        last = self.line.reconciled_at
        if queue_of(self.line)["waiting"] or (last is not None and now - last < AGAIN):
            return
        found = services.reconcile(self._peer.entries(self._place.sender), now)
        log.info("exchange.upper_reconciled", differences=found)
