"""One question under an agreement: may it be asked, ask it, write it down. No answer leaves that is not written down."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Protocol

from django.conf import settings
from django.db import connection
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.exchange import selectors
from yunshu.domains.exchange.choices import AgreementState, InterfaceKind, NodeState
from yunshu.domains.exchange.contracts import REQUEST_EDIT
from yunshu.domains.exchange.models import Agreement, Call, Client, Consent, Interface
from yunshu.domains.exchange.rules import asking as rules
from yunshu.domains.exchange.services.agreements import deliver_begun
from yunshu.domains.exchange.services.nodes import card_of
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound, Refused, TooMany, Unavailable, YunshuError
from yunshu.lib.nodes import asking, orders
from yunshu.lib.nodes.asking import Answer
from yunshu.lib.nodes.line import Line, Reply
from yunshu.lib.nodes.orders import Order, Verb

PERSON_PER_MINUTE = 30
"""How often one person may ask by hand."""
NOTED_EVERY = timedelta(minutes=1)
"""How often an agreement's last use is noted on it; each call stands in the log."""
_TAKE = """
    INSERT INTO exchange_allowance AS a (client_id, tokens, filled_at, day, used)
    VALUES (%(client)s, %(rate)s - 1, %(now)s, %(day)s, 1)
    ON CONFLICT (client_id) DO UPDATE SET
        tokens = least(%(rate)s, a.tokens + %(rate)s * extract(epoch FROM greatest(%(now)s - a.filled_at, interval '0'))) - 1,
        filled_at = greatest(a.filled_at, %(now)s),
        day = %(day)s,
        used = CASE WHEN a.day = %(day)s THEN a.used ELSE 0 END + 1
    WHERE least(%(rate)s, a.tokens + %(rate)s * extract(epoch FROM greatest(%(now)s - a.filled_at, interval '0'))) >= 1
        AND (a.day <> %(day)s OR a.used < %(most)s)
    RETURNING 1
"""


class Asks(Protocol):
    """What carries a question to the node: a ``Line``."""

    def ask(self, order: Order) -> Reply: ...


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked, why, and who sits before the screen at the consumer."""

    agreement: str
    key: Mapping[str, Any]
    purpose: str
    operator: str
    consent: str = ""
    after: str = ""


@dataclass(frozen=True, kw_only=True)
class Told:
    """An answer with its proofs: the node's signed letter, the platform's seal, both as text."""

    question: str
    answer: Answer
    letter: str
    seal: str


line: Asks = Line(settings.NATS_URL)


def subject_of(value: str) -> str:
    """Return the keyed hash by which a person or company is known in the log, the same for every interface."""
    text = value.strip().upper()
    return salted_hmac("yunshu.exchange.subject", text, algorithm="sha256").hexdigest()


def ask_as_client(*, client: Client, question: Question, now: datetime) -> Told:
    """Ask as a program. Raises NotFound, Refused, TooMany and Unavailable; each but the first is written down."""
    row = _agreement(question.agreement)
    if row is None or row.consumer_id != client.org_id:
        raise NotFound("agreement_not_found", _("没有这份协议，或者它不是本应用所属单位的。"))
    return _Asking(row, client, client.name, now).ask(question)


def ask_as_person(*, actor: Viewer, question: Question, now: datetime) -> Told:
    """Ask by hand, from the page: the operator is who is signed in. Raises as ``ask_as_client``, and NotPermitted."""
    selectors.get_agreement(actor, question.agreement)
    row = _agreement(question.agreement)
    if row is None:
        raise NotFound("agreement_not_found")
    actor.require(REQUEST_EDIT, row.consumer.path)
    return _Asking(row, None, actor.name, now).ask(question)


def _agreement(number: str) -> Agreement | None:
    rows = Agreement.objects.select_related("consumer", "resource__interface__node__org").order_by()
    return next(iter(rows.filter(number=number)), None)


class _Asking:
    """One question on its way."""

    def __init__(self, row: Agreement, client: Client | None, name: str, now: datetime) -> None:
        self._row, self._client, self._name, self._now = row, client, name, now
        self._began = time.monotonic()
        self._consent: Consent | None = None

    def ask(self, question: Question) -> Told:
        first = next(iter(question.key.values()), "")
        subject = subject_of(first) if isinstance(first, str) else ""
        order: Order | None = None
        try:
            purpose, operator = _checked_words(question.purpose, question.operator)
            interface = self._interface()
            key = _checked_key(interface, question.key)
            first = next((key[name] for name in interface.lookup if name in key), "")
            subject = subject_of(first) if first else ""
            self._consent = self._consented(interface, subject, question.consent)
            self._take()
            order = self._order(interface, key, question.after)
            reply = line.ask(order)
            answer = asking.read_answer(reply.letter, card_of(interface.node), order)
            if answer.code:
                raise (Unavailable if answer.code in rules.AGAIN else Refused)(answer.code, answer.message)
        except YunshuError as refused:
            self._write(question, subject, order, code=refused.code)
            raise
        self._write(question, subject, order, answer=answer, letter=reply.letter, words=(purpose, operator))
        last = self._row.last_delivered_at
        if last is None or self._now - last > NOTED_EVERY:
            deliver_begun(self._row, self._now)
        return Told(question=order.id, answer=answer, letter=reply.letter.decode(), seal=reply.seal.decode())

    def _interface(self) -> Interface:
        row = self._row
        if row.terms["delivery"] != "query":
            raise Refused("not_by_query", _("该协议约定的是库表交付，不是接口查询。"))
        if row.state != AgreementState.ACTIVE or not row.starts_on <= clock.city_date(self._now) <= row.ends_on:
            raise Refused("agreement_not_active", _("协议没有生效，不能查询。"))
        interface: Interface | None = getattr(row.resource, "interface", None)
        if interface is None or not interface.is_active:
            raise Unavailable("interface_missing", _("提供方还没有设置或已停用该数据的查询接口。"))
        if interface.node.state != NodeState.ACTIVE:
            raise Unavailable("node_barred", _("提供方的节点已被切断。"))
        return interface

    def _consented(self, interface: Interface, subject: str, number: str) -> Consent | None:
        if not interface.needs_consent:
            return None
        rows = Consent.objects.filter(agreement=self._row, subject=subject, withdrawn_at__isnull=True)
        rows = rows.filter(given_at__lte=self._now, ends_at__gt=self._now)
        found = (rows.filter(number=number) if number else rows).order_by("-given_at").first()
        if found is None:
            raise Refused("consent_missing", _("该数据须经当事人同意才能查询，没有找到有效的同意。"), where="consent")
        return found

    def _take(self) -> None:
        """Count the question against what the client may ask; raise TooMany."""
        if self._client is None:
            minute = Call.objects.filter(client=None, operator=self._name, at__gt=self._now - rules.SIGNED_FOR / 5)
            if minute.count() >= PERSON_PER_MINUTE:
                raise TooMany("too_often", _("查询过于频繁，请稍后再试。"), retry_after_s=60)
            return
        words: dict[str, Any] = {
            "client": self._client.pk,
            "rate": float(self._client.per_second),
            "most": self._client.per_day,
            "now": self._now,
            "day": clock.city_date(self._now),
        }
        with connection.cursor() as cursor:
            cursor.execute(_TAKE, words)
            if cursor.fetchone() is None:
                raise self._too_many()

    def _too_many(self) -> TooMany:
        client = self._client
        allowance = getattr(client, "allowance", None)
        if client and allowance and allowance.day == clock.city_date(self._now) and allowance.used >= client.per_day:
            return TooMany("quota_used", _("今天的调用次数已用完。"), retry_after_s=3600)
        return TooMany("too_often", _("调用过于频繁，请稍后再试。"), retry_after_s=1)

    def _order(self, interface: Interface, key: dict[str, str], after: str) -> Order:
        if after and not interface.is_view:
            raise Refused("not_a_view", _("该接口不能按页列出。"), where="after")
        if interface.kind == InterfaceKind.SERVICE:
            source = {"service": interface.service}
        else:
            source = {"database": interface.database, "table": interface.table}
        return orders.new_order(
            Verb.ASK,
            card_of(interface.node),
            agreement=self._row.number,
            spec=rules.spec(
                self._row.terms, source, key, interface.most_rows, after=after if interface.is_view else None
            ),
            valid=asking.VALID,
            now=self._now,
        )

    def _write(
        self,
        question: Question,
        subject: str,
        order: Order | None,
        *,
        code: str = "",
        answer: Answer | None = None,
        letter: bytes = b"",
        words: tuple[str, str] | None = None,
    ) -> None:
        purpose, operator = words or (question.purpose[:200], question.operator[:120])
        Call.objects.create(
            question=order.id if order else orders.new_id(),
            agreement=self._row,
            client=self._client,
            operator=self._name if self._client is None else operator,
            purpose=purpose,
            subject=subject,
            consent=self._consent,
            rows=answer.count if answer else 0,
            code=code,
            took_ms=int((time.monotonic() - self._began) * 1000),
            digest=sha256(letter).hexdigest() if letter else "",
            at=self._now,
        )


def _checked_key(interface: Interface, given: Mapping[str, Any]) -> dict[str, str]:
    """Return the values asked for: every item that is asked by, or of a view any of them, and no other.

    Raises Refused (``key_missing``, ``key_unknown``).
    """
    lookup: Sequence[str] = interface.lookup
    unknown = sorted(set(given) - set(lookup))
    if unknown:
        raise Refused(
            "key_unknown", _("不能按 %(names)s 查询。") % {"names": _("、").join(unknown)[:200]}, where=unknown[0]
        )
    key: dict[str, str] = {}
    for name in lookup:
        value = given.get(name)
        text = value.strip() if isinstance(value, str) else ""
        if interface.is_view and not text:
            continue
        if not text or len(text) > rules.MOST_VALUE or "\0" in text:
            raise Refused("key_missing", _("请给出查询条件 %(name)s。") % {"name": name}, where=name)
        key[name] = text
    return key


def _checked_words(purpose: str, operator: str) -> tuple[str, str]:
    """Return why and by whom it is asked, trimmed. Raises Refused (``purpose_missing``, ``operator_missing``)."""
    purpose, operator = " ".join(purpose.split())[:200], " ".join(operator.split())[:120]
    if len(purpose) < rules.PURPOSE_LEAST:
        raise Refused("purpose_missing", _("请写明本次查询的用途（所办事项）。"), where="purpose")
    if not operator:
        raise Refused("operator_missing", _("请写明操作人。"), where="operator")
    return purpose, operator
