"""Using the knowledge base: an answer cites its version on the ticket; agents and citizens say what helped and what is wrong."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import translation
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.hotline.choices import Asker, Usefulness
from yunshu.domains.hotline.models import Article, ArticleFeedback, ArticleVersion, Citation
from yunshu.domains.hotline.rules import kb, life, words
from yunshu.domains.hotline.selectors import kb as selectors
from yunshu.domains.hotline.selectors import tickets
from yunshu.domains.hotline.services import kb_demands
from yunshu.lib.kernel import clock
from yunshu.lib.kernel.errors import Conflict, NotFound, Refused
from yunshu.lib.ui.markup import plain

COUNTERS = {Usefulness.HIT: "hits", Usefulness.MISS: "misses", Usefulness.COMPLAINT: "complaints"}


@dataclass(frozen=True, kw_only=True)
class Cited:
    """What goes into a reply: the words of the answer with its source."""

    article: str
    version: int
    words: str


def quotation(made: ArticleVersion) -> str:
    """Return a version's answer as plain text that names the article and its version, in the citizens' language."""
    with translation.override(settings.LANGUAGE_CODE):
        said = _("（依据：《%(t)s》，知识条目 %(n)s 第 %(v)s 版）") % {
            "t": made.title,
            "n": made.article.number,
            "v": made.version,
        }
    return f"{plain(made.body)}\n{said}"


@transaction.atomic
def cite(*, actor: Viewer, ticket: str, article: str, now: datetime) -> Cited:
    """Remember on a ticket which version its answer rests on, and return the words; cited twice, it is remembered once.

    Raises NotFound, Conflict (``ticket_over``) and Refused (``article_unfit``: not in force, or out of its dates).
    """
    row = tickets.get_ticket(actor, ticket)
    if row.state in life.FINAL:
        raise Conflict("ticket_over", _("工单已办结，不能再引用。"))
    made = selectors.current(selectors.get_article(actor, article))
    if made is None or not kb.is_valid(made.valid_from, made.valid_to, clock.city_date(now)):
        raise Refused("article_unfit", _("该条目已失效或下架，不能引用；请改用现行条目，或提交“没有答案”。"))
    _found, is_new = Citation.objects.get_or_create(ticket=row, version=made, defaults={"by": actor.name, "at": now})
    if is_new:
        _say(made, Usefulness.HIT, actor, Asker.STAFF, now)
    return Cited(article=made.article.number, version=made.version, words=quotation(made))


def _say(made: ArticleVersion, kind: Usefulness, by: Viewer, asker: Asker, now: datetime, said: str = "") -> None:
    ArticleFeedback.objects.create(
        version=made,
        kind=kind,
        asker=asker,
        words=words.mask_text(said.strip())[:1000],
        by="" if asker == Asker.CITIZEN else by.name,
        at=now,
    )
    name = COUNTERS[kind]
    Article.objects.filter(pk=made.article_id).update(**{name: F(name) + 1})


@transaction.atomic
def say(*, by: Viewer, article: str, kind: Usefulness, now: datetime, said: str = "") -> None:
    """Say as staff that an article helped, did not, or is wrong; what is wrong becomes a task of its owner.

    Raises NotFound and Refused (``words_missing``: an error must be described).
    """
    row = selectors.get_article(by, article)
    made = selectors.current(row)
    if made is None:
        raise NotFound("version_not_found", _("条目不在发布状态。"))
    _report(made, kind, by, Asker.STAFF, said, now)


@transaction.atomic
def say_in_public(*, by: Viewer, article: str, kind: Usefulness, now: datetime, said: str = "") -> None:
    """Say as a citizen. Raises NotFound (also for what is internal or expired) and Refused (``words_missing``)."""
    made = selectors.current(selectors.public_article(article, clock.city_date(now)))
    if made is None:
        raise NotFound("article_not_found")
    _report(made, kind, by, Asker.CITIZEN, said, now)


def _report(made: ArticleVersion, kind: Usefulness, by: Viewer, asker: Asker, said: str, now: datetime) -> None:
    if kind == Usefulness.COMPLAINT:
        if not said.strip():
            raise Refused("words_missing", _("请写明哪里有误。"), where="words")
        kb_demands.correct(made, by, asker, words.mask_text(said.strip()), now)
    _say(made, kind, by, asker, now, said)
