"""What the intelligence puts beside other pages: the panel of a ticket, the checks of a reply. No page waits for it."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.hotline.choices import Urgency
from yunshu.domains.hotline.choices_smart import Suggested
from yunshu.domains.hotline.contracts import TICKET_DISPATCH, TICKET_REGISTER
from yunshu.domains.hotline.rules import life
from yunshu.domains.hotline.selectors import smart as selectors
from yunshu.domains.hotline.selectors.tickets import is_of_desk
from yunshu.domains.hotline.services import smart_reading, smart_suggest, smart_use
from yunshu.domains.hotline.views.smart_cards import Card, card_of, flagged, marked
from yunshu.domains.hotline.views.smart_mood import mood_shown
from yunshu.lib.kernel.labels import label
from yunshu.lib.text import squeezed

ORDER = (
    Suggested.URGENCY,
    Suggested.CATEGORY,
    Suggested.BRANCH,
    Suggested.DEPARTMENT,
    Suggested.DUPLICATE,
    Suggested.FIELDS,
    Suggested.SUMMARY,
)
CHECKS = {
    "answers": label("回应了诉求中的问题"),
    "law": label("写明依据"),
    "measure": label("写明措施"),
    "date": label("写明时间"),
    "contact": label("留有联系方式"),
    "substance": label("内容充实（客套话之外 120 字以上）"),
    "own": label("不是照抄以前的答复"),
}


def panel(viewer: Viewer, row: Any, now: datetime) -> dict[str, Any] | None:
    """Return the panel of a ticket for its desk; None for others and for what is over."""
    if row.state in life.OVER or not is_of_desk(viewer, row):
        return None
    demand = smart_suggest.demand_of(row)
    if row.is_confidential:
        cards = [card_of(smart_reading.danger(demand), {}, {})]
        return {"is_sealed": True, "cards": cards, "pieces": flagged(demand.text, cards), "may_adopt": False}
    made = selectors.predictions_of(row)
    smart_suggest.show_all(list(made.values()), viewer, now)
    cards = cards_of([made[kind] for kind in ORDER if kind in made], row)
    may_dispatch = viewer.may(TICKET_DISPATCH, row.desk.path)
    return {
        "is_sealed": False,
        "cards": cards,
        "mood": mood_shown(demand.text),
        "pieces": flagged(demand.text, cards),
        "may_adopt": may_dispatch or viewer.may(TICKET_REGISTER, row.desk.path),
        "may_regrade": may_dispatch and made_urgency(made) not in (row.urgency, Urgency.NORMAL.value),
        "has_place": bool(row.address and row.division),
    }


def made_urgency(made: dict[str, Any]) -> str:
    """Return the urgency that was suggested."""
    found = made.get(Suggested.URGENCY)
    return found.first if found else Urgency.NORMAL.value


def cards_of(made: list[Any], row: Any = None) -> list[Card]:
    """Return suggestions as cards, with what their labels set and where they lead."""
    listed = {item["label"] for each in made for item in each.output.get("items", [])}
    codes = selectors.category_codes(listed)
    urls = {}
    if row is not None:
        where = reverse("hotline:dispatch", args=[row.number])
        urls = {name: f"{where}?unit={code}" for name, code in selectors.org_codes(listed).items()}
    for each in made:
        if each.kind == Suggested.DUPLICATE:
            urls |= {i["label"]: reverse("hotline:ticket", args=[i["label"]]) for i in each.output["items"]}
    return [card_of(each, codes, urls) for each in made]


def gate(viewer: Viewer, row: Any, verb: str, words: str, now: datetime) -> dict[str, Any]:
    """Return what the checks say beside a reply: of the form's words before it is handed in, of the kept ones at the review."""
    if verb == "pass":
        last = row.replies.last()
        words = last.words if last else ""
    if verb not in ("reply", "pass"):
        return {}
    if not words.strip():
        return {"may_check": verb == "reply"}
    found = smart_use.examine(by=viewer, row=row, reply=words, now=now).examination
    text = squeezed(words)
    names = {check: _(name) for check, name in CHECKS.items()}
    spans = [(s.start, s.end, names[f.check.value]) for f in found.findings for s in f.spans if f.check != "answers"]
    rows = [
        {"name": names[f.check.value], "passed": f.passed, "missing": f.missing, "ref": f.ref, "spans": f.spans}
        for f in found.findings
    ]
    shown = {"ready": found.ready, "rows": rows, "pieces": marked(text, spans)}
    return {"may_check": verb == "reply", "gate": shown}
