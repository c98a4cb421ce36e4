"""Sites, accounts and what is known of them, for tests."""

from datetime import UTC, datetime, timedelta

import factory
from factory.django import DjangoModelFactory
from tests.factories.directory import OrgFactory

from yunshu.domains.inspection.models import Account, Column, Post, Site
from yunshu.domains.inspection.services.media import PostSpec

NOW = datetime(2026, 7, 15, 4, tzinfo=UTC)


class SiteFactory(DjangoModelFactory[Site]):
    """A department's site that runs."""

    class Meta:
        model = Site

    number = factory.Sequence(lambda n: f"WZ-T-{n:04}")
    id_code = factory.Sequence(lambda n: f"99{n:08}")
    name = factory.Sequence(lambda n: f"测试网站{n}")
    org = factory.SubFactory(OrgFactory)
    kind = "department"
    host = factory.Sequence(lambda n: f"d{n}.example.gov.cn")
    home_url = factory.LazyAttribute(lambda o: f"https://{o.host}/")
    created_by = "测试"
    created_at = NOW - timedelta(days=400)


class ColumnFactory(DjangoModelFactory[Column]):
    """A column of news."""

    class Meta:
        model = Column

    site = factory.SubFactory(SiteFactory)
    url = factory.Sequence(lambda n: f"https://d.example.gov.cn/c{n}/")
    name = factory.Sequence(lambda n: f"栏目{n}")
    path = factory.SelfAttribute("name")


class AccountFactory(DjangoModelFactory[Account]):
    """A running account on WeChat."""

    class Meta:
        model = Account

    number = factory.Sequence(lambda n: f"XM-T-{n:04}")
    org = factory.SubFactory(OrgFactory)
    platform = "wechat"
    handle = factory.Sequence(lambda n: f"gh_test{n}")
    name = factory.Sequence(lambda n: f"测试账号{n}")
    created_by = "测试"
    created_at = NOW - timedelta(days=400)


class PostFactory(DjangoModelFactory[Post]):
    """A post."""

    class Meta:
        model = Post

    account = factory.SubFactory(AccountFactory)
    post_id = factory.Sequence(lambda n: f"p{n}")
    at = NOW - timedelta(days=1)
    title = factory.Sequence(lambda n: f"测试发文{n}")
    digest = factory.LazyAttribute(lambda o: PostSpec(post_id=o.post_id, at=o.at, title=o.title).digest)
    origin = "sheet"
    taken_at = NOW
