"""Recordings: sealed under the vault's newest key, listened to for a reason, on the ledger, erased when their time is over."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Staff, Viewer
from yunshu.domains.hotline.contracts import PROOF_KIND, RECORDING_LISTEN, Proven
from yunshu.domains.hotline.models import Call, Recording, RecordingListen
from yunshu.domains.hotline.selectors import calls as selectors
from yunshu.domains.hotline.selectors.callers import own_reveal
from yunshu.domains.hotline.vault import vault
from yunshu.domains.ledger import api as ledger
from yunshu.lib.crypto.errors import CryptoError
from yunshu.lib.cti.events import Recorded
from yunshu.lib.cti.recordings import Kept, SealedRecordings
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound, NotPermitted, Refused, Unavailable, YunshuError

log = structlog.get_logger()
OPEN_FOR = timedelta(hours=1)
"""How long one asking lets somebody play a recording; ours."""
SAMPLE_BYTES_A_SECOND = 16_000


def _folder() -> Path:
    return Path(settings.RECORDINGS_FOLDER)


def _store(generation: int) -> SealedRecordings:
    key = vault().key(generation)
    return SealedRecordings(_folder(), key, spool=Path(settings.PHONE_SPOOL), key_name=str(generation))


class Store:
    """What the floor gives finished recordings to."""

    def take(self, recorded: Recorded) -> Kept:
        """Seal a recording and write down that it is kept. Raises as ``SealedRecordings``."""
        kept = _store(vault().newest()).take(recorded)
        keep(kept, clock.now())
        return kept


def keep(kept: Kept, now: datetime) -> bool:
    """Write down that a recording is kept; say whether its call is known."""
    call = Call.objects.filter(ref=kept.call).first()
    if call is None:
        return False
    words = {"generation": int(kept.key), "sha256": kept.sha256, "size": kept.bytes, "seconds": kept.seconds}
    Recording.objects.get_or_create(call=call, defaults=words | {"kept_at": now})
    return True


def adopt(now: datetime) -> int:
    """Take what a process that died left: recordings not sealed yet, and sealed ones without their row. Return how many."""
    count = 0
    for left in sorted(Path(settings.PHONE_SPOOL).glob("*.pcm")):
        seconds = left.stat().st_size / SAMPLE_BYTES_A_SECOND
        try:
            Store().take(Recorded(call=left.stem, at=now, reference=str(left), seconds=seconds))
            count += 1
        except (YunshuError, CryptoError, OSError) as error:
            log.warning("hotline.recording_left", call=left.stem, error=type(error).__name__)
    known = set(Recording.objects.values_list("call__ref", flat=True))
    for note in sorted(_folder().glob("*.json")):
        if note.stem not in known:
            count += keep(Kept(**json.loads(note.read_bytes())), now)
    return count


@transaction.atomic
def listen(*, actor: Viewer, number: str, reason: str, now: datetime) -> RecordingListen:
    """Ask to hear a recording, with a reason; it is open for an hour, and on the ledger.

    Raises NotFound, NotPermitted (``staff_only``, ``not_granted``: the ticket is confidential), Refused (``reason_missing``, ``erased``).
    """
    call = selectors.get_call(actor, number)
    if not isinstance(actor, Staff):
        raise NotPermitted("staff_only", _("只有工作人员本人可以调听。"))
    actor.require(RECORDING_LISTEN, call.desk.path)
    recording = Recording.objects.filter(call=call).first()
    if recording is None:
        raise NotFound("recording_not_found", _("这通电话没有录音。"))
    if recording.erased_at is not None:
        raise Refused("erased", _("录音已过保管期限并删除。"))
    if call.ticket and call.ticket.is_confidential and own_reveal(actor, call.ticket, now) is None:
        raise NotPermitted("not_granted", _("保密工单的录音须先获准查看诉求人身份。"))
    if not reason.strip():
        raise Refused("reason_missing", _("请写明调听事由。"), where="reason")
    payload = {"verb": "listen", "actor": actor.name, "at": now, "reason": reason.strip(), "sha256": recording.sha256}
    kind = f"{PROOF_KIND}{Proven.LISTEN.value}"
    record = ledger.record(kind=kind, subject=call.number, payload=payload, by=actor, now=now)
    return RecordingListen.objects.create(
        recording=recording, person_id=actor.person_id, reason=reason.strip()[:300], at=now, record=record
    )


def open_listen(*, actor: Viewer, listen_id: int, now: datetime) -> RecordingListen:
    """Return what somebody asked to hear within the last hour. Raises NotFound (``recording_not_found``)."""
    mine = RecordingListen.objects.filter(pk=listen_id, person_id=getattr(actor, "person_id", 0), at__gt=now - OPEN_FOR)
    row = mine.select_related("recording__call__desk").first()
    if row is None or row.recording.erased_at is not None:
        raise NotFound("recording_not_found", _("调听已过一小时，请重新填写事由。"))
    actor.require(RECORDING_LISTEN, row.recording.call.desk.path)
    return row


def sound(*, actor: Viewer, listen_id: int, now: datetime) -> bytes:
    """Return the WAV that somebody asked to hear within the last hour. Raises NotFound, Unavailable (``vault_closed``)."""
    recording = open_listen(actor=actor, listen_id=listen_id, now=now).recording
    try:
        return _store(recording.generation).open(recording.call.ref)
    except CryptoError as error:
        raise Unavailable("vault_closed", _("密钥不可用或录音文件被改动，请联系系统管理员。")) from error


def erase_old(*, now: datetime) -> int:
    """Erase recordings whose time is over; their rows and digests stay. Return how many."""
    before = now - timedelta(days=settings.RECORDING_DAYS)
    rows = list(Recording.objects.filter(erased_at__isnull=True, call__offered_at__lt=before).select_related("call"))
    for row in rows:
        for suffix in ("sm4", "json"):
            (_folder() / f"{row.call.ref}.{suffix}").unlink(missing_ok=True)
        row.erased_at = now
        row.save(update_fields=["erased_at"])
    return len(rows)
