"""Programs of consumers: registered, limited, switched off; how one proves itself, by secret, token or SM2 signature."""

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from ipaddress import ip_network

from django.core import signing
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.directory.models import Org
from yunshu.domains.exchange import queries
from yunshu.domains.exchange.contracts import REQUEST_EDIT, Proven
from yunshu.domains.exchange.models import Client, Nonce
from yunshu.domains.exchange.rules import asking as rules
from yunshu.domains.exchange.services import proof
from yunshu.lib.crypto import keys as crypto_keys
from yunshu.lib.crypto.errors import CryptoError
from yunshu.lib.crypto.signing import Algorithm, PublicKey
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound, Refused
from yunshu.lib.kernel.ids import public_number

_SALT = "yunshu.exchange.token"


@dataclass(frozen=True, kw_only=True)
class ClientSpec:
    """What a consumer sets for one of its programs. ``sm2_key`` is the public key, 64 or 65 bytes, in hex."""

    name: str
    sm2_key: str = ""
    networks: Sequence[str] = ()
    per_second: int = 20
    per_day: int = 10_000
    is_active: bool = True


@transaction.atomic
def create_client(*, actor: Viewer, org: str, spec: ClientSpec, now: datetime) -> tuple[Client, str]:
    """Register a program; return it and its secret, which is shown once. Raises NotFound, NotPermitted and Refused."""
    owner = Org.objects.filter(code=org, is_active=True).first()
    if owner is None:
        raise NotFound("org_not_found")
    actor.require(REQUEST_EDIT, owner.path)
    secret = secrets.token_urlsafe(32)
    client = Client(number=public_number("YY", clock.city_date(now)), org=owner, made_by=actor.name, made_at=now)
    client.secret_hash, client.secret_at = _digest(secret), now
    _set(client, spec)
    client.save()
    _prove(client, "create", actor, now)
    return client, secret


@transaction.atomic
def save_client(*, actor: Viewer, number: str, spec: ClientSpec, now: datetime) -> Client:
    """Change a program's limits, addresses, key, or switch it off. Raises NotFound, NotPermitted and Refused."""
    client = _mine(actor, number)
    _set(client, spec)
    client.save()
    _prove(client, "change", actor, now)
    return client


@transaction.atomic
def new_secret(*, actor: Viewer, number: str, now: datetime) -> tuple[Client, str]:
    """Give a program a new secret; the old one, and every token it got, ends at once. Raises NotFound and NotPermitted."""
    client = _mine(actor, number)
    secret = secrets.token_urlsafe(32)
    client.secret_hash, client.secret_at = _digest(secret), now
    client.save(update_fields=["secret_hash", "secret_at"])
    _prove(client, "secret", actor, now)
    return client, secret


def _mine(actor: Viewer, number: str) -> Client:
    client = queries.visible_clients(actor).select_for_update(of=("self",)).filter(number=number).first()
    if client is None:
        raise NotFound("client_not_found")
    actor.require(REQUEST_EDIT, client.org.path)
    return client


def _set(client: Client, spec: ClientSpec) -> None:
    if not spec.name.strip():
        raise Refused("name_missing", _("请写明应用名称。"), where="name")
    client.name, client.is_active = spec.name.strip()[:80], spec.is_active
    client.per_second, client.per_day = spec.per_second, spec.per_day
    client.sm2_key = _key(spec.sm2_key)
    client.networks = [_network(text) for text in spec.networks]


def _key(text: str) -> str:
    """Return an SM2 public key as the 65 bytes of its point, 04 first, in hex."""
    text = text.strip().lower()
    if not text:
        return ""
    text = f"04{text}" if len(text) == 128 else text
    try:
        crypto_keys.public_key(Algorithm.SM2, bytes.fromhex(text))
    except (ValueError, CryptoError) as error:
        raise Refused(
            "key_malformed", _("SM2 公钥须是曲线上一点的坐标：64 字节的十六进制，可以以 04 开头。"), where="sm2_key"
        ) from error
    return text


def _network(text: str) -> str:
    try:
        return str(ip_network(text.strip(), strict=False))
    except ValueError as error:
        message = _("“%(text)s”不是地址或网段，例如 10.1.2.3 或 10.1.2.0/24。") % {"text": text[:60]}
        raise Refused("network_malformed", message, where="networks") from error


def _prove(client: Client, verb: str, actor: Viewer, now: datetime) -> None:
    words = {"verb": verb, "org": client.org.code, "name": client.name, "active": client.is_active}
    proof.of(Proven.CLIENT, client.number, words | {"sm2": client.sm2_key}, actor, now)


def _digest(secret: str) -> str:
    """Return what is kept of a secret: it has 256 random bits, so a plain hash of it tells nothing."""
    return sha256(secret.encode()).hexdigest()


# how a program proves itself ------------------------------------------------------------------------------------------


def _known(number: str) -> Client | None:
    rows = Client.objects.select_related("org", "allowance").order_by()  # without it, sorting is compiled at each call
    return next(iter(rows.filter(number=number, is_active=True)), None)


def client_of_secret(number: str, secret: str) -> Client | None:
    """Return the program that this is the secret of; None for a wrong one, an unknown or a switched-off program."""
    client = _known(number)
    right = hmac.compare_digest(_digest(secret), client.secret_hash if client else _digest(""))
    return client if client is not None and right else None


def token_for(client: Client) -> str:
    """Return a token for a quarter of an hour; a new secret ends it earlier."""
    return signing.dumps({"c": client.number, "s": client.secret_at.isoformat()}, salt=_SALT, compress=False)


def client_of_token(token: str) -> Client | None:
    """Return the program of a token; None if it is none, has expired, or its secret was changed."""
    try:
        words = signing.loads(token, salt=_SALT, max_age=rules.TOKEN_S)
    except signing.BadSignature:
        return None
    client = _known(words["c"])
    return client if client is not None and client.secret_at.isoformat() == words["s"] else None


def client_of_signature(
    number: str, stamp: str, nonce: str, signature: str, text: bytes, now: datetime
) -> Client | None:
    """Return the program that signed ``text`` with its SM2 key, in time and for the first time; None otherwise."""
    client = _known(number)
    try:
        at = datetime.fromisoformat(stamp)
        given = bytes.fromhex(signature)
        if client is None or not client.sm2_key or not rules.NONCE.fullmatch(nonce):
            return None
        if at.tzinfo is None or abs(now - at) > rules.SIGNED_FOR:
            return None
        key: PublicKey = crypto_keys.public_key(Algorithm.SM2, bytes.fromhex(client.sm2_key))
    except ValueError:
        return None
    if not key.verify(given, text):
        return None
    try:
        with transaction.atomic():
            Nonce.objects.create(client=client, text=nonce, at=now)
    except IntegrityError:
        return None
    return client
