"""Pages of the registry: who may see and change what, forms, imports in two steps, exports that read back."""

import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook, load_workbook
from tests.factories.directory import OrgFactory, signed_in_client, staff_person
from tests.factories.inspection import NOW, AccountFactory, ColumnFactory, PostFactory, SiteFactory

from yunshu.domains.directory.models import Org
from yunshu.domains.inspection.contracts import REGISTRY_EDIT, VIEW
from yunshu.domains.inspection.models import Account, Candidate, Column, Message, Post, Site
from yunshu.domains.inspection.services import discovery, visits
from yunshu.lib.kernel import clock

pytestmark = pytest.mark.django_db
AT = "/console/inspection"
LISTS = ("sites", "accounts", "posts", "letters", "candidates")


@pytest.fixture
def org() -> Org:
    return OrgFactory()


@pytest.fixture
def keeper(org: Org) -> Client:
    return signed_in_client(staff_person([VIEW, REGISTRY_EDIT], org=org))


@pytest.fixture
def reader(org: Org) -> Client:
    return signed_in_client(staff_person([VIEW], org=org))


class World:
    """One of each, of one organisation."""

    def __init__(self, org: Org) -> None:
        self.site = SiteFactory(org=org, host=f"www.u{org.pk}.gov.cn", name=f"网站{org.pk}")
        self.column = ColumnFactory(site=self.site)
        self.account = AccountFactory(org=org, name=f"账号{org.pk}")
        self.post = PostFactory(account=self.account)
        words = {"message_id": "m1", "title": f"咨询{org.pk}", "asked_at": NOW, "seen_at": NOW}
        self.letter = Message.objects.create(site=self.site, **words)
        words = {"host": f"old.u{org.pk}.gov.cn", "seen_on": "https://x.gov.cn/", "first_seen": NOW, "last_seen": NOW}
        self.candidate = Candidate.objects.create(site=self.site, **words)

    def views(self) -> list[str]:
        return [
            f"sites/{self.site.number}/",
            f"accounts/{self.account.number}/",
            f"accounts/{self.account.number}/posts/{self.post.pk}/",
            f"letters/{self.letter.pk}/",
        ]

    def edits(self) -> list[str]:
        site, account = self.site.number, self.account.number
        return [
            *(f"sites/{site}/{page}/" for page in ("edit", "change", f"columns/{self.column.pk}")),
            *(f"accounts/{account}/{page}/" for page in ("edit", "write")),
            f"candidates/{self.candidate.host}/",
        ]


@pytest.mark.parametrize("name", LISTS)
def test_lists_open_for_whoever_may_view_and_for_nobody_else(reader: Client, org: Org, name: str) -> None:
    assert reader.get(f"{AT}/{name}/").status_code == 200
    World(org), World(OrgFactory())
    page = reader.get(f"{AT}/{name}/?q=").content.decode()
    assert str(org.pk) in page
    assert reader.get(f"{AT}/{name}/?format=csv").status_code == 200
    stranger = signed_in_client(staff_person(org=org))
    assert stranger.get(f"{AT}/{name}/").status_code == 403
    assert Client().get(f"{AT}/{name}/").status_code == 302


def test_pages_open_for_their_organisation_and_are_absent_for_others(keeper: Client, reader: Client, org: Org) -> None:
    mine, other = World(org), World(OrgFactory())
    for page in mine.views():
        assert reader.get(f"{AT}/{page}").status_code == 200, page
    for page in mine.edits():
        assert keeper.get(f"{AT}/{page}").status_code == 200, page
        assert reader.get(f"{AT}/{page}").status_code == 403, page
    for page in (*other.views(), *other.edits()):
        assert keeper.get(f"{AT}/{page}").status_code == 404, page
    for page in ("sites/new/", "accounts/new/", "import/sites/", "import/accounts/", "import/posts/"):
        assert keeper.get(f"{AT}/{page}").status_code == 200, page
        assert reader.get(f"{AT}/{page}").status_code == 403, page
    for page in LISTS:
        assert str(other.site.name) not in keeper.get(f"{AT}/{page}/").content.decode()


def test_a_site_is_entered_corrected_and_changed(keeper: Client, org: Org) -> None:
    words: dict[str, Any] = {
        "id_code": "9900000001",
        "name": "测试门户",
        "org": org.code,
        "kind": "portal",
        "home_url": "https://www.test.gov.cn/",
        "aliases": "test.gov.cn",
        "rate_per_s": "2",
        "page_limit": "100",
        "state": "running",
    }
    bad = keeper.post(f"{AT}/sites/new/", words | {"id_code": "1"})
    assert (bad.status_code, "标识码为 10 位数字" in bad.content.decode()) == (422, True)
    assert keeper.post(f"{AT}/sites/new/", words).status_code == 302
    row = Site.objects.get()
    assert (row.host, row.aliases, row.has_service_duty) == ("www.test.gov.cn", ["test.gov.cn"], False)
    at = f"{AT}/sites/{row.number}"
    assert keeper.post(f"{at}/edit/", words | {"name": "新名称"}).status_code == 302
    today = str(clock.city_date(clock.now()))
    change = {"verb": "suspend", "on": today, "reason": "改版"}
    assert keeper.post(f"{at}/change/", change).status_code == 302
    page = keeper.get(f"{at}/").content.decode()
    assert "新名称" in page
    assert "未事先报备，不合格" in page
    assert keeper.post(f"{at}/change/", change).status_code == 422


def test_the_week_stands_on_the_page_with_its_verdict(reader: Client, org: Org) -> None:
    site, now = SiteFactory(org=org), clock.now()
    visits.keep(
        visits.Seen(site=site.id_code, vantage="v", at=now - timedelta(minutes=30 * n + 1), ok=n >= 40, ms=90)
        for n in range(336)
    )
    page = reader.get(f"{AT}/sites/{site.number}/").content.decode()
    assert "站点无法访问" in page
    assert "336 次里 40 次" in page
    assert page.count('class="hour-down"') == 20


def test_maintenance_is_registered_and_called_off_on_the_page(keeper: Client, reader: Client, org: Org) -> None:
    site = SiteFactory(org=org)
    start = clock.now() + timedelta(days=2)
    words = {"starts_at": f"{start:%Y-%m-%dT%H:%M}", "ends_at": f"{start + timedelta(hours=2):%Y-%m-%dT%H:%M}"}
    at = f"{AT}/sites/{site.number}/windows/"
    assert reader.post(at, words | {"reason": "升级"}).status_code == 403
    assert keeper.post(at, words | {"reason": ""}).status_code == 422
    assert keeper.post(at, words | {"reason": "升级"}).status_code == 302
    window = site.windows.get()
    assert keeper.post(f"{at}{window.number}/call-off/").status_code == 302
    window.refresh_from_db()
    assert window.called_off_at is not None


def test_a_column_is_fixed_and_a_host_decided(keeper: Client, org: Org) -> None:
    world = World(org)
    words = {"name": "要闻", "path": "新闻/要闻", "kind": "工作动态", "promise_days": "7"}
    assert keeper.post(f"{AT}/sites/{world.site.number}/columns/{world.column.pk}/", words).status_code == 302
    assert Column.objects.get().is_fixed
    at = f"{AT}/candidates/{world.candidate.host}/"
    assert keeper.post(at, {"state": "ignored", "reason": ""}).status_code == 422
    assert keeper.post(at, {"state": "ignored", "reason": "内部系统"}).status_code == 302


def test_a_letter_is_judged_by_whoever_keeps_the_registry(keeper: Client, reader: Client, org: Org) -> None:
    letter = World(org).letter
    assert reader.post(f"{AT}/letters/{letter.pk}/", {"verdict": "1"}).status_code == 403
    assert keeper.post(f"{AT}/letters/{letter.pk}/", {"verdict": "0"}).status_code == 302
    letter.refresh_from_db()
    assert letter.is_valid is False


def test_an_account_is_entered_corrected_and_writes(keeper: Client, org: Org) -> None:
    words: dict[str, Any] = {"platform": "weibo", "handle": "t", "name": "发布", "org": org.code, "state": "running"}
    assert keeper.post(f"{AT}/accounts/new/", words | {"is_certified": "0"}).status_code == 302
    row = Account.objects.get()
    assert (row.is_certified, row.has_interaction, row.is_main) == (False, None, False)
    at = f"{AT}/accounts/{row.number}"
    assert "账号未认证" in keeper.get(f"{at}/").content.decode()
    assert keeper.post(f"{at}/edit/", words | {"is_certified": "1"}).status_code == 302
    assert keeper.post(f"{at}/write/", {"post_id": "1", "at": "2026-01-02T09:30"}).status_code == 422
    assert keeper.post(f"{at}/write/", {"post_id": "1", "at": "2026-01-02T09:30", "title": "通知"}).status_code == 302
    assert Post.objects.get().at.isoformat() == "2026-01-02T01:30:00+00:00"


# -- files


def book(*rows: list[Any]) -> SimpleUploadedFile:
    made = Workbook()
    for row in rows:
        made.active.append(row)  # type: ignore[union-attr]
    out = io.BytesIO()
    made.save(out)
    return SimpleUploadedFile("名录.xlsx", out.getvalue())


HEAD = ["序号", "网站名称*", "网站标识码", "首页 网址", "主办单位", "网站类型"]


def confirmed(client: Client, what: str, file: SimpleUploadedFile, **more: str) -> Any:
    shown = client.post(f"{AT}/import/{what}/", {"file": file} | more)
    assert shown.status_code == 200, shown.content.decode()
    return client.post(f"{AT}/import/{what}/", {"confirm": shown.context["trial"].sealed})


def test_an_official_list_is_read_with_its_title_and_its_own_headings(keeper: Client, org: Org) -> None:
    file = book(["全市政府网站名录"], HEAD, [1, "测试门户", "9900000001", "www.test.gov.cn", org.name, "政府门户网站"])
    assert confirmed(keeper, "sites", file).status_code == 302
    row = Site.objects.get()
    assert (row.name, row.home_url, row.kind, row.org) == ("测试门户", "http://www.test.gov.cn/", "portal", org)


def test_one_bad_row_keeps_the_whole_file_out_and_each_fault_is_named(keeper: Client, org: Org) -> None:
    other = OrgFactory()
    file = book(
        HEAD,
        [1, "好", "9900000001", "www.a.gov.cn", org.name, ""],
        [2, "标识码错", "99", "www.b.gov.cn", org.name, ""],
        [3, "别人的", "9900000003", "www.c.gov.cn", other.name, ""],
        [4, "重复", "9900000001", "www.d.gov.cn", org.name, ""],
        [5, "类别错", "9900000005", "www.e.gov.cn", org.name, "商店"],
        [6, "", "9900000006", "www.f.gov.cn", org.name, ""],
    )
    answer = keeper.post(f"{AT}/import/sites/", {"file": file})
    verdicts = answer.context["trial"].verdicts
    assert answer.status_code == 422
    assert [v.outcome for v in verdicts] == ["new", "bad", "bad", "bad", "bad", "bad"]
    assert keeper.post(f"{AT}/import/sites/", {"confirm": answer.context["trial"].sealed}).status_code == 422
    assert Site.objects.count() == 0


@pytest.mark.parametrize("what", ["sites", "accounts", "posts"])
def test_what_is_exported_reads_back_as_no_change(keeper: Client, org: Org, what: str) -> None:
    World(org), World(OrgFactory())
    Account.objects.update(is_certified=False)
    first = keeper.get(f"{AT}/export/{what}.xlsx")
    assert len(list(load_workbook(io.BytesIO(first.content)).worksheets[0])) == 2
    file = SimpleUploadedFile("x.xlsx", first.content)
    shown = keeper.post(f"{AT}/import/{what}/", {"file": file})
    counts = shown.context["trial"].counts
    assert counts == {"new": 0, "changed": 0, "same": 1, "bad": 0}


def test_templates_hold_the_head_and_unknown_ones_are_absent(keeper: Client) -> None:
    for what in ("sites", "accounts", "posts"):
        made = keeper.get(f"{AT}/import/{what}/template.xlsx")
        assert len(list(load_workbook(io.BytesIO(made.content)).worksheets[0])) == 1
    assert keeper.get(f"{AT}/import/none/").status_code == 404


JSON = b'[{"post_id": "1", "at": "2026-01-02 09:30", "title": "a", "links": ["https://x.cn/"]}]'
RSS = b"<rss><channel><item><guid>1</guid><title>a</title><pubDate>2026-01-02 09:30</pubDate></item></channel></rss>"
CSV = "发文标识,发布时间,标题\n1,2026/01/02 09:30,a\n".encode("gb18030")


@pytest.mark.parametrize(("name", "data"), [("a.json", JSON), ("a.xml", RSS), ("a.csv", CSV)])
def test_posts_come_as_json_feed_or_sheet_and_only_once(keeper: Client, org: Org, name: str, data: bytes) -> None:
    account = AccountFactory(org=org)
    for _twice in range(2):
        answer = confirmed(keeper, "posts", SimpleUploadedFile(name, data), account=account.number)
        assert answer.status_code == 302
    row = Post.objects.get()
    account.refresh_from_db()
    assert (row.title, row.at.isoformat()) == ("a", "2026-01-02T01:30:00+00:00")
    assert account.last_post_at == row.at
    assert account.posts_checked_at is not None


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.json", b"{"),
        ("a.json", b"[1]"),
        ("a.xml", b"<html/>"),
        ("a.csv", b"x,y\n1,2"),
        ("a.csv", b""),
        ("a.xml", RSS),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_words(keeper: Client, name: str, data: bytes) -> None:
    answer = keeper.post(f"{AT}/import/posts/", {"file": SimpleUploadedFile(name, data)})
    assert answer.status_code == 422
    assert answer.context["form"].errors


def test_nobody_confirms_what_was_sealed_for_another_sheet(keeper: Client, org: Org) -> None:
    account = AccountFactory(org=org)
    shown = keeper.post(f"{AT}/import/posts/", {"file": SimpleUploadedFile("a.json", JSON), "account": account.number})
    assert keeper.post(f"{AT}/import/sites/", {"confirm": shown.context["trial"].sealed}).status_code == 422


def test_posts_for_an_account_of_others_are_bad_rows(keeper: Client) -> None:
    other = AccountFactory()
    data = f"账号编号,发文标识,发布时间,标题\n{other.number},1,2026-01-02,a\n".encode()
    answer = keeper.post(f"{AT}/import/posts/", {"file": SimpleUploadedFile("a.csv", data)})
    assert answer.context["trial"].counts["bad"] == 1


def test_columns_that_a_crawl_saw_stand_on_the_page(reader: Client, org: Org) -> None:
    site = SiteFactory(org=org)
    seen = [discovery.ColumnSeen(url="https://t/1", name="要闻", path="新闻/要闻", kind="工作动态", items=9)]
    discovery.take_columns(site=site.id_code, seen=seen, now=NOW)
    assert "新闻/要闻" in reader.get(f"{AT}/sites/{site.number}/").content.decode()
