"""What a browser is told about every answer: pages, refusals, faults, files, the health check."""

import re
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from tests.factories.directory import signed_in_client, staff_person

from yunshu.config import urls
from yunshu.lib.ui.middleware import HEADERS

CONVERTED = {"int": "1", "slug": "x", "str": "x", "path": "x", "uuid": "0" * 8 + "-0000-0000-0000-" + "0" * 12}
PART = re.compile(r"<(?:(\w+):)?\w+>")
STRICT = ("default-src 'none'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'")
LOOSE = ("unsafe-inline", "unsafe-eval", "unsafe-hashes", "*", "http:", "https:")


def routes(resolver: URLResolver | None = None, before: str = "") -> Iterator[str]:
    """Yield an address for every pattern of the resolver, with made-up names in it."""
    for found in (resolver or get_resolver()).url_patterns:
        here = before + str(found.pattern).removeprefix("^").removesuffix("$")
        if isinstance(found, URLResolver):
            yield from routes(found, here)
        elif isinstance(found, URLPattern):
            filled = PART.sub(lambda part: CONVERTED.get(part[1] or "str", "x"), here)
            yield "/" + re.sub(r"\(\?P<\w+>.*?\)", "x", filled).replace("\\", "")


def lacking(answer: object) -> list[str]:
    """Return what an answer does not say, or says too loosely."""
    policy = answer.headers.get("Content-Security-Policy", "")  # type: ignore[attr-defined]
    missing = [name for name in HEADERS if name not in answer.headers]  # type: ignore[attr-defined]
    sealed = "sandbox" in policy and "default-src 'none'" in policy
    missing += [] if sealed else [rule for rule in STRICT if rule not in policy]
    return missing + [word for word in LOOSE if word in policy.replace("blob:", "").split() + policy.split("'")]


@pytest.mark.django_db
def test_every_address_answers_with_the_headers() -> None:
    stranger, clerk = Client(raise_request_exception=False), signed_in_client(staff_person())
    clerk.raise_request_exception = False
    wrong = {}
    addresses = sorted(set(routes()))
    for address in addresses:
        for client in (stranger, clerk):
            if missing := lacking(client.get(address)):
                wrong[address] = missing
    assert wrong == {}
    assert len(addresses) > 300


def _broken(_request: object) -> object:
    raise RuntimeError("a fault of ours")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("get", "/nowhere", 404),
        ("get", "/broken", 500),
        ("get", "/?q=%00", 400),
        ("put", "/healthz", 403),
        ("post", "/accounts/login/", 403),
        ("get", "/api/v1/nowhere", 404),
        ("get", "/api/v1/broken", 500),
    ],
)
def test_refusals_and_faults_answer_with_the_headers(
    method: str, address: str, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.urls import clear_url_caches, path

    broken = [path("broken", _broken), path("api/v1/broken", _broken)]
    monkeypatch.setattr(urls, "urlpatterns", [*broken, *urls.urlpatterns])
    clear_url_caches()
    answer = getattr(Client(raise_request_exception=False, enforce_csrf_checks=True), method)(address)
    monkeypatch.undo()
    clear_url_caches()
    assert (answer.status_code, lacking(answer)) == (status, [])
    is_json = answer.headers["Content-Type"] == "application/json"
    assert is_json is address.startswith("/api/")
    assert "RuntimeError" not in answer.content.decode()


def test_the_policy_names_nothing_loose() -> None:
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    said = {str(word) for words in directives.values() for word in words}
    assert not said & {"'unsafe-inline'", "'unsafe-eval'", "'unsafe-hashes'", "*", "https:", "http:"}
    assert directives["default-src"] == ["'none'"]


def test_no_template_carries_what_the_policy_refuses() -> None:
    inline = re.compile(
        r"<style\b|\sstyle=\"|\son[a-z]+=\"|javascript:|<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")"
    )
    folder = settings.LOCALE_PATHS[0].parent
    found = [
        f"{path.name}: {hit[0]}"
        for path in folder.rglob("templates/**/*.html")
        if (hit := inline.search(path.read_text()))
    ]
    assert found == []
