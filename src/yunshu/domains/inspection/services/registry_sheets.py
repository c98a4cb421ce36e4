"""Lists of sites and of accounts as sheets. The other headings are those of the nation's lists as far as known [R]: data, to be added to."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.inspection.choices import Platform, SiteKind, SiteState
from yunshu.domains.inspection.contracts import REGISTRY_EDIT
from yunshu.domains.inspection.models import Account, Site
from yunshu.domains.inspection.services import accounts, sites
from yunshu.domains.inspection.services.sheets import Heading, Line, Sheet, choice, org_code, written, yes
from yunshu.lib.kernel.errors import NotFound

SITE_HEADINGS = (
    Heading("id_code", _l("网站标识码"), ("标识码", "政府网站标识码"), needed=True),
    Heading("name", _l("网站名称"), ("名称", "政府网站名称"), needed=True),
    Heading("org", _l("主办单位"), ("主办单位名称", "单位名称"), needed=True),
    Heading("kind", _l("网站类别"), ("网站类型", "类别")),
    Heading("home_url", _l("首页网址"), ("网址", "首页URL", "首页链接", "网站域名", "域名"), needed=True),
    Heading("aliases", _l("其他域名"), ("其它域名",)),
    Heading("has_service_duty", _l("承担公共服务职能"), ("是否承担公共服务职能",)),
    Heading("icp", _l("ICP 备案号"), ("ICP备案编号", "ICP备案号码")),
    Heading("police", _l("公安备案号"), ("公安机关备案号", "公安机关备案编号", "公安备案编号")),
    Heading("note", _l("说明"), ("备注",)),
    Heading("source", _l("出处")),
)
ACCOUNT_HEADINGS = (
    Heading("platform", _l("平台"), ("平台名称", "新媒体类型", "账号类型"), needed=True),
    Heading("handle", _l("账号标识"), ("账号ID", "微信号", "账号"), needed=True),
    Heading("name", _l("账号名称"), ("名称", "新媒体名称"), needed=True),
    Heading("org", _l("主办单位"), ("主办单位名称", "单位名称"), needed=True),
    Heading("is_main", _l("主账号"), ("是否主账号",)),
    Heading("is_certified", _l("已认证"), ("是否认证", "认证情况")),
    Heading("has_interaction", _l("有互动功能"), ("是否有互动功能",)),
    Heading("registered_no", _l("备案编号"), ("备案号",)),
    Heading("state", _l("运行状态"), ("状态",)),
    Heading("url", _l("主页网址"), ("网址", "链接")),
    Heading("feed", _l("订阅地址（RSS）"), ("RSS",)),
    Heading("note", _l("说明"), ("备注",)),
    Heading("source", _l("出处")),
)
PLAIN_SITE = ("id_code", "name", "icp", "police", "note", "source")
PLAIN_ACCOUNT = ("handle", "name", "registered_no", "url", "feed", "note", "source")


def put_site(actor: Viewer, line: Line, now: datetime) -> str:
    """Write one line of the list of sites: a site is known by its identification code. Raises as ``services.sites`` does."""
    row = Site.objects.select_related("org").filter(id_code=line["id_code"]).first()
    if row is not None and not actor.may(REGISTRY_EDIT, row.org.path):
        raise NotFound("site_not_found", _("该标识码已由其他单位登记，您不能维护它。"))
    before = sites.spec_of(row) if row else None
    spec = _site_spec(line, before)
    if row is None:
        sites.register_site(actor=actor, spec=spec, now=now)
        return "new"
    if spec == before:
        return "same"
    sites.change_site(actor=actor, number=row.number, spec=spec, now=now)
    return "changed"


def _site_spec(line: Line, before: sites.SiteSpec | None) -> sites.SiteSpec:
    words: dict[str, Any] = vars(before).copy() if before else {"kind": SiteKind.DEPARTMENT}
    words |= {name: line[name] for name in PLAIN_SITE if name in line}
    words |= {"org": org_code(line["org"]), "home_url": whole_address(line["home_url"])}
    if line.get("kind"):
        words["kind"] = choice(line["kind"], SiteKind.choices, SITE_HEADINGS[3].label)
    if "aliases" in line:
        words["aliases"] = tuple(
            sorted(line["aliases"].replace("，", " ").replace("、", " ").replace(",", " ").split())
        )
    if line.get("has_service_duty"):
        words["has_service_duty"] = yes(line["has_service_duty"], default=True)
    return sites.SiteSpec(**words)


def whole_address(text: str) -> str:
    """Return an address with its scheme; lists often leave it out."""
    return text if "://" in text else f"http://{text}{'' if urlsplit(f'//{text}').path else '/'}"


def put_account(actor: Viewer, line: Line, now: datetime) -> str:
    """Write one line of the list of accounts: one is known by platform and handle. Raises as ``services.accounts`` does."""
    platform = choice(line["platform"], Platform.choices, ACCOUNT_HEADINGS[0].label)
    row = Account.objects.select_related("org").filter(platform=platform, handle=line["handle"]).first()
    if row is not None and not actor.may(REGISTRY_EDIT, row.org.path):
        raise NotFound("account_not_found", _("该账号已由其他单位登记，您不能维护它。"))
    before = accounts.spec_of(row) if row else None
    words: dict[str, Any] = vars(before).copy() if before else {}
    words |= {name: line[name] for name in PLAIN_ACCOUNT if name in line}
    words |= {"platform": platform, "org": org_code(line["org"])}
    for name in ("is_main", "is_certified", "has_interaction"):
        if name in line:
            words[name] = yes(line[name], default=True if name == "is_main" else None)
    if line.get("state"):
        words["state"] = choice(line["state"], SiteState.choices, ACCOUNT_HEADINGS[8].label)
    spec = accounts.AccountSpec(**words)
    if row is None:
        accounts.register_account(actor=actor, spec=spec, now=now)
        return "new"
    if spec == before:
        return "same"
    accounts.change_account(actor=actor, number=row.number, spec=spec)
    return "changed"


def _site_values(row: Site) -> Sequence[Any]:
    return [
        row.id_code, row.name, row.org.code, row.get_kind_display(), row.home_url, " ".join(row.aliases),
        written(row, "has_service_duty"), row.icp, row.police, row.note, row.source,
    ]  # fmt: skip


def _account_values(row: Account) -> Sequence[Any]:
    return [
        row.get_platform_display(), row.handle, row.name, row.org.code, written(row, "is_main"), written(row, "is_certified"),
        written(row, "has_interaction"), row.registered_no, row.get_state_display(), row.url, row.feed, row.note, row.source,
    ]  # fmt: skip


SITES = Sheet(
    slug="sites", title=_l("政府网站"), key="id_code", headings=SITE_HEADINGS, put=put_site, values=_site_values
)
ACCOUNTS = Sheet(
    slug="accounts",
    title=_l("政务新媒体账号"),
    key="platform,handle",
    headings=ACCOUNT_HEADINGS,
    put=put_account,
    values=_account_values,
)
