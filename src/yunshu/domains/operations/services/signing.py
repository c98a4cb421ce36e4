"""A person of a unit signs for terminals: by the account, or by an SM2 key of their own that was compared by its fingerprint."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Staff, Viewer
from yunshu.domains.directory.models import Person
from yunshu.domains.operations.contracts import CAMPAIGN_EDIT, TERMINAL_SIGN, Proven
from yunshu.domains.operations.models import CampaignUnit, Handover, SignerKey, Terminal
from yunshu.domains.operations.rules import campaign as rules
from yunshu.domains.operations.rules import handing_over
from yunshu.domains.operations.selectors import campaign as selectors
from yunshu.domains.operations.services import proof, terminals
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound, NotPermitted, Refused
from yunshu.lib.kernel.ids import public_number


def statement_text(*, actor: Viewer, unit: str, numbers: Sequence[str], received_on: date) -> str:
    """Return the text that ``actor`` signs for these terminals; the same for the same terminals, person and day.

    Raises NotFound (``unit_not_found``), NotPermitted (``not_permitted``, ``not_of_unit``), Conflict (``terminals_changed``) and
    Refused (``nothing_chosen``).
    """
    row = selectors.get_unit(actor, unit)
    person = _signer(actor, row)
    return _text(row, person, _waiting(row, numbers, lock=False), received_on)


@transaction.atomic
def sign(
    *, actor: Viewer, unit: str, numbers: Sequence[str], received_on: date, signature: str = "", now: datetime
) -> Handover:
    """Sign for delivered terminals: by key where the person has one, else by the account.

    Raises NotFound (``unit_not_found``), NotPermitted (``not_permitted``, ``not_of_unit``), Conflict (``terminals_changed``) and
    Refused (``nothing_chosen``, ``date_wrong``, ``key_demanded``, ``key_missing``, ``signature_wrong``).
    """
    row = selectors.get_unit(actor, unit)
    person = _signer(actor, row)
    waiting = _waiting(row, numbers, lock=True)
    text = _text(row, person, waiting, received_on)
    key = _proven_key(person, text, signature)
    made = Handover.objects.create(
        number=public_number("QS", clock.city_date(now)),
        unit=row,
        person=person,
        name=person.name[:60],
        received_on=received_on,
        statement=text,
        digest=handing_over.digest_of(text),
        method=Handover.Method.SM2 if key else Handover.Method.ACCOUNT,
        key=key,
        signature="".join(signature.split())[:200] if key else "",
        at=now,
    )
    for terminal in waiting:
        terminals.sign_for(terminal, made, actor, now)
    terminals.tell_unit(row, actor, now)
    words = {"unit": row.org.code, "digest": made.digest, "method": made.method, "terminals": len(waiting)}
    words |= {"fingerprint": key.fingerprint if key else "", "received_on": received_on}
    proof.of(Proven.HANDOVER, made.number, words, actor, now)
    return made


@transaction.atomic
def enrol_key(*, actor: Viewer, person: str, public_key: str, fingerprint: str, now: datetime) -> SignerKey:
    """Let a person's SM2 key count, after its fingerprint was compared with the person.

    Raises NotFound (``person_not_found``), NotPermitted, Conflict (``key_alive``, ``key_known``) and Refused (``malformed_key``,
    ``fingerprint_wrong``).
    """
    who = Person.objects.filter(number=person, is_active=True).select_related("org").first()
    if who is None:
        raise NotFound("person_not_found", _("没有这个人员：%(number)s") % {"number": person})
    actor.require(CAMPAIGN_EDIT, who.org.path)
    key = "".join(public_key.split()).lower()
    if handing_over.key_fault(key):
        raise Refused("malformed_key", _("这不是 SM2 公钥（04 开头的 130 位十六进制）。"), where="public_key")
    shown = handing_over.fingerprint_of(key)
    if "".join(fingerprint.split()).lower() != shown.replace(" ", ""):
        raise Refused("fingerprint_wrong", _("指纹与公钥不符，请与本人重新核对。"), where="fingerprint")
    if selectors.key_of(who.pk) is not None:
        raise Conflict("key_alive", _("该人员已有在用的公钥，请先停用。"))
    if SignerKey.objects.filter(public_key=key).exists():
        raise Conflict("key_known", _("该公钥登记过，不能再次使用。"))
    made = SignerKey.objects.create(
        org=who.org, person=who, public_key=key, fingerprint=shown, enrolled_by=actor.name[:80], enrolled_at=now
    )
    proof.of(Proven.HANDOVER, who.number, {"verb": "enrol_key", "fingerprint": shown}, actor, now)
    return made


@transaction.atomic
def retire_key(*, actor: Viewer, fingerprint: str, now: datetime) -> SignerKey:
    """End a key; what it signed stays valid. Raises NotFound (``key_not_found``), NotPermitted and Conflict (``key_retired``)."""
    rows = SignerKey.objects.select_for_update(of=("self",)).select_related("org", "person")
    row = rows.filter(fingerprint=fingerprint).first()
    if row is None:
        raise NotFound("key_not_found")
    actor.require(CAMPAIGN_EDIT, row.org.path)
    if row.retired_at is not None:
        raise Conflict("key_retired", _("该公钥已经停用。"))
    row.retired_at = now
    row.save(update_fields=["retired_at"])
    proof.of(Proven.HANDOVER, row.person.number, {"verb": "retire_key", "fingerprint": fingerprint}, actor, now)
    return row


def _signer(actor: Viewer, row: CampaignUnit) -> Person:
    """Return the person who signs: staff of the unit itself or below it, with the right to sign for it."""
    actor.require(TERMINAL_SIGN, row.org.path)
    person = None
    if isinstance(actor, Staff):
        person = Person.objects.filter(pk=actor.person_id, org__path__startswith=row.org.path).first()
    if person is None:
        raise NotPermitted("not_of_unit", _("只有“%(org)s”的人员可以签收。") % {"org": row.org.name})
    return person


def _waiting(row: CampaignUnit, numbers: Sequence[str], *, lock: bool) -> list[Terminal]:
    wanted = sorted(set(numbers))
    if not wanted:
        raise Refused("nothing_chosen", _("请选择要签收的终端。"), where="terminals")
    rows = Terminal.objects.filter(unit=row, number__in=wanted, until__isnull=True, state=rules.DELIVERED)
    if lock:
        rows = rows.select_for_update(of=("self",))
    found = list(rows.select_related("unit__campaign", "unit__org", "new", "old").order_by("number"))
    if len(found) != len(wanted):
        raise Conflict("terminals_changed", _("其中有终端不是待签收状态，请刷新后重试。"))
    return found


def _text(row: CampaignUnit, person: Person, waiting: Sequence[Terminal], received_on: date) -> str:
    statement = handing_over.Statement(
        campaign=row.campaign.number,
        unit=row.org.code,
        person=person.number,
        name=person.name,
        received_on=received_on,
        terminals=[(t.number, t.new.number, t.new.serial) for t in waiting if t.new],
    )
    return handing_over.text_of(statement)


def _proven_key(person: Person, text: str, signature: str) -> SignerKey | None:
    key = selectors.key_of(person.pk)
    if key is None and signature.strip():
        raise Refused("key_missing", _("您没有登记 SM2 公钥，请先登记，或用账号签收。"), where="signature")
    if key is None:
        return None
    if not signature.strip():
        raise Refused("key_demanded", _("您登记了 SM2 公钥，请用它签名。"), where="signature")
    if not handing_over.is_signed(key.public_key, signature, text):
        raise Refused("signature_wrong", _("签名不是由您登记的密钥对这段内容签的。"), where="signature")
    return key
