"""Service guides, letters, interpretations and blank columns: what a site owes its readers, kept or not."""

from datetime import datetime, timedelta
from random import Random

from yunshu.lib.synthetic.chance import pick
from yunshu.lib.synthetic.web import prose
from yunshu.lib.synthetic.web.draft import Draft
from yunshu.lib.synthetic.web.model import Column, Guide, Kind, Letter, Shape, Site

_ELEMENTS = (
    ("事项名称", ("事项名称", "服务名称")), ("设定依据", ("设定依据", "法律依据")), ("申请条件", ("申请条件", "受理条件")),
    ("办理材料", ("办理材料", "申报材料")), ("办理流程", ("办理流程", "办事流程")), ("办理时限", ("办理时限", "承诺办结时限")),
    ("收费标准", ("收费标准", "收费情况")), ("办理地点", ("办理地点", "办公地址")), ("办理时间", ("办理时间", "工作时间")),
    ("联系电话", ("联系电话", "咨询电话")),
)  # fmt: skip
_TELL = {
    "设定依据": "依据本市公布的权责清单第{n}项", "申请条件": "在本市范围内从事相关活动，具备相应场地和人员", "办理材料": "1.申请表；2.身份证明复印件；3.场地证明",
    "办理流程": "申请—受理—审查—决定—送达", "办理时限": "受理之日起{n}个工作日", "收费标准": "不收费",
    "办理地点": "政务服务中心{n}号窗口", "办理时间": "周一至周五 9:00-12:00，14:30-17:30（法定节假日除外）", "联系电话": "0663-8{n:06d}",
}  # fmt: skip


def add_guides(draft: Draft) -> None:
    """Give sites with a duty of service their guides: complete, under other headings, one short, or four and more short."""
    for site in (s for s in draft.lively if s.service):
        rng = draft.rng("guides", site.code)
        for i, name in enumerate(prose.services(rng, 6 + int(rng.random() * 5))):
            guide, recipe = _guide(rng, draft.number(), name, i)
            guide.path = f"/bsfw/guide_{guide.number}.html"
            site.guides.append(guide)
            if recipe:
                missing = "、".join(e for e, names in _ELEMENTS if not any(n in guide.elements for n in names))
                innocent = recipe != "four_missing"
                draft.say("guide_incomplete", site, guide.path, "page", missing or name, recipe, innocent=innocent)


def _guide(rng: Random, number: int, name: str, i: int) -> tuple[Guide, str]:
    recipe = ("four_missing", "other_headings", "", "one_missing", "four_missing", "as_table")[i] if i < 6 else ""
    other = recipe == "other_headings"
    elements = {
        names[int(other)]: name if key == "事项名称" else _TELL[key].format(n=1 + int(rng.random() * 40))
        for key, names in _ELEMENTS
    }
    missing = {"four_missing": 4 + int(rng.random() * 2), "one_missing": 1}.get(recipe, 0)
    for key in sorted(list(elements)[1:], key=lambda _: rng.random())[:missing]:
        del elements[key]
    return Guide(number, name, elements, table=recipe == "as_table" or rng.random() < 0.3), recipe


def add_letters(draft: Draft) -> None:
    """Give every site its letters: answered, waiting, waiting too long, answered too late."""
    for site in draft.lively:
        if site.kind is Kind.SPECIAL:
            continue
        rng = draft.rng("letters", site.code)
        for i in range(8 + int(rng.random() * 10)):
            _letter(draft, rng, site, i)
        site.letters.sort(key=lambda letter: letter.asked_at, reverse=True)


def _letter(draft: Draft, rng: Random, site: Site, i: int) -> None:
    """Write one letter. Late is more than three weeks, soon two days or over a weekend; waiting too long over 90 days."""
    kind = ("unanswered", "late", "waiting", "over_weekend", "")[i % 5] if i < 5 and rng.random() < 0.75 else ""
    days = {
        "unanswered": 95 + rng.random() * 180,
        "waiting": 80 + rng.random() * 7,
        "late": 82 + rng.random() * 300,
    }.get(kind, 12 + rng.random() * 300)
    asked = (draft.now - timedelta(days=days)).replace(second=0, microsecond=0)
    if kind == "over_weekend":
        asked = _thursday(asked)
    replied: datetime | None = asked + timedelta(days=1 + rng.random())
    if kind in ("unanswered", "waiting"):
        replied = None
    elif kind == "late":
        replied = asked + timedelta(days=25 + rng.random() * 40)
    elif kind == "over_weekend":
        replied = asked + timedelta(days=5)  # Thursday to Tuesday: three working days
    title, number = prose.question(rng), draft.number()
    reply = f"您好，来信收悉。{''.join(prose.paragraphs(rng, site.short, '来信事项', '近日', 1))}" if replied else ""
    path = f"/hdjlpt/detail?pid={number}" if site.shape is Shape.GKMLPT else f"/hdjl/letter_{number}.html"
    site.letters.append(Letter(number, title, f"{title}，盼回复。", asked, replied, reply, path))
    if kind:
        check = "message_unanswered" if kind in ("unanswered", "waiting") else "message_late"
        draft.say(check, site, path, "page", title, kind, innocent=kind in ("waiting", "over_weekend"))


def _thursday(at: datetime) -> datetime:
    return (at - timedelta(days=(at.weekday() - 3) % 7)).replace(hour=10)


def break_interpretations(draft: Draft) -> None:
    """Cut some links between documents and interpretations: both ways, or one; elsewhere give a look-alike."""
    for site in draft.lively:
        rng = draft.rng("interpretations", site.code)
        policy, reading = site.column("zcwj"), site.column("zcjd")
        if policy is None or reading is None:
            continue
        for i, (document, text) in enumerate(zip(policy.articles, reading.articles, strict=True)):
            if i > 1:
                break
            recipe = ("no_link", "one_way", "picture", "reading_elsewhere")[i * 2 + int(rng.random() * 2)]
            if i == 0:
                document.related.clear()
                if recipe == "no_link":
                    text.related.clear()
            elif recipe == "picture":
                document.related[:] = [("一图读懂", text.path)]
            else:
                document.related[:] = [("政策解读：" + text.title, site.url(text.path))]
            place = (site, document.path, "page", document.title, recipe)
            draft.say("interpretation_missing", *place, innocent=i == 1)


def blank_columns(draft: Draft) -> None:
    """Empty some columns, and make others that only look empty."""
    rng = draft.rng("blank")
    sites = sorted(draft.lively, key=lambda _: rng.random())
    for i, site in enumerate(sites):
        column = site.column("zt0")
        if column is None:
            continue
        if i < 10:
            column.articles.clear()
            column.note = pick(rng, ("暂无内容", "栏目更新中", ""))
            draft.say("column_blank", site, column.path, "list", column.name, "no_items", innocent=False)
        elif i % 2:
            del column.articles[1:]
            draft.say("column_blank", site, column.path, "list", column.name, "one_item", innocent=True)
        else:
            _nest(draft, site, column)
    for site in draft.lively:
        if site.shape is Shape.SCRIPT and (column := site.column("zt1")):
            draft.say("column_blank", site, column.path, "list", column.name, "filled_by_script", innocent=True)


def _nest(draft: Draft, site: Site, column: Column) -> None:
    """Move a column's articles into a child, so that the column itself only points to it."""
    child = Column(column.number + 900, f"{column.slug}a", f"{column.name}动态", column.type, None, column.articles)
    column.articles = []
    column.children.append(child)
    site.columns.append(child)
    for article in child.articles:
        article.path = article.path.replace(f"/{column.slug}/", f"/{child.slug}/")
    child.path = f"/{child.slug}/index.html"
    draft.say("column_blank", site, column.path, "list", column.name, "only_children", innocent=True)
