"""What ``make up`` shows of the exchange: departments' databases with made-up people and companies, a node for each,
agreements between them, and deliveries that run by the clock. Only beside the embedded database; made once.

Everything is done by the services that people use, as a System whose name says what it is, so that each step is in the
ledger and in the audit trail like any other.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from yunshu.config.bootstrap import machine
from yunshu.config.world.nodes import LocalNode, local_node
from yunshu.domains.directory.contracts import System
from yunshu.domains.directory.models import Org
from yunshu.domains.exchange import selectors, services
from yunshu.domains.exchange.models import Request, Resource
from yunshu.domains.exchange.rules import agreeing
from yunshu.lib.kernel import clock
from yunshu.lib.synthetic import World, create_sql, load, world

ACTOR = System(name="示例世界")
SEED, PEOPLE = 2026, 3000
NODE, RECEIVED = "n1", "incoming"


@dataclass(frozen=True)
class Wish:
    """Who asks for which items of a table, what for, which rows; ``masks`` beside those kept as they are.

    With ``lookup`` the data is asked for row by row, by these items.
    """

    consumer: str
    table: str
    items: str
    purpose: str
    rows: tuple[str, str] | None = None
    masks: tuple[tuple[str, str], ...] = ()
    granted: bool = True
    lookup: tuple[str, ...] = ()


COUNTY, PEOPLE_ITEMS = "445202", "rybh gmsfhm xm xb csrq hjdxzqh hjzt updated_at"
WISHES = (
    Wish(COUNTY, "gaj_hjrk", PEOPLE_ITEMS, "核验本区居民申办高龄津贴时的户籍和身份。", ("hjdxzqh", COUNTY)),
    Wish("445200-013", "gaj_hjrk", PEOPLE_ITEMS, "核验参保登记时申请人的户籍和身份。"),
    Wish(
        "445200-013",
        "scjgj_qydj",
        "pripid uniscid entname enttype lerep regorg regstate updated_at",
        "核验用人单位的登记状态，办理单位参保登记。",
    ),
    Wish(
        COUNTY,
        "scjgj_qydj",
        "pripid uniscid entname industry dom regorg regstate updated_at",
        "掌握本区市场主体，开展助企服务。",
        ("regorg", COUNTY),
    ),
    Wish(
        COUNTY,
        "rsj_cbxx",
        "aac001 aac002 aac003 aae140 aac008 updated_at",
        "核验本区居民申办就业补贴时的参保状态。",
        None,
        (("aac002", "hash"), ("aac003", "partial")),
    ),
    Wish(
        "445200-011",
        "zrzyj_bdcdj",
        "ywh qlrmc zjh bdcdyh updated_at",
        "核对最低生活保障申请家庭的不动产情况。",
        None,
        (("qlrmc", "partial"),),
    ),
    Wish(
        "445200-014",
        "mzj_hydj",
        "djbh ywlb nfsfzh nvsfzh djrq updated_at",
        "办理不动产登记时核验权利人的婚姻状况。",
        None,
        (("nfsfzh", "hash"), ("nvsfzh", "hash"), ("djrq", "month")),
    ),
    Wish(
        COUNTY,
        "gaj_hjrk",
        "gmsfhm xm hjdxzqh hjzt",
        "受理跨区通办事项时逐件核验申请人的身份和户籍状态。",
        lookup=("gmsfhm",),
    ),
    Wish(COUNTY, "mzj_dbdx", "dbbh hzxm hzsfz zt", "核验本区困难家庭申请教育资助的资格。", granted=False),
)
BASIS = "示例：单位三定规定中的相应职责"


def make(folder: Path, superuser_url: str, passphrase: bytes, password_of: Callable[[str], str]) -> dict[str, Any]:
    """Make databases, nodes and agreements that are not there yet; return what the supervisor must know of each node."""
    city = world(SEED, PEOPLE)
    owners = {
        row.table.partition(".")[2]: row for row in Resource.objects.filter(table__in=_tables(city), version__gt=0)
    }
    codes = sorted({row.org.code for row in owners.values()} | {wish.consumer for wish in WISHES})
    known = {org.code: org for org in Org.objects.filter(code__in=codes, is_active=True)}
    nodes: dict[str, LocalNode] = {}
    parts: dict[str, Any] = {}
    for code in (each for each in codes if each in known):
        database = "dept_" + code.replace("-", "_").lower()
        url = _database(superuser_url, database, password_of(code))
        own = [table for table in city.tables if table.name in owners and owners[table.name].org.code == code]
        _fill(url, city, own)
        nodes[code] = local_node(folder / code, code, NODE, passphrase, ACTOR)
        send = [f"public.{table.name}" for table in own]
        nodes[code].set_up(url=url, send=send, receive=RECEIVED)
        parts[code] = {"database": database, "send": send, "receive": RECEIVED}
    for node in nodes.values():
        for other in nodes.values():
            if other is not node:
                node.trust(other)
    for wish in WISHES:
        if wish.consumer in known and wish.table in owners:
            _ask(wish, owners[wish.table])
    return parts


def _tables(city: World) -> list[str]:
    return [f"public.{table.name}" for table in city.tables]


def _database(superuser_url: str, name: str, password: str) -> str:
    """Make a department's database and its account; return its address for that account."""
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        role, secret = sql.Identifier(name), sql.Literal(password)
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (name,)).fetchone():
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(role, secret))
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone():
            connection.execute(sql.SQL("CREATE DATABASE {0} OWNER {0}").format(role))
    return machine.database_url(superuser_url, name, password)


def _fill(url: str, city: World, own: list[Any]) -> None:
    with psycopg.connect(url) as connection:
        for table in own:
            if connection.execute("SELECT to_regclass(%s)", (f"public.{table.name}",)).fetchone() == (None,):
                connection.execute(create_sql(table))
                load(connection, table, city.rows(table))


def _ask(wish: Wish, resource: Resource) -> None:
    """Ask for a table, and grant it as its owner would; nothing happens if that was asked before."""
    delivery = "query" if wish.lookup else "table"
    if Request.objects.filter(resource=resource, applicant__code=wish.consumer, delivery=delivery).exists():
        return
    now = clock.now()
    entry = selectors.form_of(resource)
    spec = services.RequestSpec(
        items=tuple(wish.items.split()),
        purpose=wish.purpose,
        basis=BASIS,
        delivery=delivery,
        cycle=entry.cycle.value,
        starts_on=clock.city_date(now),
        ends_on=clock.city_date(now) + timedelta(days=364),
        contact="示例联系人",
        rows={"field": wish.rows[0], "in": [wish.rows[1]]} if wish.rows else None,
    )
    row = services.create_request(actor=ACTOR, resource=resource.number, org_code=wish.consumer, spec=spec, now=now)
    _move(row.number, "submit")
    row.refresh_from_db()
    _move(row.number, services.passing_verb(row))
    if wish.granted:
        masks = dict.fromkeys(wish.items.split(), "keep") | dict(wish.masks)
        answer = services.AnswerSpec(masks={n: agreeing.mask_of(m) for n, m in masks.items()}, opinion="同意")
        _move(row.number, "grant_plain" if services.passing_verb(row) == "pass_plain" else "grant", answer)
        agreement = Request.objects.get(pk=row.pk).agreement.number
        if wish.lookup:
            asked = services.InterfaceSpec(node=NODE, kind="table", table=resource.table, lookup=wish.lookup)
            services.save_interface(actor=ACTOR, resource=resource.number, spec=asked, now=clock.now())
        else:
            follow = services.RouteSpec(mode="upsert", watermark="updated_at")
            services.save_route(actor=ACTOR, agreement=agreement, spec=follow, now=clock.now())


def _move(number: str, verb: str, answer: services.AnswerSpec | None = None) -> None:
    services.move_request(actor=ACTOR, number=number, verb=verb, reason="示例", answer=answer, now=clock.now())
