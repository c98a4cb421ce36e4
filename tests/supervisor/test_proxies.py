"""Behind a proxy the caller's own address counts, and only a trusted proxy may name it."""

import asyncio
from typing import Any

import pytest

from yunshu.config.proxies import behind
from yunshu.lib.kernel.errors import Refused


def seen(trusted: str, direct: str, *forwarded: str) -> str | None:
    """Return the address that the application sees."""
    found: list[Any] = []

    async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
        found.append(scope["client"])

    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    scope = {"type": "http", "client": (direct, 5000), "headers": headers, "scheme": "http"}
    asyncio.run(behind(application, trusted)(scope, None, None))  # type: ignore[arg-type]
    return str(found[0][0]) if found[0] else None


@pytest.mark.parametrize(
    ("trusted", "direct", "forwarded", "address"),
    [
        ("", "10.0.0.1", ["198.51.100.7"], "10.0.0.1"),
        ("10.0.0.1", "10.0.0.1", ["198.51.100.7"], "198.51.100.7"),
        ("10.0.0.1", "10.0.0.1", ["203.0.113.9, 198.51.100.7"], "198.51.100.7"),
        ("10.0.0.0/24", "10.0.0.8", ["198.51.100.7, 10.0.0.9"], "198.51.100.7"),
        ("10.0.0.1", "198.51.100.99", ["203.0.113.9"], "198.51.100.99"),
        ("10.0.0.1, fd00::/8", "fd00::5", ["2001:db8::1"], "2001:db8::1"),
        ("10.0.0.1", "10.0.0.1", ["203.0.113.9", "198.51.100.7"], "198.51.100.7"),
        ("10.0.0.1", "10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", "10.0.0.1", ["unknown"], None),
        ("10.0.0.1", "10.0.0.1", ["198.51.100.7, ' OR 1=1 --"], None),
    ],
)
def test_who_is_calling(trusted: str, direct: str, forwarded: list[str], address: str | None) -> None:
    assert seen(trusted, direct, *forwarded) == address


@pytest.mark.parametrize("trusted", ["*", "proxy.example", "10.0.0.1/8", "10.0.0"])
def test_a_list_that_makes_no_sense_is_refused_at_the_start(trusted: str) -> None:
    with pytest.raises(Refused, match="YUNSHU_TRUSTED_PROXIES"):
        behind(lambda *_: None, trusted)  # type: ignore[arg-type]
