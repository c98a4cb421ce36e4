"""Which sites a city has, of which shape, and how each is as a whole. Start at ``found_sites``."""

from datetime import timedelta
from random import Random

from yunshu.lib.synthetic.chance import pick
from yunshu.lib.synthetic.web.draft import Draft
from yunshu.lib.synthetic.web.hosts import DEPARTMENTS, SPECIAL, counties, label
from yunshu.lib.synthetic.web.model import Footer, Kind, Shape, Site

GKMLPT_MIN, SCRIPTED, GBK, LIST_ONLY = 5, 2, 4, 2


def found_sites(draft: Draft) -> None:
    """Add the city's sites, without columns yet, and say what is wrong with names and reachability."""
    rng = draft.rng("sites")
    rows = _rows(draft, rng)
    quiet = {len(rows) - 1, len(rows) - 2, len(rows) - 3}
    shapes = _shapes(rng, len(rows) - len(quiet))
    for i, (name, host, kind) in enumerate(rows):
        shape = Shape.PLAIN if i in quiet else shapes[i]
        site = _site(draft, rng, i, name, host, kind, shape)
        site.quiet = i in quiet
        draft.sites.append(site)
    _dress(draft, rng)
    _down(draft, rng, draft.sites[-3:])
    _names(draft, rng)


def _rows(draft: Draft, rng: Random) -> list[tuple[str, str, Kind]]:
    """Return name, host and kind of each site: the portal first, three departments that will be quiet last."""
    domain = f"{draft.label}.gov.cn"
    rows = [(f"{draft.name}人民政府门户网站", f"www.{domain}", Kind.PORTAL)]
    rows += [
        (f"{draft.name}{name}人民政府", f"www.{label(rng)}.gov.cn", Kind.COUNTY)
        for name in counties(rng, 4 + int(rng.random() * 2))
    ]
    special = sorted(SPECIAL, key=lambda _: rng.random())[:3]
    rows += [(draft.name + name, f"{slug}.{domain}", Kind.SPECIAL) for name, slug in special]
    departments = sorted(DEPARTMENTS, key=lambda _: rng.random())[: 12 + int(rng.random() * 3)]
    return rows + [(draft.name + name, f"{slug}.{domain}", Kind.DEPARTMENT) for name, slug in departments]


def _shapes(rng: Random, count: int) -> list[Shape]:
    some = [Shape.GKMLPT] * (GKMLPT_MIN + int(rng.random() * 3)) + [Shape.SCRIPT] * SCRIPTED
    rest = count - len(some)
    some += [Shape.TRS] * (rest // 2) + [Shape.PLAIN] * (rest - rest // 2)
    return sorted(some, key=lambda _: rng.random())


def _site(draft: Draft, rng: Random, i: int, name: str, host: str, kind: Kind, shape: Shape) -> Site:
    code = f"{draft.codes}{i + 1:0{10 - len(draft.codes)}d}"
    police = f"449900{int(rng.random() * 1e8):08d}"
    host_unit = name.removesuffix("门户网站") + ("" if kind is not Kind.PORTAL else "办公室")
    footer = Footer(
        host_unit=host_unit, phone=f"0663-8{int(rng.random() * 1e6):06d}", code=code,
        icp=f"粤ICP备{10_000_000 + int(rng.random() * 9e6)}号", police=f"粤公网安备 {police}号",
        police_link=f"http://www.beian.gov.cn/portal/registerSystemInfo?recordcode={police}",
        conac=f"http://bszs.conac.cn/sitename?method=show&id={int(rng.random() * 16**12):032X}",
        report=f"http://zfwzgl.www.gov.cn/exposure/jiucuo.html?site_code={code}&url=http%3A%2F%2F{host}%2F",
    )  # fmt: skip
    short = (
        name.removesuffix("门户网站").removesuffix("人民政府") if kind is Kind.COUNTY else name.removesuffix("门户网站")
    )
    return Site(
        code=code, name=name, short=short, kind=kind, shape=shape, hosts=[host], charset="utf-8", declared=True,
        service=kind in (Kind.PORTAL, Kind.COUNTY) or (kind is Kind.DEPARTMENT and rng.random() < 0.7), footer=footer,
        sid=f"{663_000 + i + 1}",
    )  # fmt: skip


def _dress(draft: Draft, rng: Random) -> None:
    """Give some sites GBK without saying so, dates in lists only, one full page of the API, a home of navigation only."""
    static = [s for s in draft.lively if s.shape in (Shape.PLAIN, Shape.TRS)]
    for site in static[:GBK]:
        site.charset, site.declared = "gbk", False
    for site in [s for s in static if s.shape is Shape.PLAIN][-LIST_ONLY:]:
        site.list_dates_only = True
    platform = [s for s in draft.lively if s.shape is Shape.GKMLPT]
    pick(rng, platform).single_page = True
    pick(rng, [s for s in draft.lively if s.shape is not Shape.SCRIPT]).outlook.soft404 = True
    special = [s for s in static if s.kind is Kind.SPECIAL] or [s for s in static if s.kind is Kind.DEPARTMENT]
    special[0].navigation_only = True


def _down(draft: Draft, rng: Random, quiet: list[Site]) -> None:
    """Let two sites be out of reach and one be in its registered maintenance; a slow and a flapping one only look so."""
    ways = sorted(("refused", "503", "hang"), key=lambda _: rng.random())[:2]
    for site, way in zip(quiet, ways, strict=False):
        site.outlook.down = way
        draft.say("unreachable", site, "/", "site", way, f"down_{way}", innocent=False)
    resting = quiet[-1]
    resting.outlook.down = "maintenance"
    resting.maintenance.append((draft.now - timedelta(days=8), draft.now + timedelta(days=2)))
    draft.say("unreachable", resting, "/", "site", "系统维护", "maintenance", innocent=True)
    slow, flapping = sorted(draft.lively[1:], key=lambda _: rng.random())[:2]
    slow.outlook.delay_s, flapping.outlook.flap_every = 3.0, 40
    draft.say("unreachable", slow, "/", "site", slow.name, "slow_home", innocent=True)
    draft.say("unreachable", flapping, "/", "site", flapping.name, "flapping_home", innocent=True)


def _names(draft: Draft, rng: Random) -> None:
    """Give two sites names against the rule of 国办发〔2017〕47号, and three names that only look odd."""
    lively = sorted(draft.lively[1:], key=lambda _: rng.random())
    departments = [s for s in lively if s.kind is Kind.DEPARTMENT]
    special = [s for s in lively if s.kind is Kind.SPECIAL]
    _rename(special[0], f"{special[0].host.split('.')[0]}-{draft.label}.example")
    draft.say("domain_name", special[0], "/", "site", special[0].host, "not_gov_cn", innocent=False)
    slug = departments[0].host.split(".")[0]
    _rename(departments[0], f"{slug}-{draft.label}.com.example")
    draft.say("domain_name", departments[0], "/", "site", departments[0].host, "commercial_name", innocent=False)
    chinese = f"xn--{(draft.name + '旅游').encode('punycode').decode()}.xn--zfr164b"  # .政务
    _rename(special[1], chinese)
    draft.say("domain_name", special[1], "/", "site", chinese, "zhengwu", innocent=True)
    for county in [s for s in lively if s.kind is Kind.COUNTY][:2]:
        draft.say("domain_name", county, "/", "site", county.host, "own_domain_of_county", innocent=True)


def _rename(site: Site, host: str) -> None:
    site.footer.report = site.footer.report.replace(site.host, host)
    site.hosts[0] = host


def transport(draft: Draft) -> None:
    """Give sites bad certificates, no IPv6 and missing headers, and others what only looks so."""
    rng = draft.rng("transport")
    _spread(
        draft,
        rng,
        "tls",
        "certificate",
        ("expired", "wrong_name", "unknown_issuer", "soon"),
        ("wildcard", "many_names", "forty_days"),
    )
    _spread(draft, rng, "ipv6", "ipv6", ("no_aaaa", "aaaa_refused", "no_aaaa", "servers_without_aaaa"),
            ("cname", "two_addresses", "cname"))  # fmt: skip
    _spread(draft, rng, "headers", "headers", ("no_hsts", "no_csp", "no_nosniff", "none"),
            ("lower_case", "frame_ancestors", "csp_meta"))  # fmt: skip


def _spread(draft: Draft, rng: Random, check: str, field: str, bad: tuple[str, ...], odd: tuple[str, ...]) -> None:
    sites = sorted(draft.lively, key=lambda _: rng.random())
    for site, way in zip(sites, bad + odd, strict=False):
        setattr(site.outlook, field, way)
        draft.say(check, site, "/", "site", way, way, innocent=way in odd)
