"""The door of the hotline for channels and higher domains: a citizen files, looks up, adds, rates; nothing here names a caller."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.files import api as files
from yunshu.domains.hotline.choices import Asker, Kind, Usefulness
from yunshu.domains.hotline.contracts import ChannelUser, DemandField, KnowledgeCard, TicketCard
from yunshu.domains.hotline.gateway import gateway
from yunshu.domains.hotline.models import Article, Rating, Ticket
from yunshu.domains.hotline.rules import demand, life
from yunshu.domains.hotline.rules.words import is_callable
from yunshu.domains.hotline.selectors import kb, kb_search
from yunshu.domains.hotline.selectors.pages import division_name, divisions
from yunshu.domains.hotline.selectors.tickets import TICKET_FILES
from yunshu.domains.hotline.services import answering, channels, kb_demands, kb_using, receipts, registering, steps
from yunshu.domains.hotline.services.channels import file_for, numbers_of, subject_of
from yunshu.domains.hotline.services.registering import TicketSpec
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import NotFound
from yunshu.lib.kernel.labels import label
from yunshu.lib.ui.markup import plain

__all__ = [
    "ChannelUser",
    "TicketSpec",
    "ask_for_knowledge",
    "bind",
    "demand_choices",
    "demand_fields",
    "demand_schema",
    "divisions",
    "exchange_ticket",
    "file_for",
    "file_ticket",
    "find_knowledge",
    "is_callable",
    "kind_choices",
    "knowledge_page",
    "look_up",
    "numbers_of",
    "rate",
    "say_of_knowledge",
    "subject_of",
    "supplement",
    "ticket_card",
]

PUBLIC_STEPS = {
    "register": label("已收到"),
    "accept": label("已受理"),
    "dispatch": label("已派给承办单位"),
    "redispatch": label("已改派承办单位"),
    "sign": label("承办单位已签收"),
    "grant_extension": label("经批准延长办理期限"),
    "grant_pause": label("经批准暂停计时"),
    "resume": label("恢复办理"),
    "end_pause": label("恢复办理"),
    "pass": label("答复已审核"),
    "rework": label("重新办理"),
    "rework_desk": label("重新办理"),
    "merge": label("与同类诉求合并办理"),
    "upgrade": label("已上报省平台"),
    "supplement": label("已补充情况"),
    "answer": label("已答复"),
    "answer_merged": label("已答复"),
    "confirm": label("已办结"),
    "reject": label("不予受理"),
    "withdraw": label("已撤回"),
    "rate": label("您已评价"),
}
"""What of the timeline a citizen reads: no names of staff, no words but their own."""


def kind_choices() -> list[tuple[str, str]]:
    """Return the kinds of demands."""
    return [(kind.value, str(kind.label)) for kind in Kind]


def demand_fields() -> tuple[DemandField, ...]:
    """Return the form of a demand, the same for every channel."""
    return demand.FIELDS


def demand_choices() -> dict[str, list[tuple[str, str]]]:
    """Return what the form's choices are now, by field."""
    return {"kind": kind_choices(), "division": divisions()}


def demand_schema() -> dict[str, Any]:
    """Return the form of a demand as a JSON Schema, in the reader's language."""
    said = {text: _(text) for field in demand.FIELDS for text in (field.label, field.help) if text}
    return demand.schema(demand_choices(), said | {"12345 诉求": _("12345 诉求")})


def exchange_ticket(ticket: str, now: datetime) -> ChannelUser:
    """Return the user of another platform's one-time ticket. Raises NotFound (``channel_closed``), NotPermitted, Unavailable."""
    found = gateway()
    if found is None:
        raise NotFound("channel_closed", _("本市还没有接入粤省事。"))
    return found.user_of(ticket, now)


def bind(*, user: ChannelUser, number: str, now: datetime) -> None:
    """Note whose a ticket is on another platform. Raises NotFound."""
    channels.bind(user=user, row=_row(number), now=now)


def file_ticket(
    *, by: Viewer, spec: TicketSpec, now: datetime, uploads: Iterable[files.Upload] = (), page: str = ""
) -> tuple[str, str]:
    """Receive what a citizen wrote; return (number, look-up code). Raises NotFound and Refused, each at its field.

    With ``page``, a word made for the page that is sent: what the same page sends again is the same ticket.
    """
    if page:
        made = receipts.receive_once(by=by, spec=spec, page=page, now=now, uploads=uploads)
    else:
        made = registering.receive(by=by, spec=spec, now=now, uploads=uploads)
    return made.ticket.number, made.code


def look_up(number: str, code: str) -> str:
    """Return a ticket's number for whoever knows its code or its telephone; raise NotFound (absent or wrong, the same)."""
    return registering.find(number, code).number


def ticket_card(number: str) -> TicketCard:
    """Return a ticket as its citizen sees it. Ask ``look_up`` first. Raises NotFound."""
    row = _row(number)
    told = row.state in life.OVER
    rating = Rating.objects.filter(ticket=row).first()
    sent = files.attachments_of(TICKET_FILES, [number]).get(number, [])
    return TicketCard(
        number=row.number,
        title=row.title,
        content=row.content,
        place=" ".join(filter(None, (division_name(row.division), row.street, row.address))),
        files=len([f for f in sent if f.added_by == steps.WATCHER.name]),  # what came by the citizen's own hand
        kind_name=row.get_kind_display(),
        state=row.state,
        state_name=_(life.STATE_NAMES[row.state]),
        unit_name=row.unit.name if row.unit else "",
        received_at=row.received_at,
        due_at=row.due_at,
        closed_at=row.closed_at,
        answer=row.answer if told else "",
        progress=tuple(
            (step.at, _(PUBLIC_STEPS[step.verb]), step.words if step.verb == "supplement" and not step.org else "")
            for step in row.steps.filter(verb__in=PUBLIC_STEPS).order_by("-seq")
        ),
        may_supplement=not told,
        may_rate=row.state in (life.CLOSED, life.ARCHIVED) and rating is None,
        rating=rating.result_score if rating else None,
    )


def supplement(*, by: Viewer, number: str, words: str, now: datetime, uploads: Iterable[files.Upload] = ()) -> None:
    """Add to a ticket. Raises NotFound, Conflict (``ticket_over``) and Refused (``words_missing``)."""
    registering.supplement(by=by, row=_row(number), words=words, now=now, uploads=uploads)


def rate(
    *, by: Viewer, number: str, result_score: int, process_score: int, solved: bool, words: str, now: datetime
) -> None:
    """Rate a closed ticket, once. Raises NotFound, Conflict (``not_closed``, ``rated_already``) and Refused."""
    answering.rate(
        by=by,
        row=_row(number),
        result_score=result_score,
        process_score=process_score,
        solved=solved,
        words=words,
        now=now,
    )


def _row(number: str) -> Ticket:
    row = Ticket.objects.select_related("unit").filter(number=number).first()
    if row is None:
        raise NotFound("ticket_not_found")
    return row


MOST_FOUND, SUMMARY = 10, 90


def find_knowledge(question: str) -> list[KnowledgeCard]:
    """Return the articles that answer a citizen's question, the best first; without one, those published last."""
    if question:
        return [_knowledge(each.article) for each in kb_search.public_answers(question, MOST_FOUND)]
    rows = kb.public_articles(clock.city_date(clock.now())).order_by("-updated_at", "-pk")
    return [_knowledge(row) for row in rows[:MOST_FOUND]]


def knowledge_page(number: str, now: datetime) -> KnowledgeCard:
    """Return one article for citizens. Raises NotFound for what is internal, withdrawn or out of its dates."""
    return _knowledge(kb.public_article(number, clock.city_date(now)))


def _knowledge(row: Article) -> KnowledgeCard:
    made = row.face
    if made is None or made.published_at is None:
        raise NotFound("article_not_found")
    return KnowledgeCard(
        number=row.number,
        version=made.version,
        title=made.title,
        summary=plain(made.body[: SUMMARY * 3]).replace("\n", " ")[:SUMMARY],
        body=made.body,
        sources=tuple(made.sources),
        owner_name=row.owner.name,
        valid_to=made.valid_to,
        updated_at=made.published_at,
        is_imported=made.is_imported,
    )


def say_of_knowledge(*, by: Viewer, number: str, kind: str, words: str, now: datetime) -> None:
    """Say that an article helped (``hit``), did not (``miss``) or is wrong (``complaint``). Raises NotFound and Refused."""
    if kind not in Usefulness.values:
        raise NotFound("page_not_found")
    kb_using.say_in_public(by=by, article=number, kind=Usefulness(kind), now=now, said=words)


def ask_for_knowledge(*, by: Viewer, question: str, now: datetime) -> str:
    """Say that a question finds no answer; return the number of the task. Raises Refused (``question_missing``)."""
    return kb_demands.ask(by=by, asker=Asker.CITIZEN, question=question, now=now).number
