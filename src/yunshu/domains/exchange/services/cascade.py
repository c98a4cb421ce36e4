"""Messages with the level above: put down in the transaction of what they tell, sent in order, taken once and in order."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import uuid4

from django.db import DataError, IntegrityError, connection, transaction
from django.db.models import Max
from pydantic import TypeAdapter, ValidationError

from yunshu.domains.exchange import cascade as reading
from yunshu.domains.exchange.choices import Headings, MessageState
from yunshu.domains.exchange.models import CascadeMessage, UpperLink
from yunshu.lib.cascade import message
from yunshu.lib.cascade.contract import Contract
from yunshu.lib.cascade.message import Ack, Message
from yunshu.lib.kernel.errors import Conflict, NotFound, Refused

PROVINCE = "province"
NUL = b"\\u0000"
"""How canonical JSON writes the one character that PostgreSQL does not keep."""
T = TypeVar("T")
Hook = Callable[[Mapping[str, Any], datetime], None]
TAKES: dict[str, Hook] = {}
"""What is done with a message from above, by kind; ``services.upper`` fills it by ``taking``."""
UNWANTED: dict[str, Callable[[str, str, datetime], None]] = {}
"""What is done when the level above refuses a message, by kind: subject and reason."""


def taking(shape: type[T], act: Callable[[T, datetime], None]) -> Hook:
    """Return a hook that reads a body as ``shape`` and then acts; a body of another shape raises ValidationError."""
    adapter: TypeAdapter[T] = TypeAdapter(shape)
    return lambda body, now: act(adapter.validate_python(body), now)


def link() -> UpperLink | None:
    """Return the line to the level above; None where the city has none."""
    return UpperLink.objects.filter(code=PROVINCE).first()


@transaction.atomic
def join(
    *, name: str, address: str, is_simulator: bool, fingerprint: str, contract: Contract, upper: str = ""
) -> UpperLink:
    """Note which level above this platform speaks to, and by which contract.

    Raises Refused (``upper_changed``) if its keys are others than before, unless ``upper`` says that it is the ``same``
    with new keys, or an ``other`` one: that begins with messages of its own.
    """
    line = UpperLink.objects.select_for_update().filter(code=PROVINCE).first()
    if line is not None and line.fingerprint not in ("", fingerprint):
        if upper not in ("same", "other"):
            text = "上级平台的证件换了。是同一个平台换了密钥，用 --upper same 启动一次；换了平台，用 --upper other。"
            raise Refused("upper_changed", text)
        if upper == "other":
            UpperLink.objects.filter(pk=line.pk).update(code=f"{PROVINCE}-{line.pk}")
    words = {"name": name, "address": address, "is_simulator": is_simulator, "contract_version": contract.version}
    return UpperLink.objects.update_or_create(code=PROVINCE, defaults=words | {"fingerprint": fingerprint})[0]


@transaction.atomic
def post(kind: str, subject: str, words: Mapping[str, Any], now: datetime) -> None:
    """Put a message down for the level above; nothing where the city has no line to it."""
    line = link()
    if line is None:
        return
    with (
        connection.cursor() as cursor
    ):  # not the link's own lock: whoever posts already holds what the message is about
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('exchange.cascade'))")
    line.refresh_from_db(fields=["sent"])
    up = CascadeMessage.objects.filter(link=line, way=Headings.UP)
    CascadeMessage.objects.create(
        link=line,
        way=Headings.UP,
        number=max(up.aggregate(last=Max("number"))["last"] or 0, line.sent) + 1,
        uid=uuid4().hex,
        kind=kind,
        subject=subject,
        body=dict(words),
        state=MessageState.WAITING,
        made_at=now,
    )


def waiting(line: UpperLink, most: int, now: datetime) -> list[CascadeMessage]:
    """Return the messages to send now, in their order; none while the first of them rests after a failure."""
    rows = list(line.messages.filter(way=Headings.UP, state=MessageState.WAITING).order_by("number")[:most])
    return [] if rows and rows[0].next_at is not None and rows[0].next_at > now else rows


@transaction.atomic
def note_ack(row: CascadeMessage, ack: Ack, unwritable: str, now: datetime) -> None:
    """Note what the level above said of a message; what it forgot is sent again, what it refused is told to who is concerned.

    ``unwritable`` says why only an empty message could be sent in its place.
    """
    line = _locked(row.link_id)
    row = CascadeMessage.objects.select_for_update().get(pk=row.pk)
    line.last_contact_at, line.trouble, line.trouble_at = now, "", None
    if ack.verdict == message.EXPECTED and ack.number > row.number:
        _number_anew(line, ack.number, now)
        return
    if ack.verdict == message.EXPECTED and ack.number < row.number:
        again = line.messages.filter(way=Headings.UP, number__gte=ack.number).exclude(state=MessageState.WAITING)
        again.update(state=MessageState.WAITING, next_at=None, ended_at=None)
        line.sent = max(0, ack.number - 1)
        line.save()
        return
    if row.state == MessageState.WAITING:
        refused = unwritable or (ack.text or ack.code if ack.verdict == message.REFUSED else "")
        row.state, row.ended_at = (MessageState.REFUSED if refused else MessageState.DONE), now
        row.trouble = refused[:500]
        row.save(update_fields=["state", "ended_at", "trouble"])
        if refused and row.kind in UNWANTED:
            UNWANTED[row.kind](row.subject, refused, now)
    line.sent = max(line.sent, row.number)
    line.save()


def _number_anew(line: UpperLink, expected: int, now: datetime) -> None:
    """The level above has more of us than we know of (we were restored from a backup): go on behind what it has."""
    line.sent = max(line.sent, expected - 1)
    line.save()
    rows = line.messages.filter(way=Headings.UP, state=MessageState.WAITING, number__lt=expected).order_by("number")
    for row in rows.select_for_update():
        row.state, row.ended_at, row.trouble = MessageState.DONE, now, "上级已收过这个序号，改用新的序号上报。"
        row.save(update_fields=["state", "ended_at", "trouble"])
        post(row.kind, row.subject, row.body, now)


def _locked(key: int) -> UpperLink:
    """Return the link, locked against others that change it but not against new messages."""
    return UpperLink.objects.select_for_update(no_key=True).get(pk=key)


@transaction.atomic
def note_failure(row: CascadeMessage | None, line: UpperLink, text: str, contract: Contract, now: datetime) -> None:
    """Note that the level above could not be reached, or answered what it did not sign; the message is tried again later."""
    since = line.trouble_at or now
    UpperLink.objects.filter(pk=line.pk).update(trouble=text[:300], trouble_at=since)
    if row is not None:
        again = now + timedelta(seconds=contract.pause_s(row.tries + 1))
        CascadeMessage.objects.filter(pk=row.pk).update(tries=row.tries + 1, next_at=again, trouble=text[:500])


@transaction.atomic
def note_contact(line: UpperLink, now: datetime, *, is_back: bool) -> None:
    """Note that the level above answered as it should; where it ``is_back`` from being away, what rests need not rest longer."""
    UpperLink.objects.filter(pk=line.pk).update(last_contact_at=now)
    resting = line.messages.filter(way=Headings.UP, state=MessageState.WAITING, next_at__isnull=False)
    if is_back:
        resting.update(next_at=None)
    if not resting.exists():
        UpperLink.objects.filter(pk=line.pk).update(trouble="", trouble_at=None)


def take(line: UpperLink, found: Sequence[tuple[Message, bytes]], contract: Contract, now: datetime) -> int:
    """Take messages from above, each once and in the order of their numbers; return how many. What lies behind a gap waits."""
    count = 0
    for given, letter in sorted(found, key=lambda each: each[0].number):
        count += _take(line.pk, given, letter, contract, now)
    return count


@transaction.atomic
def _take(line_key: int, given: Message, letter: bytes, contract: Contract, now: datetime) -> bool:
    line = _locked(line_key)
    if given.number != line.taken + 1:
        return False
    kind, body, trouble = given.kind, dict(given.body), ""
    reading.bureau()  # a fault of ours is not blamed on the message
    try:
        if NUL in letter:
            body = {}
            raise Refused("letter_malformed", "报文里有不能保存的字符。")
        known = contract.named(given.kind)
        kind, body = known.name, known.inward(given.body)
        if kind not in TAKES:
            raise Refused("kind_unexpected", f"上级不应下达这种报文：{kind}。")
        with transaction.atomic():
            TAKES[kind](body, now)
    except (Refused, NotFound, Conflict) as error:
        trouble = error.message or error.code
    except (DataError, IntegrityError) as error:
        trouble = f"报文的内容保存不了：{type(error).__name__}"
    except ValidationError as error:
        places = "、".join(".".join(map(str, each["loc"])) for each in error.errors())
        trouble = f"报文的内容不全或类型不对：{places}"
    CascadeMessage.objects.create(
        link=line,
        way=Headings.DOWN,
        number=given.number,
        uid=_plain(given.id)[:64],
        kind=_plain(kind)[:40],
        subject=str(body.get("number", ""))[:40],
        body=body,
        letter=letter.decode(),
        state=MessageState.REFUSED if trouble else MessageState.DONE,
        trouble=trouble[:500],
        made_at=now,
        ended_at=now,
    )
    line.taken = given.number
    line.save(update_fields=["taken"])
    return True


def _plain(text: str) -> str:
    return text.replace("\0", "")


@transaction.atomic
def send_again(row: CascadeMessage, now: datetime) -> None:
    """Send anew, as a new message, what the level above refused. Raises Conflict (``message_not_refused``)."""
    row = CascadeMessage.objects.select_for_update().get(pk=row.pk)
    if row.way != Headings.UP or row.state != MessageState.REFUSED:
        raise Conflict("message_not_refused", "只有被上级退回的报文可以重新上报。")
    post(row.kind, row.subject, row.body, now)
