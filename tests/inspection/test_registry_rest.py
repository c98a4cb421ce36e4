"""The registry over HTTP: read within reach; posts sent with an API key, twice without harm."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from tests.factories.directory import OrgFactory, signed_in_client, staff_person, viewer_of
from tests.factories.inspection import AccountFactory, SiteFactory

from yunshu.domains.directory.contracts import API_KEY_EDIT
from yunshu.domains.directory.models import Org
from yunshu.domains.directory.services.access import ApiKeySpec, issue_api_key
from yunshu.domains.inspection.contracts import REGISTRY_EDIT, VIEW
from yunshu.domains.inspection.models import Post
from yunshu.lib.kernel import clock

pytestmark = pytest.mark.django_db
ROOT = "/api/v1/inspection"
BODY: dict[str, Any] = {
    "posts": [{"post_id": "1", "at": "2026-01-02T09:30:00+08:00", "title": "通知", "images": ["https://i.cn/1.jpg"]}]
}


def key_of(org: Org, *rights: Any) -> dict[str, str]:
    keeper = viewer_of(staff_person([API_KEY_EDIT, *rights], org=org))
    codes = tuple(str(right) for right in rights)
    spec = ApiKeySpec(
        org_code=org.code, name="新媒体对接", permissions=codes, expires_at=clock.now() + timedelta(days=1)
    )
    _row, text = issue_api_key(actor=keeper, spec=spec)
    return {"Authorization": f"Bearer {text}"}


def send(number: str, headers: dict[str, str], body: Any = None) -> Any:
    at = f"{ROOT}/accounts/{number}/posts"
    return Client().post(at, BODY if body is None else body, content_type="application/json", headers=headers)


def test_posts_are_sent_by_a_program_twice_and_kept_once() -> None:
    account = AccountFactory()
    headers = key_of(account.org, VIEW, REGISTRY_EDIT)
    assert send(account.number, headers).json() == {"new": 1, "changed": 0, "same": 0}
    assert send(account.number, headers).json() == {"new": 0, "changed": 0, "same": 1}
    row = Post.objects.get()
    assert (row.origin, row.images, row.at.isoformat()) == (
        "rest",
        ["https://i.cn/1.jpg"],
        "2026-01-02T01:30:00+00:00",
    )
    assert send(account.number, headers, {"posts": []}).json() == {"new": 0, "changed": 0, "same": 0}


def test_a_key_without_the_right_or_of_others_sends_nothing() -> None:
    account = AccountFactory()
    assert send(account.number, {}).status_code == 401
    assert send(account.number, key_of(account.org, VIEW)).status_code == 403
    assert send(account.number, key_of(OrgFactory(), VIEW, REGISTRY_EDIT)).status_code == 404
    assert not Post.objects.exists()


@pytest.mark.parametrize("wrong", [{"at": "2026-01-02T09:30:00"}, {"post_id": ""}, {"title": "", "images": []}])
def test_a_post_that_says_too_little_is_refused(wrong: dict[str, Any]) -> None:
    account = AccountFactory()
    body = {"posts": [BODY["posts"][0] | wrong]}
    assert send(account.number, key_of(account.org, VIEW, REGISTRY_EDIT), body).status_code == 422


def test_sites_and_accounts_are_listed_within_reach() -> None:
    site, account = SiteFactory(), AccountFactory()
    SiteFactory(state="suspended", org=site.org)
    reader = signed_in_client(staff_person([VIEW], org=site.org))
    found = reader.get(f"{ROOT}/sites?state=running").json()["items"]
    assert [(row["id_code"], row["open_findings"]) for row in found] == [(site.id_code, 0)]
    assert reader.get(f"{ROOT}/accounts").json()["items"] == []
    other = signed_in_client(staff_person([VIEW], org=account.org))
    assert [row["number"] for row in other.get(f"{ROOT}/accounts?platform=wechat").json()["items"]] == [account.number]
    assert signed_in_client(staff_person(org=site.org)).get(f"{ROOT}/sites").status_code == 403
