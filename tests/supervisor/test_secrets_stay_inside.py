"""Secrets go through every door and are found behind none: not in a log, not in the trail, not on a page of an error."""

import secrets
from datetime import timedelta

import pytest
import structlog
from django.db import connection
from django.test import Client
from tests.factories.directory import PASSWORD, PersonFactory, staff

from yunshu.config import logs, scrubbing
from yunshu.domains.directory import services
from yunshu.domains.directory.contracts import API_KEY_EDIT
from yunshu.domains.directory.services.access import ApiKeySpec
from yunshu.lib.kernel import clock
from yunshu.lib.wechat import signature

MARK = "Mk" + secrets.token_hex(12)
BEARER = f"ys_0123abcd.{MARK}"


@pytest.fixture
def log(capfd):
    structlog.reset_defaults()
    logs.configure()
    yield lambda: "".join(capfd.readouterr())
    structlog.reset_defaults()


def signed(sealed: str) -> dict[str, str]:
    """Return what WeChat's platform writes into the address of a message that will not open."""
    token, stamp = f"{MARK}-ours", str(int(clock.now().timestamp()))
    first, second = signature(token, stamp, "1"), signature(token, stamp, "1", sealed)
    return {"timestamp": stamp, "nonce": "1", "signature": first, "msg_signature": second}


def knock(person) -> list[bytes]:
    """Send marked secrets through the doors; return what came back."""
    client = Client(raise_request_exception=False)
    name = person.account.username
    answers = [
        client.post("/accounts/login/", {"login": name, "password": f"{MARK}-wrong"}),
        client.get("/api/v1/me", headers={"Authorization": f"Bearer {BEARER}"}),
        client.get("/api/v1/hotline/tickets", headers={"Authorization": f"Bearer {BEARER}"}),
        client.get("/12345/wechat", {"signature": "wrong", "timestamp": "1", "nonce": "1", "echostr": "x"}),
        client.post("/12345/wechat?signature=wrong&timestamp=1&nonce=1", b"<xml/>", "text/xml"),
        client.post("/12345/wechat", b"<xml><Encrypt>AAAA</Encrypt></xml>", "text/xml", query_params=signed("AAAA")),
        client.get("/metrics", headers={"Authorization": f"Bearer {MARK}"}),
        client.get("/console/", headers={"Cookie": f"sessionid={MARK}"}),
        client.post("/accounts/2fa/authenticate/", {"code": MARK[:6]}),
    ]
    client.post("/accounts/login/", {"login": name, "password": PASSWORD})
    changed = {"oldpassword": PASSWORD, "password1": f"Ys-{MARK}-7", "password2": f"Ys-{MARK}-7"}
    assert client.post("/accounts/password/change/", changed).status_code == 302
    return [answer.content for answer in answers if not answer.streaming]


@pytest.mark.django_db
def test_no_log_no_row_and_no_page_repeats_a_secret(log, settings):
    settings.HOTLINE_WECHAT_TOKEN = settings.METRICS_TOKEN = settings.HOTLINE_GATEWAY_SECRET = f"{MARK}-ours"
    settings.HOTLINE_WECHAT_KEY, settings.HOTLINE_WECHAT_APP = MARK.ljust(43, "A"), "wx"
    pages = knock(PersonFactory())
    written = log()

    assert [page for page in pages if MARK.encode() in page] == []
    assert MARK not in written
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        for (name,) in cursor.fetchall():
            cursor.execute(f'SELECT count(*) FROM "{name}" AS t WHERE t::text LIKE %s', [f"%{MARK}%"])
            assert cursor.fetchone() == (0,), name


@pytest.mark.django_db
def test_a_key_is_kept_as_a_digest_and_told_once():
    issuer = staff([API_KEY_EDIT])
    spec = ApiKeySpec(org_code=issuer.org_code, name="x", permissions=(), expires_at=clock.now() + timedelta(days=1))
    _key, secret = services.issue_api_key(actor=issuer, spec=spec)
    with connection.cursor() as cursor:
        for name in ("directory_apikey", "directory_apikeyevent"):
            cursor.execute(f"SELECT count(*) FROM {name} AS t WHERE t::text LIKE %s", [f"%{secret.partition('.')[2]}%"])
            assert cursor.fetchone() == (0,)


@pytest.mark.parametrize(
    "words",
    [
        {"password": MARK}, {"headers": {"Authorization": f"Bearer {MARK}"}}, {"event": f"refused {BEARER}"},
        {"error": f"connection to postgresql://yunshu_app:{MARK}@db/yunshu failed"}, {"lines": [f"GET /?token={MARK}"]},
        {"cookie": MARK}, {"exception": [{"value": f"-----BEGIN PRIVATE KEY-----\n{MARK}"}]},
    ],
)  # fmt: skip
def test_the_last_net_hides_what_somebody_forgot(words):
    caught = scrubbing.scrub(None, "info", {"event": "x.happened", "ticket": "RX1", **words})

    assert MARK not in str(caught)
    assert "***" in str(caught)
    assert caught["ticket"] == "RX1"
