"""Letters with the province's hotline: put down in the transaction of what they tell, sent in order ticket by ticket, taken once."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db import DataError, IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from pydantic import ValidationError

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.hotline.choices import LetterState, Way
from yunshu.domains.hotline.contracts import TICKET_MANAGE
from yunshu.domains.hotline.models import ProvinceLetter, ProvinceLine, Ticket
from yunshu.domains.hotline.rules import province as rules
from yunshu.domains.hotline.services.registering import desk_org
from yunshu.domains.hotline.vault import vault
from yunshu.lib.cascade import message
from yunshu.lib.cascade.contract import Contract
from yunshu.lib.cascade.message import Ack, Message
from yunshu.lib.crypto.digests import sm3
from yunshu.lib.kernel.errors import Conflict, NotFound, NotPermitted, Refused

WORKS = timedelta(minutes=10)
"""A line that answered so recently works: what fails on it is the letter's own fault."""
NUL = b"\\u0000"
Hook = Callable[[Mapping[str, Any], datetime], Ticket]
TAKES: dict[str, Hook] = {}
"""What is done with a letter from above, by kind; ``province_tickets`` fills it."""


def line() -> ProvinceLine | None:
    """Return the line to the province; None where the city has none."""
    return ProvinceLine.objects.filter(code=rules.PROVINCE).first()


def join(*, name: str, address: str, is_simulator: bool, contract: Contract) -> ProvinceLine:
    """Note which platform this one speaks to, and by which contract."""
    words = {"name": name, "address": address, "is_simulator": is_simulator, "contract_version": contract.version}
    return ProvinceLine.objects.update_or_create(code=rules.PROVINCE, defaults=words)[0]


# up -------------------------------------------------------------------------------------------------------------------


def post(row: Ticket, kind: str, words: Mapping[str, Any], now: datetime) -> ProvinceLetter:
    """Put a letter down for the province. Call it with the ticket locked: that orders its letters."""
    stream = ProvinceLetter.objects.filter(way=Way.UP, source=rules.CITY, stream=row.number)
    return ProvinceLetter.objects.create(
        way=Way.UP,
        source=rules.CITY,
        stream=row.number,
        version=(stream.aggregate(last=Max("version"))["last"] or 0) + 1,
        ticket=row,
        uid=uuid4().hex,
        kind=kind,
        body=dict(words),
        state=LetterState.WAITING,
        made_at=now,
    )


def waiting(most: int, now: datetime) -> list[ProvinceLetter]:
    """Return the letters to send now: of each ticket the first that is open; a dead one holds up its ticket, and no other."""
    open_ = ProvinceLetter.objects.filter(way=Way.UP, state__in=(LetterState.WAITING, LetterState.DEAD))
    first = open_.order_by("stream", "version").distinct("stream").values("pk")
    rows = ProvinceLetter.objects.filter(pk__in=first, state=LetterState.WAITING).exclude(next_at__gt=now)
    return list(rows.order_by("made_at", "pk")[:most])


@transaction.atomic
def note_ack(row: ProvinceLetter, ack: Ack, unwritable: str, now: datetime) -> None:
    """Note what the province said of a letter; what it forgot is sent again, what it has more of than we, we number behind.

    ``unwritable`` says why only an empty letter could be sent in its place.
    """
    row = ProvinceLetter.objects.select_for_update().get(pk=row.pk)
    same = ProvinceLetter.objects.filter(way=Way.UP, source=row.source, stream=row.stream)
    ProvinceLine.objects.filter(code=rules.PROVINCE).update(last_contact_at=now, trouble="", trouble_at=None)
    if ack.verdict == message.EXPECTED and ack.number > row.version:
        behind = ack.number - row.version
        for each in same.filter(version__gte=row.version).order_by("-version").select_for_update():
            each.version = each.version + behind
            each.save(update_fields=["version"])
    elif ack.verdict == message.EXPECTED:
        again = same.filter(version__gte=ack.number).exclude(state=LetterState.WAITING)
        again.update(state=LetterState.WAITING, next_at=None, ended_at=None)
    elif row.state == LetterState.WAITING:
        refused = unwritable or (ack.text or ack.code if ack.verdict == message.REFUSED else "")
        row.state, row.ended_at = (LetterState.REFUSED if refused else LetterState.DONE), now
        row.trouble = refused[:500]
        row.save(update_fields=["state", "ended_at", "trouble"])


@transaction.atomic
def note_failure(row: ProvinceLetter | None, text: str, contract: Contract, now: datetime) -> None:
    """Note that the province could not be reached, or that a letter did not pass; it is tried again later, then laid aside."""
    found = ProvinceLine.objects.select_for_update(no_key=True).get(code=rules.PROVINCE)
    works = found.last_contact_at is not None and now - found.last_contact_at < WORKS
    found.trouble, found.trouble_at = text[:300], found.trouble_at or now
    found.save(update_fields=["trouble", "trouble_at"])
    if row is None:
        return
    row = ProvinceLetter.objects.select_for_update().get(pk=row.pk)
    row.tries, row.trouble = row.tries + 1, text[:500]
    row.next_at = now + timedelta(seconds=contract.pause_s(row.tries))
    if row.tries >= rules.MOST_TRIES and works:
        row.state, row.ended_at = LetterState.DEAD, now
    row.save(update_fields=["tries", "trouble", "next_at", "state", "ended_at"])


def note_contact(now: datetime, *, is_back: bool) -> None:
    """Note that the province answered; where it ``is_back`` from being away, what rests need not rest longer."""
    ProvinceLine.objects.filter(code=rules.PROVINCE).update(last_contact_at=now)
    resting = ProvinceLetter.objects.filter(way=Way.UP, state=LetterState.WAITING, next_at__isnull=False)
    if is_back:
        resting.update(next_at=None)
    if not resting.exists():
        ProvinceLine.objects.filter(code=rules.PROVINCE).update(trouble="", trouble_at=None)


# down -----------------------------------------------------------------------------------------------------------------


def take(found: Sequence[tuple[Message, bytes]], contract: Contract, now: datetime) -> int:
    """Take letters from above in the order of their numbers, each once; return how many. What lies behind a gap waits."""
    return sum(_take(given, letter, contract, now) for given, letter in sorted(found, key=lambda one: one[0].number))


@transaction.atomic
def _take(given: Message, letter: bytes, contract: Contract, now: datetime) -> bool:
    found = ProvinceLine.objects.select_for_update(no_key=True).get(code=rules.PROVINCE)
    if given.number != found.taken + 1:
        return False
    desk_org()  # a fault of ours is not blamed on the letter
    found.taken = given.number
    found.save(update_fields=["taken"])
    kind, body, trouble = _read(given, letter, contract)
    stream, version = str(body.get("upper_number") or f"?{given.id}")[:60], body.get("version")
    if not (isinstance(version, int) and 0 < version < 1 << 31):
        version, trouble = given.number, trouble or _("报文没有版次。")
    kept = {name: value for name, value in body.items() if name not in rules.PERSON}
    row, is_new = ProvinceLetter.objects.get_or_create(
        way=Way.DOWN,
        source=rules.PROVINCE,
        stream=stream,
        version=version,
        defaults={
            "uid": given.id.replace("\0", "")[:64],
            "kind": kind[:40],
            "body": kept,
            "digest": sm3(letter).hex(),
            "state": LetterState.WAITING,
            "made_at": now,
        },
    )
    if not is_new:  # the same version again, under another number: the province sent it twice
        return True
    _seal(row, {name: str(body[name]) for name in rules.PERSON if body.get(name)})
    if trouble:
        _end(row, None, trouble, now)
    else:
        _take_next(stream, now)
    return True


def _read(given: Message, letter: bytes, contract: Contract) -> tuple[str, dict[str, Any], str]:
    """Return kind and body in our names, and why the letter cannot be taken."""
    if NUL in letter:
        return given.kind.replace("\0", ""), {}, _("报文里有不能保存的字符。")
    try:
        known = contract.named(given.kind)
        body = known.inward(given.body)
    except Refused as error:
        return given.kind, dict(given.body), error.message or error.code
    return known.name, body, "" if known.name in TAKES else _("省平台不应下达这种报文：%(k)s。") % {"k": known.name}


def _take_next(stream: str, now: datetime) -> None:
    """Take what waits of a ticket, as far as its versions follow one another."""
    rows = ProvinceLetter.objects.filter(way=Way.DOWN, source=rules.PROVINCE, stream=stream)
    for row in rows.filter(state=LetterState.WAITING).order_by("version").select_for_update():
        before = rows.filter(version__lt=row.version).exclude(state=LetterState.WAITING).count()
        if before != row.version - 1:
            return
        _apply(row, now)


def _apply(row: ProvinceLetter, now: datetime) -> None:
    ticket, trouble = None, ""
    try:
        with transaction.atomic():
            ticket = TAKES[row.kind](dict(row.body) | _unsealed(row), now)
    except (Refused, NotFound, Conflict, NotPermitted) as error:
        trouble = error.message or error.code
    except (DataError, IntegrityError) as error:
        trouble = _("报文的内容保存不了：%(e)s") % {"e": type(error).__name__}
    except ValidationError as error:
        places = "、".join(".".join(map(str, each["loc"])) for each in error.errors())
        trouble = _("报文的内容不全或类型不对：%(places)s") % {"places": places}
    _end(row, ticket, trouble, now)


def _end(row: ProvinceLetter, ticket: Ticket | None, trouble: str, now: datetime) -> None:
    row.state, row.ended_at = (LetterState.REFUSED if trouble else LetterState.DONE), now
    row.trouble, row.ticket = trouble[:500], ticket
    if not trouble:
        row.sealed = b""
    row.save(update_fields=["state", "ended_at", "trouble", "ticket", "sealed"])


def _seal(row: ProvinceLetter, person: Mapping[str, str]) -> None:
    if person:
        row.generation, row.sealed = vault().seal(person, f"{row.stream}:{row.version}")
        row.save(update_fields=["generation", "sealed"])


def _unsealed(row: ProvinceLetter) -> dict[str, str]:
    sealed = bytes(row.sealed)
    return vault().open(row.generation, sealed, f"{row.stream}:{row.version}") if sealed else {}


# by hand --------------------------------------------------------------------------------------------------------------


@transaction.atomic
def try_again(*, actor: Viewer, letter_id: int, now: datetime) -> ProvinceLetter:
    """Send again what died or was refused, or take again what could not be taken.

    Raises NotFound, NotPermitted and Conflict (``letter_not_stuck``).
    """
    actor.require(TICKET_MANAGE, desk_org().path)
    row = ProvinceLetter.objects.select_for_update().filter(pk=letter_id).first()
    if row is None:
        raise NotFound("letter_not_found")
    if row.state not in (LetterState.DEAD, LetterState.REFUSED):
        raise Conflict("letter_not_stuck", _("只有多次失败或被退回的报文可以重发。"))
    if row.way == Way.DOWN:
        if row.kind not in TAKES:
            raise Conflict("letter_not_stuck", _("这种报文不能办理，请改正约定后由省平台重发。"))
        _apply(row, now)
    elif row.state == LetterState.DEAD:
        row.state, row.tries, row.next_at, row.ended_at = LetterState.WAITING, 0, None, None
        row.save(update_fields=["state", "tries", "next_at", "ended_at"])
    elif row.ticket is not None:
        Ticket.objects.select_for_update().get(pk=row.ticket.pk)
        post(row.ticket, row.kind, row.body, now)
        row.state = LetterState.DONE
        row.save(update_fields=["state"])
    return row
