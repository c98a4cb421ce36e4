"""Accounts entered; posts and letters taken in once, whatever is sent twice."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.factories.directory import OrgFactory, staff
from tests.factories.inspection import NOW, AccountFactory, SiteFactory

from yunshu.domains.directory.contracts import Staff
from yunshu.domains.directory.models import Org
from yunshu.domains.inspection.contracts import REGISTRY_EDIT, VIEW
from yunshu.domains.inspection.models import Account, Message, Post
from yunshu.domains.inspection.services import accounts, media
from yunshu.domains.inspection.services.accounts import AccountSpec
from yunshu.domains.inspection.services.media import MessageSpec, PostSpec
from yunshu.domains.inspection.services.watching import judging
from yunshu.lib.kernel.errors import NotFound, NotPermitted, Refused

pytestmark = pytest.mark.django_db
POST = PostSpec(post_id="p1", at=NOW - timedelta(days=3), title="通知", text="正文", links=("https://t.gov.cn/",))


@pytest.fixture
def org() -> Org:
    return OrgFactory()


@pytest.fixture
def keeper(org: Org) -> Staff:
    return staff([VIEW, REGISTRY_EDIT], org=org)


def take(actor: Staff, account: Account, *posts: PostSpec) -> media.Taken:
    return media.take_posts(actor=actor, account=account.number, posts=posts, origin="rest", now=NOW)


def test_an_account_is_entered_once_on_a_platform(keeper: Staff, org: Org) -> None:
    spec = AccountSpec(platform="weibo", handle="test", name="测试发布", org=org.code)
    row = accounts.register_account(actor=keeper, spec=spec, now=NOW)
    assert accounts.spec_of(row) == spec
    for wrong, where in (
        (spec, "handle"),
        (replace(spec, platform="fax", handle="b"), "platform"),
        (replace(spec, handle="b", name=""), "name"),
    ):
        with pytest.raises(Refused) as refused:
            accounts.register_account(actor=keeper, spec=wrong, now=NOW)
        assert refused.value.where == where
    changed = accounts.change_account(actor=keeper, number=row.number, spec=replace(spec, is_certified=True))
    assert changed.is_certified is True
    with pytest.raises(NotFound):
        accounts.change_account(actor=staff([VIEW, REGISTRY_EDIT]), number=row.number, spec=spec)
    with pytest.raises(NotPermitted):
        accounts.change_account(actor=staff([VIEW], org=org), number=row.number, spec=spec)


def test_the_same_posts_twice_change_nothing_and_an_edited_one_is_kept_anew(keeper: Staff, org: Org) -> None:
    account = AccountFactory(org=org)
    second = replace(POST, post_id="p2", at=NOW - timedelta(days=1))
    assert take(keeper, account, POST, second).outcomes == ("new", "new")
    assert take(keeper, account, second, POST).outcomes == ("same", "same")
    assert take(keeper, account, replace(POST, text="改")).outcomes == ("changed",)
    account.refresh_from_db()
    assert (account.last_post_at, account.posts_checked_at) == (second.at, NOW)
    assert sorted(account.posts.values_list("post_id", "text")) == [("p1", "改"), ("p2", "正文")]


def test_that_nothing_came_is_known_as_well(keeper: Staff, org: Org) -> None:
    account = AccountFactory(org=org)
    assert take(keeper, account).outcomes == ()
    account.refresh_from_db()
    (fault, zombie, *_) = judging.faults_of([account])
    assert (fault.kind, zombie.kind, fault.account) == ("account_stale", "account_zombie", account.number)


@pytest.mark.parametrize(
    "wrong",
    [
        replace(POST, post_id=" "),
        replace(POST, at=NOW + timedelta(days=2)),
        replace(POST, title="", text=" "),
    ],
)
def test_one_bad_post_keeps_all_of_them_out(keeper: Staff, org: Org, wrong: PostSpec) -> None:
    account = AccountFactory(org=org)
    with pytest.raises(Refused):
        take(keeper, account, replace(POST, post_id="good"), wrong)
    assert not Post.objects.exists()


def test_nobody_sends_posts_for_another_organisation(keeper: Staff) -> None:
    with pytest.raises(NotFound):
        take(keeper, AccountFactory(), POST)


def test_a_letter_follows_the_site_and_keeps_what_a_person_judged(keeper: Staff, org: Org) -> None:
    site = SiteFactory(org=org)
    asked = MessageSpec(message_id="m1", title="咨询", asked_at=NOW - timedelta(days=9))
    assert media.take_messages(site=site.id_code, seen=[asked], now=NOW).outcomes == ("new",)
    row = Message.objects.get()
    media.judge_message(actor=keeper, message=row.pk, is_valid=True)
    replied = replace(asked, replied_at=NOW, reply="已答复")
    assert media.take_messages(site=site.id_code, seen=[replied, replied], now=NOW).outcomes == ("changed", "same")
    row.refresh_from_db()
    assert (row.is_valid, row.replied_at) == (True, NOW)
    with pytest.raises(NotFound):
        media.judge_message(actor=staff([VIEW, REGISTRY_EDIT]), message=row.pk, is_valid=None)
