"""How pages and the phone process speak: a question with an answer, and what agents' pages are told. Plain JSON on NATS."""

import json
from collections.abc import AsyncGenerator, Mapping
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from yunshu.lib import bus
from yunshu.lib.kernel.errors import Conflict, NotFound, Refused, Unavailable, YunshuError

DO = "yunshu.phone.do"
FLOOR = "yunshu.phone.floor"
"""Something has changed on the floor."""
_ERRORS: dict[str, type[YunshuError]] = {"NotFound": NotFound, "Conflict": Conflict, "Unavailable": Unavailable}


def agent_subject(person_id: int) -> str:
    """Return where an agent's page hears."""
    return f"yunshu.phone.agent.{person_id}"


def is_on() -> bool:
    """Say whether this installation has telephones at all."""
    return bool(settings.PHONE["provider"] != "none")


def ask(verb: str, **words: Any) -> dict[str, Any]:
    """Ask the phone process and return its answer; raise what it refuses.

    Raises Refused (``phone_off``), Unavailable (``phone_away``) and whatever the verb says.
    """
    if not is_on():
        raise Refused("phone_off", _("尚未接入电话。"))
    try:
        said = json.loads(bus.ask(settings.NATS_URL, DO, packed({"verb": verb, **words})))
    except Unavailable as error:
        raise Unavailable("phone_away", _("话务进程没有应答，请稍候再试。"), retry_after_s=2) from error
    if "error" in said:
        raise _ERRORS.get(said["kind"], Refused)(said["error"], said["message"])
    answer: dict[str, Any] = said["ok"]
    return answer


def packed(words: Mapping[str, Any]) -> bytes:
    """Return words as they travel."""
    return json.dumps(words, ensure_ascii=False).encode()


def refusal(error: YunshuError) -> bytes:
    """Return a refusal as it travels."""
    return packed({"error": error.code, "message": error.message, "kind": type(error).__name__})


async def heard(subjects: list[str]) -> AsyncGenerator[dict[str, Any]]:
    """Return what is told on ``subjects``; ``{"kind": "listening"}`` first, once nothing can be missed."""
    async with bus.listening(settings.NATS_URL, subjects) as messages:
        yield {"kind": "listening"}
        async for message in messages:
            yield json.loads(message)
