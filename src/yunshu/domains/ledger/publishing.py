"""What the public may see of the ledger: who keeps it, how far it is, whether a record stands in it, its receipt.

What a record is about and who made it stays inside; that it stands there since a moment is what a receipt proves.
Members are asked at most once in ``KEPT_SECONDS``, however many people look.
"""

from datetime import UTC, datetime
from typing import Any

import structlog
from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext as _

from yunshu.domains.ledger import peers, selectors
from yunshu.domains.ledger.contracts import Cosigner, PublicBlock, PublicLedger, PublicMember, PublicRecord
from yunshu.domains.ledger.models import Record
from yunshu.lib.consortium.charter import from_words
from yunshu.lib.kernel.errors import NotFound, Refused
from yunshu.lib.tlog.errors import TlogError
from yunshu.lib.tlog.policy import parse_policy
from yunshu.lib.tlog.proof_file import parse_proof_file
from yunshu.lib.tlog.verdict import evaluate

log = structlog.get_logger()
KEPT_SECONDS = 3
BLOCKS = 10
TREES = ("sha256", "sm3")


def ledger() -> PublicLedger:
    """Return the ledger's members and newest blocks."""
    found: PublicLedger | None = cache.get("ledger.public")
    if found is None:
        found = _ledger()
        cache.set("ledger.public", found, KEPT_SECONDS)
    return found


def record(number: str, now: datetime) -> PublicRecord:
    """Return how far the record with this number is; raise NotFound (``record_not_found``)."""
    row = _row(number)
    return PublicRecord(
        number=row.number,
        recorded_at=row.recorded_at,
        state=selectors.state_of(row, now),
        leaf_index=row.leaf_index,
        final_at=row.final_at,
        cosigners=cosigners(row.leaf_index) if row.final_at is not None and row.leaf_index is not None else (),
    )


def cosigners(leaf_index: int) -> tuple[Cosigner, ...]:
    """Return who cosigned the head that a final leaf's receipt leads to, each signature checked; () if nobody answers."""
    found, rules = peers.receipt(leaf_index), policy("sha256")
    if found is None or not rules:
        return ()
    try:
        signed = parse_proof_file(found).signed
        verdict = evaluate(parse_policy(rules.encode()), signed, origin=signed.checkpoint.origin)
    except TlogError as error:
        log.error("ledger.receipt_unsound", leaf=leaf_index, error=str(error))
        return ()
    titles = {member.name: member.title for member in ledger().members}
    return tuple(Cosigner(titles.get(each.name, each.name), _instant(each.time_s)) for each in verdict.cosigned)


def _instant(time_s: int) -> datetime:
    return datetime.fromtimestamp(time_s, UTC)


def receipt(number: str) -> bytes:
    """Return a record's receipt.

    Raises NotFound (``record_not_found``) and Refused (``receipt_not_ready``: not final yet, or no member answers).
    """
    row = _row(number)
    found = peers.receipt(row.leaf_index) if row.final_at is not None and row.leaf_index is not None else None
    if found is None:
        raise Refused("receipt_not_ready", _("存证还没有最终确认，或成员节点暂时没有应答，请稍后再下载回执。"))
    return found


def policy(tree: str) -> str:
    """Return the policy file of a tree (``sha256`` or ``sm3``) as the first member that answers gives it; "" if none."""
    kept = f"ledger.policy.{tree}"
    found: str | None = cache.get(kept)
    if found is None:
        found = next((text for _name, url in settings.LEDGER_PEERS if (text := _text(f"/{tree}/policy", url))), "")
        cache.set(kept, found, KEPT_SECONDS)
    return found


def verifier() -> bytes:
    """Return the offline verifier, one Python file."""
    found: bytes = settings.LEDGER_VERIFIER.read_bytes()
    return found


def _row(number: str) -> Record:
    row = Record.objects.filter(number=number.strip().upper()).first()
    if row is None:
        raise NotFound("record_not_found", _("没有这个编号的存证，请核对后再查。"))
    return row


def _ledger() -> PublicLedger:
    statuses = peers.statuses()
    answer = peers.fetch("/charter")
    charter = from_words(answer.json()) if answer is not None and answer.status_code == 200 else None
    counted = {each.name for each in charter.members} if charter else set()
    blocks = peers.fetch(f"/blocks?limit={BLOCKS}")
    members = tuple(_member(each, counted) for each in statuses)
    return PublicLedger(
        name=next((str(each.status["ledger"]) for each in statuses if each.status), ""),
        size=max((member.size for member in members), default=0),
        members=members,
        quorum=charter.quorum if charter else 0,
        agree=selectors.heads_agree(statuses),
        blocks=tuple(_block(each) for each in blocks.json())
        if blocks is not None and blocks.status_code == 200
        else (),
    )


def _member(each: peers.MemberStatus, counted: set[str]) -> PublicMember:
    status = each.status or {}
    return PublicMember(
        name=each.name,
        title=str(status.get("org") or each.name),
        answers=each.answers,
        stopped=bool(status.get("halted")),
        size=int((status.get("final") or {}).get("size", 0)),
        counts=each.name in counted,
    )


def _block(words: dict[str, Any]) -> PublicBlock:
    return PublicBlock(
        number=int(words["number"]), size=int(words["size"]), sha256=str(words["sha256"]), sm3=str(words["sm3"])
    )


def _text(path: str, url: str) -> str:
    answer = peers.fetch(path, url)
    return answer.text if answer is not None and answer.status_code == 200 else ""
