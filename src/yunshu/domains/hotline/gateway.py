"""The unified identity gateway behind 粤省事: a one-time ticket for a user. Names are data, unverified (``data/gateway.toml``).

``Gateway`` is the port; ``HttpGateway`` asks a gateway over HTTP, signed with HMAC-SM3 over the sorted parameters (a placeholder
too); another scheme is another class.
"""

import hmac
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import httpx
from django.conf import settings
from django.utils.translation import gettext as _

from yunshu.domains.hotline.choices import Channel
from yunshu.domains.hotline.contracts import ChannelUser
from yunshu.domains.hotline.services.channels import subject_of
from yunshu.lib.crypto.digests import hmac_sm3
from yunshu.lib.kernel.errors import NotPermitted, Unavailable

SHIPPED = Path(__file__).parent / "data" / "gateway.toml"
LONGEST = 200


class Gateway(Protocol):
    """Whoever knows the users of another platform."""

    def user_of(self, ticket: str, now: datetime) -> ChannelUser:
        """Return the user of a one-time ticket. Raises NotPermitted (``ticket_refused``) and Unavailable (``gateway_away``)."""


@dataclass(frozen=True)
class HttpGateway:
    """A gateway at an address, under an application's name and secret."""

    address: str
    app: str
    secret: str
    names: Mapping[str, Any]

    def user_of(self, ticket: str, now: datetime) -> ChannelUser:
        """Return the user of a one-time ticket. Raises NotPermitted and Unavailable."""
        ask = self.names["ask"]
        words = {
            ask["ticket"]: ticket[:LONGEST],
            ask["app"]: self.app,
            ask["time"]: str(int(now.timestamp())),
            ask["nonce"]: secrets.token_hex(8),
        }
        words[ask["signature"]] = signature(words, self.secret)
        try:
            url = self.address.rstrip("/") + self.names["path"]
            said = httpx.post(url, json=words, timeout=self.names["timeout_s"], follow_redirects=False, trust_env=False)
            body = said.raise_for_status().json()
        except (httpx.HTTPError, ValueError) as error:
            raise Unavailable("gateway_away", _("身份网关没有应答，请稍后再试。")) from error
        return self._user(body)

    def _user(self, body: object) -> ChannelUser:
        names = self.names["answer"]
        uid = _at(body, names["uid"])
        if _at(body, names["code"]) != names["ok"] or not uid:
            raise NotPermitted("ticket_refused", _("登录凭证无效或已用过，请从粤省事重新进入。"))
        channel = Channel.APP.value
        return ChannelUser(
            channel=channel,
            subject=subject_of(channel, uid),
            name=_at(body, names["name"])[:60],
            phone=_at(body, names["phone"])[:20],
        )


def signature(words: Mapping[str, str], secret: str) -> str:
    """Return HMAC-SM3 over the parameters in the order of their names, as the simulator and this client agree on it."""
    text = "&".join(f"{name}={words[name]}" for name in sorted(words))
    return hmac_sm3(secret.encode(), text.encode()).hex()


def is_signed(words: Mapping[str, str], claimed: str, secret: str) -> bool:
    """Say whether a signature is right."""
    return hmac.compare_digest(signature(words, secret), claimed)


def _at(body: object, path: str) -> str:
    for name in path.split("."):
        body = body.get(name) if isinstance(body, dict) else None
    return "" if body is None or isinstance(body, dict | list) else str(body).replace("\0", "")


def gateway() -> Gateway | None:
    """Return the gateway that the settings name; None where there is none."""
    if not settings.HOTLINE_GATEWAY_URL:
        return None
    names = tomllib.loads(Path(settings.HOTLINE_GATEWAY_MAP or SHIPPED).read_text())
    return HttpGateway(
        settings.HOTLINE_GATEWAY_URL, settings.HOTLINE_GATEWAY_APP, settings.HOTLINE_GATEWAY_SECRET, names
    )
