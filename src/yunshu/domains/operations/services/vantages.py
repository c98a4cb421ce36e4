"""Vantages: who looks, whether it is at work, and what one elsewhere brings."""

import math
import secrets
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.operations.contracts import TARGET_EDIT
from yunshu.domains.operations.models import Target, Vantage
from yunshu.domains.operations.selectors.vantages import get_vantage, watched_from
from yunshu.domains.operations.services.targets import digest_of
from yunshu.lib.kernel.errors import NotFound, Refused
from yunshu.lib.probe import guests
from yunshu.lib.probe.batches import BadBatch, put, unpack, words_of

AHEAD, LATE = timedelta(minutes=2), timedelta(days=14)
INBOX = "inbox"


@transaction.atomic
def reported(name: str, health: Mapping[str, float | bool], now: datetime) -> None:
    """Note what a vantage says of itself; one that is not known yet is added."""
    finite = {key: value if math.isfinite(value) else None for key, value in health.items()}
    row, _made = Vantage.objects.get_or_create(name=name, defaults={"title": name})
    Vantage.objects.filter(pk=row.pk).update(seen_at=now, health=finite)


@transaction.atomic
def add_vantage(*, actor: Viewer, name: str, title: str, scopes: Collection[str]) -> Vantage:
    """Enter a place to look from. Raises NotPermitted and Refused (``vantage_taken``)."""
    actor.require(TARGET_EDIT)
    if Vantage.objects.filter(name=name).exists():
        raise Refused("vantage_taken", _("代码 %(code)s 已被使用。") % {"code": name}, where="name")
    return Vantage.objects.create(name=name, title=title.strip(), scopes=sorted(set(scopes)))


@transaction.atomic
def change_vantage(
    *, actor: Viewer, name: str, title: str, scopes: Collection[str], is_active: bool, now: datetime
) -> Vantage:
    """Change a vantage; one that is switched off brings nothing any more. Raises NotFound and NotPermitted."""
    row = _locked(actor, name)
    row.title, row.scopes, row.is_active = title.strip(), sorted(set(scopes)), is_active
    row.save(update_fields=["title", "scopes", "is_active"])
    return row


@transaction.atomic
def new_vantage_key(*, actor: Viewer, name: str) -> str:
    """Return a fresh secret for a vantage; it is shown once, the one before is void. Raises NotFound and NotPermitted."""
    row = _locked(actor, name)
    secret = secrets.token_urlsafe(32)
    row.key = digest_of(secret)
    row.save(update_fields=["key"])
    return secret


def _locked(actor: Viewer, name: str) -> Vantage:
    actor.require(TARGET_EDIT)
    get_vantage(actor, name)
    return Vantage.objects.select_for_update().get(name=name)


def of_secret(secret: str) -> Vantage:
    """Return the vantage that has a secret; raise NotFound (``vantage_unknown``)."""
    row = Vantage.objects.filter(key=digest_of(secret), is_active=True).first() if secret else None
    if row is None:
        raise NotFound("vantage_unknown")
    return row


def plan(vantage: Vantage, health: Mapping[str, object], now: datetime) -> list[Target]:
    """Note that a vantage is at work; return what it looks at."""
    Vantage.objects.filter(pk=vantage.pk).update(seen_at=now, health=words_of(health))
    return watched_from(vantage)


def take(vantage: Vantage, data: bytes, now: datetime) -> int:
    """Keep a batch for the store's writer; return how many samples. The same batch twice is kept once.

    Samples of other domains' targets go to them (``lib.probe.guests``); those of targets that the vantage does not look at are left out. Raises Refused (``batch_bad``, ``clock_ahead``, ``too_late``).
    """
    try:
        batch = unpack(data, vantage.name)
    except BadBatch as error:
        raise Refused("batch_bad", _("样本看不懂：%(why)s") % {"why": error}) from error
    times = [one.sample.at for one in batch]
    if times and max(times) > (now + AHEAD).timestamp():
        raise Refused("clock_ahead", _("探测点的时钟快了，请校时。"))
    if times and min(times) < (now - LATE).timestamp():
        raise Refused("too_late", _("样本早于 %(n)s 天，不再接收。") % {"n": LATE.days})
    numbers = {t.number for t in watched_from(vantage)}
    kept = [one for one in batch if one.target in numbers]
    if kept:
        put(settings.SAMPLES_FOLDER / INBOX, vantage.name, kept)
    taken = sum(
        guest.take([one for one in batch if one.target.startswith(guest.prefix)]) for guest in guests.of(vantage.scopes)
    )
    Vantage.objects.filter(pk=vantage.pk).update(seen_at=now)
    return len(kept) + taken
