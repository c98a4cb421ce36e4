"""The process between this hotline and the province's: sends what waits, fetches what is there, compares once a day.

Killed at any moment it goes on where it was: what was sent and not noted is sent again under the same version, and the
province answers what it answered before; what was fetched and not taken is fetched again.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from django.db import connections

from yunshu.domains.hotline.models import ProvinceLetter
from yunshu.domains.hotline.rules import province as rules
from yunshu.domains.hotline.services import province, province_counts, province_tickets
from yunshu.lib.cascade import message
from yunshu.lib.cascade.message import Message
from yunshu.lib.cascade.peer import Peer
from yunshu.lib.cascade.place import SIMULATOR, Place
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Refused, Unavailable

log = structlog.get_logger()
SHIPPED = Path(__file__).parent / "data" / "province.toml"
FETCH_S, TURN_S, MOST_ROUNDS = 5.0, 0.5, 20
AGAIN = timedelta(hours=24)


def run(place: Place, stopped: Callable[[], bool]) -> None:
    """Carry letters until ``stopped``."""
    with Peer(place.address, place.contract, place.keys.signers, place.upper.public_keys) as peer:
        turn = Turn(place, peer)
        while not stopped():
            try:
                turn.take()
            except Exception as error:  # the process lives for months; what stopped one round may be over in the next
                log.exception("hotline.province_failed", error=type(error).__name__)
                connections.close_all()
                time.sleep(FETCH_S)
            time.sleep(TURN_S)


class Turn:
    """One round after the other over one line."""

    def __init__(self, place: Place, peer: Peer) -> None:
        self._place, self._peer = place, peer
        self._fetched_at, self._was_away = 0.0, False
        is_simulator = place.upper.node == SIMULATOR
        self.line = province.join(
            name=place.name, address=place.address, is_simulator=is_simulator, contract=place.contract
        )

    def take(self) -> None:
        """Send what waits; now and then fetch, and compare."""
        now = clock.now()
        try:
            self._send(now)
            if time.monotonic() - self._fetched_at >= FETCH_S:
                self._fetched_at = time.monotonic()
                self._fetch(now)
                self._reconcile(now)
        except (Unavailable, Refused) as error:
            log.warning("hotline.province_trouble", code=error.code, message=error.message)
            province.note_failure(None, error.message or error.code, self._place.contract, now)

    def _send(self, now: datetime) -> None:
        """Send round by round: the first letter of each ticket, then the next, while the province answers."""
        for _round in range(MOST_ROUNDS):
            for row in province.waiting(self._place.contract.batch, now):
                letter, unwritable = self._letter(row)
                try:
                    ack = self._peer.put(letter)
                    if ack.id != row.uid:
                        raise Refused("ack_foreign", "省平台的回执不是对这份报文的。")
                except Refused as error:  # the letter's own trouble: others may pass
                    province.note_failure(row, error.message or error.code, self._place.contract, now)
                except Unavailable as error:
                    province.note_failure(row, error.message or error.code, self._place.contract, now)
                    return
                else:
                    province.note_ack(row, ack, unwritable, clock.now())

    def _letter(self, row: ProvinceLetter) -> tuple[bytes, str]:
        """Return the letter, and why it is an empty one if what it should say cannot be written."""
        contract, trouble = self._place.contract, ""
        try:
            kind = contract.kind(row.kind)
            body = dict(row.body) | province_tickets.person_of(row.ticket, row.kind)
            letter = self._written(row, kind.code, kind.outward(body))
            if len(letter) > contract.most_bytes:
                raise Refused("message_too_long", f"报文有 {len(letter)} 字节，超过约定的 {contract.most_bytes} 字节。")
        except Refused as error:
            trouble = error.message or error.code
            letter = self._written(row, contract.kind("void").code, {})
        return letter, trouble

    def _written(self, row: ProvinceLetter, code: str, body: dict[str, object]) -> bytes:
        given = Message(
            id=row.uid,
            sender=self._place.sender,
            receiver=rules.PROVINCE,
            number=row.version,
            kind=code,
            made_at=row.made_at.isoformat(),
            body=body,
            stream=row.stream,
        )
        return message.write(given, self._place.keys.signers)

    def _fetch(self, now: datetime) -> None:
        self.line.refresh_from_db()
        try:
            found = self._peer.fetch(self._place.sender, self.line.taken)
        except Unavailable:
            self._was_away = True
            raise
        read, wrong = message.sift(
            found, self._place.upper.public_keys, sender=rules.PROVINCE, receiver=self._place.sender
        )
        taken = province.take(read, self._place.contract, now)
        if taken:
            log.info("hotline.province_taken", count=taken)
        if wrong:
            raise Refused("signature_wrong", f"省平台下达的 {wrong} 份报文签名不符，没有接收。")
        province.note_contact(now, is_back=self._was_away)
        self._was_away = False

    def _reconcile(self, now: datetime) -> None:
        self.line.refresh_from_db()
        last = self.line.reconciled_at
        if last is not None and now - last < AGAIN:
            return
        found = province_counts.reconcile(self._peer.reconcile(self._place.sender), now)
        log.info("hotline.province_reconciled", differences=len(found))
