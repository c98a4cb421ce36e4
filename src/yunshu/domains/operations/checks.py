"""The check of a target between its table and ``lib.probe``: secrets are sealed with a key of the instance.

A table, its history and its backups then hold no community string and no password in the clear. Whoever changes
``YUNSHU_SECRET_KEY`` enters them again: until then such a target is not probed, and says so.
"""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils.crypto import salted_hmac

from yunshu.lib.crypto import sm4
from yunshu.lib.crypto.errors import CryptoError
from yunshu.lib.probe import BadTarget, Check, from_json, to_json

SECRETS = ("community", "auth_key", "privacy_key", "headers")
SEALED = "sealed"
PURPOSE = "yunshu.operations.check"
NO_SECRET: Mapping[str, Any] = {"community": "public", "auth_key": "", "privacy_key": "", "headers": []}


def _key() -> bytes:
    return salted_hmac(PURPOSE, "sm4", secret=settings.SECRET_KEY, algorithm="sha256").digest()[:16]


def stored(check: Check) -> dict[str, Any]:
    """Return the form in which a check is kept."""
    form = to_json(check)
    for name in SECRETS:
        if name in form and form[name] != NO_SECRET[name]:
            form[name] = {SEALED: b64encode(sm4.seal(_key(), repr_of(form[name]), name.encode())).decode()}
    return form


def opened(form: Mapping[str, Any]) -> Check | None:
    """Return the check of a kept form; None where none is known yet. Raises BadTarget (also for a secret sealed elsewhere)."""
    return from_json({name: _open(name, value) for name, value in form.items()}) if form else None


def has_secret(form: Mapping[str, Any], name: str) -> bool:
    """Say whether a kept form holds a secret of that name."""
    return isinstance(form.get(name), Mapping)


def repr_of(value: Any) -> bytes:
    """Return a secret as bytes: a text, or the lines of headers."""
    if isinstance(value, str):
        return value.encode()
    return "\n".join(f"{name}: {text}" for name, text in value).encode()


def _open(name: str, value: Any) -> Any:
    if not (name in SECRETS and isinstance(value, Mapping)):
        return value
    try:
        plain = sm4.unseal(_key(), b64decode(str(value[SEALED])), name.encode()).decode()
    except (CryptoError, ValueError, KeyError) as error:
        raise BadTarget(name, "sealed with another key") from error
    return headers_of(plain) if name == "headers" else plain


def headers_of(text: str) -> list[list[str]]:
    """Return lines of ``Name: value`` as pairs. Raises BadTarget."""
    pairs = [line.split(":", 1) for line in text.splitlines() if line.strip()]
    if any(len(pair) != 2 or not pair[0].strip() for pair in pairs):
        raise BadTarget("headers", "a line is not Name: value")
    return [[name.strip(), value.strip()] for name, value in pairs]


def opened_secret(name: str, value: Any) -> Any:
    """Return one kept secret. Raises BadTarget."""
    return _open(name, value)


def put_away(form: Mapping[str, Any]) -> dict[str, Any]:
    """Return the kept form of a JSON form. Raises BadTarget."""
    return stored(from_json(form))
