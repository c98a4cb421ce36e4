"""``yunshu demo exchange``: a table's way from the catalogue to the consumer's database and a receipt, on the running instance."""

import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from yunshu.config.bootstrap import EmbeddedPostgres
from yunshu.config.world.nodes import local_node
from yunshu.config.world.walking import Walker
from yunshu.domains.directory.contracts import System
from yunshu.domains.directory.models import Org
from yunshu.domains.exchange import contracts as words
from yunshu.domains.exchange import selectors, services
from yunshu.domains.exchange.choices import AgreementState, DeliveryState
from yunshu.domains.exchange.models import Agreement, Category, Delivery, Element
from yunshu.domains.exchange.rules import agreeing
from yunshu.domains.exchange.services.registers import add_category
from yunshu.domains.ledger import offline
from yunshu.lib.consortium.leaves import canonical
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Refused
from yunshu.lib.nodes import receipts
from yunshu.lib.outpost.__main__ import ASKED_FROM
from yunshu.lib.synthetic import POPULATION, create_sql, load, world

ACTOR = System(name="数据共享演示")
PEOPLE = 4000
CLASS = "101001"
ITEMS = {
    "rybh": ("人员编号", words.DataType.INTEGER, words.Grade.L2, "keep"),
    "gmsfhm": ("公民身份号码", words.DataType.CHARACTER, words.Grade.L4, "hash"),
    "xm": ("姓名", words.DataType.CHARACTER, words.Grade.L3, "partial"),
    "csrq": ("出生日期", words.DataType.DATE, words.Grade.L3, "year"),
    "hjdxzqh": ("户籍地行政区划代码", words.DataType.CHARACTER, words.Grade.L2, "keep"),
    "hjzt": ("户籍状态", words.DataType.CHARACTER, words.Grade.L2, "keep"),
}
LEFT_OUT = "lxdh"
DIVISION = "445202"


class Command(BaseCommand):
    """Makes two databases, two nodes, an entry and an agreement, and ends them all again; the ledger keeps what was proven."""

    help = (
        "演示数据共享的主要流程：编目、申请、授权、两个节点交付、会签回执、更正与删除传导、终止。账本会留下演示存证。"
    )

    def handle(self, **_: object) -> None:
        """Walk, say what was seen, end with ``verified``; exit code 1 at the first station that is not as it must be."""
        if not settings.HUB_URL or not settings.LEDGER_PEERS:
            raise CommandError("没有运行中的枢纽或账本：先执行 make up，再执行 yunshu demo exchange。")
        with tempfile.TemporaryDirectory(prefix="yunshu-demo-") as folder, databases(Path(folder)) as urls:
            Walk(Path(folder), urls, self._say).run()
        self.stdout.write("verified")

    def _say(self, said: str) -> None:
        self.stdout.write(f"  {said}")
        self.stdout.flush()


@contextmanager
def databases(folder: Path) -> Iterator[tuple[str, str]]:
    """Give the addresses of two empty databases of a throw-away server."""
    server = EmbeddedPostgres(folder / "pg", durable=False)
    server.start()
    names = ("owner", "consumer")
    try:
        with psycopg.connect(server.superuser_url, autocommit=True) as connection:
            for name in names:
                connection.execute(f"CREATE DATABASE {name}")
        first, second = (urlsplit(server.superuser_url)._replace(path=f"/{name}").geturl() for name in names)
        yield first, second
    finally:
        server.stop()


class Walk(Walker):
    """One walk through the exchange."""

    patience_s = 90
    log = "hub"

    def __init__(self, folder: Path, urls: tuple[str, str], say: Callable[[str], None]) -> None:
        super().__init__(say)
        self.folder = folder
        self.source = psycopg.connect(urls[0], autocommit=True)
        self.target = psycopg.connect(urls[1], autocommit=True)
        self.urls = urls
        kinds = (Org.Kind.DEPARTMENT, Org.Kind.DISTRICT)
        self.owner, self.consumer = (
            Org.objects.filter(kind=kind, is_active=True).order_by("code")[0] for kind in kinds
        )
        self.mark = secrets.token_hex(3)

    def run(self) -> None:
        """Walk from the table to the end of the agreement; what a walk cut short has made in the city ends with it, too."""
        with ExitStack() as undo:
            undo.callback(self.source.close)
            undo.callback(self.target.close)
            self._fill()
            resource = self._published()
            undo.callback(self._retire, resource)
            agreement = self._agreed(resource)
            undo.callback(self._revoke, agreement)
            undo.enter_context(self._nodes())
            self._first(agreement)
            self._second(agreement)
            self._revoked(agreement)

    def _fill(self) -> None:
        city = world(20261124, PEOPLE)
        self.source.execute(create_sql(POPULATION))
        self.rows = load(self.source, POPULATION, city.rows(POPULATION))
        self.say(f"{self.owner.name}的数据库：{POPULATION.title} {self.rows} 行（合成数据）")

    def _published(self) -> str:
        if not Category.objects.filter(code=CLASS).exists():
            add_category(CLASS, "人口基本信息", "演示")
        items = tuple(
            words.ItemForm(
                ordinal=n, name=name, title=title, data_type=kind, grade=grade, is_key=n == 1, is_required=n == 1
            )
            for n, (name, (title, kind, grade, _mask)) in enumerate(ITEMS.items(), 1)
        )
        form = words.EntryForm(
            name=f"户籍人口（演示 {self.mark}）",
            org=self.owner.code,
            category=CLASS,
            summary="演示数据共享流程用的合成数据，演示结束即注销。",
            format=words.Format.DATABASE,
            format_detail="PostgreSQL",
            sharing_type=words.SharingType.CONDITIONAL,
            sharing_condition="仅供演示。",
            sharing_scope="仅供演示。",
            legal_basis="",
            way=words.Way.PLATFORM,
            is_open=False,
            open_condition="",
            cycle=words.Cycle.DAILY,
            related=(),
            items=items,
            table="public.gaj_hjrk",
        )
        row = services.create_entry(actor=ACTOR, form=form, now=clock.now())
        for verb in ("submit", "publish"):
            row = services.move_entry(actor=ACTOR, number=row.number, verb=verb, reason="演示", now=clock.now())
        self.demand(row.version == 1, f"编目、审核、发布：{row.code}")
        found = selectors.best(selectors.published(), self.mark).part(0, 1)
        self.demand(found == [row], "使用方在目录中搜到它")
        return row.number

    def _agreed(self, resource: str) -> Agreement:
        today = clock.city_date(clock.now())
        spec = services.RequestSpec(
            items=tuple(ITEMS),
            purpose="演示：核对本区户籍人口，不用于其他用途。",
            basis="演示",
            delivery="table",
            cycle="daily",
            starts_on=today,
            ends_on=today + timedelta(days=30),
            contact="演示",
            rows={"field": "hjdxzqh", "in": [DIVISION]},
        )
        row = services.create_request(
            actor=ACTOR, resource=resource, org_code=self.consumer.code, spec=spec, now=clock.now()
        )
        self._move(row.number, "submit")
        row.refresh_from_db()
        self._move(row.number, services.passing_verb(row))
        masks = {name: agreeing.mask_of(mask) for name, (_t, _k, _g, mask) in ITEMS.items()}
        self._move(row.number, "grant", services.AnswerSpec(masks=masks, opinion="同意"))
        made = Agreement.objects.get(request=row)
        self.say(
            f"{self.consumer.name}申请 → 审查 → 授权（身份证号加密摘要、姓名遮盖、出生日期到年）：协议 {made.number}"
        )
        return made

    def _move(self, number: str, verb: str, answer: services.AnswerSpec | None = None) -> None:
        services.move_request(actor=ACTOR, number=number, verb=verb, reason="演示", answer=answer, now=clock.now())

    @contextmanager
    def _nodes(self) -> Iterator[None]:
        passphrase = secrets.token_urlsafe(16)
        name = f"demo-{self.mark}"
        nodes = [
            local_node(self.folder / org.code, org.code, name, passphrase.encode(), ACTOR)
            for org in (self.owner, self.consumer)
        ]
        nodes[0].set_up(url=self.urls[0], send=["public.gaj_hjrk"])
        nodes[1].set_up(url=self.urls[1], receive="incoming")
        nodes[0].trust(nodes[1])
        nodes[1].trust(nodes[0])
        environment = os.environ | {ASKED_FROM: passphrase}
        processes = []
        for node in nodes:
            with (node.folder / "node.log").open("ab") as log:
                command = [sys.executable, "-m", "yunshu.lib.outpost", "run", str(node.folder)]
                processes.append(subprocess.Popen(command, env=environment, stdout=log, stderr=log))  # noqa: S603 - our own
        self.say(f"两个前置节点核对指纹后接入枢纽：{'；'.join(str(node.keys.card) for node in nodes)}")
        try:
            yield
        finally:
            for node in nodes:
                card = node.keys.card
                services.bar_node(actor=ACTOR, org=card.org, name=card.node, reason="演示结束", now=clock.now())
            for process in processes:
                process.terminate()
            for process in processes:
                process.wait(20)

    def _first(self, agreement: Agreement) -> None:
        spec = services.RouteSpec(
            source_node=f"demo-{self.mark}",
            target_node=f"demo-{self.mark}",
            target_table="hjrk_demo",
            watermark="updated_at",
            mode="upsert",
            is_active=False,
        )
        services.save_route(actor=ACTOR, agreement=agreement.number, spec=spec, now=clock.now())
        delivery = self._delivered(agreement, "全量")
        names = [column.name for column in self.target.execute("SELECT * FROM incoming.hjrk_demo").description or ()]
        self.demand(names == list(ITEMS), f"使用方库里只有协议的 {len(names)} 个信息项，没有 {LEFT_OUT}")
        self.demand(self._compare(), "逐行独立比对：行数、脱敏结果与来源一致")
        self._receipted(delivery)

    def _receipted(self, delivery: Delivery) -> None:
        cards = {"source": services.card_of(delivery.source_node), "target": services.card_of(delivery.target_node)}
        form: dict[str, Any] = delivery.receipt or {}
        signed = receipts.read(canonical(form))
        faults = receipts.check(signed, cards)
        self.demand(
            not faults,
            f"对账回执：两端 {signed.receipt.source.rows} 行，摘要 {signed.receipt.source.root[:16]}…，双方签名有效",
        )
        changed = canonical({**form, "receipt": {**form["receipt"], "quarantined_rows": 1}})
        self.demand(bool(receipts.check(receipts.read(changed), cards)), "回执改动一个数字，不予认可")
        self.say(f"回执在联盟账本最终确认：第 {offline.final(delivery.record, self.patience_s).leaf_index} 片叶")

    def _second(self, agreement: Agreement) -> None:
        keys = [
            row[0]
            for row in self.source.execute(
                "SELECT rybh FROM gaj_hjrk WHERE hjdxzqh = %s ORDER BY rybh LIMIT 8", (DIVISION,)
            )
        ]
        self.source.execute("UPDATE gaj_hjrk SET xm = '更正', updated_at = now() WHERE rybh = ANY(%s)", (keys[:5],))
        delivery = self._delivered(agreement, "增量")
        self.demand(delivery.rows == 5 and self._compare(), "更正 5 行，只传这 5 行")
        self.source.execute("DELETE FROM gaj_hjrk WHERE rybh = ANY(%s)", (keys[5:],))
        self._delivered(agreement, "全量比对", whole=True)
        self.demand(self._compare(), "来源删除 3 行，使用方随之删除")

    def _revoked(self, agreement: Agreement) -> None:
        self._revoke(agreement)
        try:
            services.order_delivery(actor=ACTOR, agreement=agreement.number, whole=True, now=clock.now())
        except Refused as refused:
            self.say(f"协议终止后不能再交付：{refused.message}")
        else:
            raise CommandError("协议终止后仍能交付。")

    def _revoke(self, agreement: Agreement) -> None:
        agreement.refresh_from_db()
        if agreement.state == AgreementState.ACTIVE:
            services.move_agreement(
                actor=ACTOR, number=agreement.number, verb="revoke", reason="演示结束", now=clock.now()
            )

    def _retire(self, resource: str) -> None:
        for verb in ("ask_retire", "retire"):
            services.move_entry(actor=ACTOR, number=resource, verb=verb, reason="演示结束", now=clock.now())
        self.say("节点切断，目录注销")

    def _delivered(self, agreement: Agreement, kind: str, *, whole: bool = False) -> Delivery:
        delivery = services.order_delivery(actor=ACTOR, agreement=agreement.number, whole=whole, now=clock.now())
        began = time.monotonic()

        def ended() -> bool:
            delivery.refresh_from_db()
            return delivery.ended_at is not None

        self.wait(ended, f"{kind}交付")
        told = f"{delivery.failure_code} {delivery.failure}" if delivery.failure_code else ""
        seconds = time.monotonic() - began
        self.demand(
            delivery.state == DeliveryState.DONE,
            f"{kind}交付 {delivery.number}：{delivery.rows} 行、{delivery.chunks} 块，用时 {seconds:.1f} 秒 {told}",
        )
        return delivery

    def _compare(self) -> bool:
        """Compare what came with what the source holds, by rules written a second time here; the pseudonyms by their number."""
        query = "SELECT rybh, left(xm, 1) || repeat('*', char_length(xm) - 1), date_trunc('year', csrq)::date, hjdxzqh, hjzt FROM gaj_hjrk WHERE hjdxzqh = %s ORDER BY 1"
        sent = self.source.execute(query, (DIVISION,)).fetchall()
        came = self.target.execute("SELECT rybh, xm, csrq, hjdxzqh, hjzt FROM incoming.hjrk_demo ORDER BY 1").fetchall()
        plain: Any = self.source.execute(
            "SELECT count(DISTINCT gmsfhm) FROM gaj_hjrk WHERE hjdxzqh = %s", (DIVISION,)
        ).fetchone()
        hashed: Any = self.target.execute(
            "SELECT count(DISTINCT gmsfhm), min(length(gmsfhm)), max(length(gmsfhm)) FROM incoming.hjrk_demo"
        ).fetchone()
        return sent == came and (plain[0], 64, 64) == hashed


def _legal_source() -> Org | None:
    """Return the department that collects identity numbers by law, if the city has said which."""
    known = Element.objects.filter(name="公民身份号码", source_org__isnull=False).select_related("source_org").first()
    return known.source_org if known else None


def _first(kind: str) -> Org:
    found = Org.objects.filter(kind=kind, is_active=True).order_by("code").first()
    if found is None:
        raise CommandError("城市包里没有部门或区县，无法演示。")
    return found
