"""Signing in within limits: failures lock, sessions end, passwords age and do not come back, administrators have two factors."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from tests.factories.directory import PASSWORD, PersonFactory, signed_in_client, staff_person

from yunshu.config import limits
from yunshu.domains.directory import limits as sessions
from yunshu.domains.directory import selectors
from yunshu.domains.directory.adapter import AccountAdapter
from yunshu.domains.directory.contracts import AUDIT_VIEW, ORG_VIEW, SECURITY_EDIT
from yunshu.domains.directory.models import SignIn, UsedPassword
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Refused

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def code(secret: str = SECRET) -> str:
    return str(format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time())))))


def sign_in(person, password=PASSWORD):
    client = Client()
    return client, client.post("/accounts/login/", {"login": person.account.username, "password": password})


@pytest.mark.parametrize(
    ("name", "loose"), [("YUNSHU_LOCK_FAILURES", "6"), ("YUNSHU_LOG_DAYS", "30"), ("YUNSHU_IDLE_MINUTES", "0")]
)
def test_a_limit_is_only_ever_tightened(monkeypatch, name, loose):
    monkeypatch.setenv(name, loose)
    with pytest.raises(Refused) as refusal:
        limits.read()
    assert refusal.value.code == "limit_loose"


def test_failures_lock_a_name_until_the_security_administrator_lets_it_in(settings):
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": f"{settings.LIMITS['failures']}/15m/key"}
    guard = staff_person([SECURITY_EDIT])
    person = PersonFactory(org=guard.org)
    for _attempt in range(settings.LIMITS["failures"]):
        sign_in(person, "wrong")
    assert sign_in(person)[1].status_code == 200

    page = signed_in_client(guard).get("/console/security/").content.decode()
    assert person.account.username in page
    signed_in_client(guard).post(f"/console/security/locks/{person.account.username}/release/")
    assert sign_in(person)[1].status_code == 302
    trail = SignIn.objects.filter(username=person.account.username).order_by("pk").values_list("outcome", flat=True)
    assert list(trail) == ["failed"] * settings.LIMITS["failures"] + ["locked", "released", "ok"]


@pytest.mark.parametrize(
    ("key", "limit", "unit"), [(sessions.SEEN, "idle_minutes", 60), (sessions.BEGAN, "session_hours", 3600)]
)
def test_a_session_ends_when_idle_and_after_its_longest_time(settings, key, limit, unit):
    client = signed_in_client(staff_person([ORG_VIEW]))
    assert client.get("/console/people/").status_code == 200
    session = client.session
    session[key] -= settings.LIMITS[limit] * unit + 1
    session.save()

    assert client.get("/console/people/").headers["Location"].startswith("/accounts/login/")
    assert SignIn.objects.filter(outcome="out").count() == 1


def test_one_place_too_many_ends_the_oldest(settings):
    person = PersonFactory()
    clients = [sign_in(person)[0] for _place in range(settings.LIMITS["sessions"])]
    for client in clients:
        assert client.get("/console/").status_code == 200
    assert sign_in(person)[1].status_code == 302

    assert [client.get("/console/").status_code for client in clients] == [302] + [200] * (len(clients) - 1)


def test_a_password_ages_and_does_not_come_back(settings):
    account, adapter = PersonFactory().account, AccountAdapter()
    adapter.set_password(account, "Ys-second-password-8")
    age = timedelta(days=settings.LIMITS["password_days"])

    assert UsedPassword.objects.get(account=account).password != account.password
    with pytest.raises(ValidationError, match="用过的密码"):
        adapter.clean_password(PASSWORD, user=account)
    assert not selectors.must_change_password(account, clock.now() + age - timedelta(minutes=1))
    assert selectors.must_change_password(account, clock.now() + age + timedelta(minutes=1))


def test_an_administrator_sets_up_a_second_factor_before_anything_else(settings):
    settings.SECOND_FACTOR = "administrators"
    auditor, clerk = staff_person([AUDIT_VIEW]), staff_person([ORG_VIEW])
    client = signed_in_client(auditor)

    assert client.get("/console/").headers["Location"] == "/accounts/2fa/"
    assert client.get("/accounts/2fa/").status_code == 200
    assert signed_in_client(clerk).get("/console/").status_code == 200
    TOTP.activate(auditor.account, SECRET)
    assert client.get("/console/").status_code == 200


def test_a_password_alone_signs_nobody_in_who_has_a_second_factor(settings):
    person = PersonFactory()
    TOTP.activate(person.account, SECRET)
    assert EmailAddress.objects.count() == 0

    client, answer = sign_in(person)
    assert answer.headers["Location"].startswith("/accounts/2fa/authenticate/")
    assert client.get("/console/").status_code == 302
    assert client.post("/accounts/2fa/authenticate/", {"code": code()}).status_code == 302
    assert client.get("/console/").status_code == 200
    assert SignIn.objects.get(outcome="ok").method == "password+totp"


def test_a_lost_device_of_anybody_is_found_and_taken_off_by_the_security_administrator_alone():
    keeper = staff_person([SECURITY_EDIT])
    clerk, bare = PersonFactory(org=keeper.org), PersonFactory(org=keeper.org)
    TOTP.activate(clerk.account, SECRET)
    client = signed_in_client(keeper)
    address, way = reverse("directory:security"), reverse("directory:factor_remove", args=[clerk.account.username])

    assert "取下双因素" not in client.get(address, {"who": bare.account.username}).content.decode()
    page = client.get(address, {"who": clerk.account.username}).content.decode()
    assert way in page
    assert signed_in_client(bare).post(way).status_code in {403, 404}
    assert client.post(way).status_code == 302
    assert not Authenticator.objects.filter(user=clerk.account).exists()


def test_the_secret_of_a_second_factor_is_sealed():
    account = PersonFactory().account
    TOTP.activate(account, SECRET)
    kept = Authenticator.objects.get(user=account).data

    assert kept["secret"].startswith("sm4:")
    assert SECRET not in str(kept)
    assert TOTP(Authenticator.objects.get(user=account)).validate_code(code())
