"""The hotline's city with a knowledge base: liaisons, second eyes, the administrator, articles at every stage."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from tests.factories.directory import staff
from tests.hotline.hotline_world import AGENT, HANDLER, Hotline

from yunshu.domains.directory.contracts import Staff
from yunshu.domains.directory.models import Org
from yunshu.domains.hotline import contracts
from yunshu.domains.hotline.choices import Asker
from yunshu.domains.hotline.models import Article
from yunshu.domains.hotline.services import kb_demands, kb_reviewing, kb_writing
from yunshu.lib.kernel import clock

LIAISON = (*HANDLER, contracts.KB_DRAFT)
CHECKER = (contracts.KB_DRAFT, contracts.KB_CHECK)
KEEPER = (*AGENT, contracts.KB_APPROVE, contracts.KB_CHECK)
BODY = "带身份证到**市政大厅**办理。\n\n- 身份证\n- 申请表"


@dataclass
class Knowledge(Hotline):
    """The people of the knowledge base and what they do."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.liaison, self.checker = staff(LIAISON, org=self.urban), staff(CHECKER, org=self.urban)
        self.keeper, self.stranger = staff(KEEPER, org=self.bureau), staff((*LIAISON, *CHECKER), org=self.power)

    @property
    def today(self) -> date:
        """The city's day."""
        return clock.city_date(self.now)

    def spec(self, **more: Any) -> kb_writing.ArticleSpec:
        """What an article says."""
        return kb_writing.ArticleSpec(**({"title": "路灯报修怎么办", "body": BODY} | more))

    def drafted(self, actor: Staff | None = None, *, demand: str = "", **more: Any) -> Article:
        """A draft of the urban department."""
        return kb_writing.begin_article(
            actor=actor or self.liaison, owner=self.urban.code, spec=self.spec(**more), now=self.now, demand=demand
        )

    def submitted(self, **more: Any) -> Article:
        """A draft that was handed in."""
        row = self.drafted(**more)
        kb_writing.submit(actor=self.liaison, number=row.number, now=self.now)
        return row

    def judge(self, row: Article, verb: str, actor: Staff, reason: str = "请补充依据。") -> Article:
        """Review."""
        return kb_reviewing.review(actor=actor, number=row.number, verb=verb, reason=reason, now=self.now)

    def released(self, row: Article) -> Article:
        """Two reviews, and it is in force."""
        self.judge(row, "pass", self.checker)
        return self.judge(row, "publish", self.keeper)

    def published(self, **more: Any) -> Article:
        """An article that went the whole way."""
        return self.released(self.submitted(**more))

    def renewed(self, row: Article, **more: Any) -> Article:
        """Its next version, published."""
        made = kb_writing.begin_version(actor=self.liaison, number=row.number, now=self.now)
        kb_writing.save_draft(
            actor=self.liaison, number=row.number, revision=made.revision, spec=self.spec(**more), now=self.now
        )
        kb_writing.submit(actor=self.liaison, number=row.number, now=self.now)
        return self.released(row)

    def expired(self, **more: Any) -> Article:
        """An article whose last day was yesterday."""
        return self.published(valid_to=self.today - timedelta(days=1), **more)


def examples(org: Org) -> dict[str, Any]:
    """Return an object of ``org`` for every address of the knowledge base's pages, for whoever walks them."""
    base = Knowledge(city=org, now=clock.now())
    words = {"title": "Lamp repair", "body": "Call the office."}
    row, draft = base.published(**words), base.drafted(**words)
    asked = kb_demands.ask(by=base.agent, asker=Asker.STAFF, question="How to report a lamp", now=base.now)
    ticket = base.registered(base.sorter, title="Lamp is out", content="No light", name="A", phone="1")
    return {
        **{f"hotline:{name}": (row.number,) for name in ("article", "act_article", "say_article")},
        **{f"hotline:{name}": (ticket.number,) for name in ("kb_panel", "cite", "unanswered")},
        **{f"hotline:{name}": (asked.number,) for name in ("kb_demand", "act_kb_demand")},
        "hotline:edit_article": (draft.number,),
    }
