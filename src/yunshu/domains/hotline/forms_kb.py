"""Input shapes of the knowledge base's pages."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _

from yunshu.domains.hotline.forms import ChoosingForm, text
from yunshu.domains.hotline.services.kb_writing import ArticleSpec, Source
from yunshu.lib.ui.markup import LONGEST

BAR = "|"


def _day(label: Any, **more: Any) -> forms.DateField:
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    return forms.DateField(label=label, required=False, widget=widget, **more)


class ArticleForm(ChoosingForm):
    """What an article says; ``revision`` is what the author read."""

    owner = forms.ChoiceField(label=_("责任单位"))
    deputy = forms.ChoiceField(label=_("协管单位"), required=False, help_text=_("也可以修改这一条的单位；可以不选。"))
    category = forms.ChoiceField(label=_("诉求分类"), required=False)
    title = forms.CharField(label=_("标题"), max_length=120, help_text=_("市民会怎样问，就怎样写。"))
    body = text(
        _("公开内容"),
        12,
        most=LONGEST,
        help_text=_("可以直接答复市民的话。# 标题、- 列表、**重点**、[名称](https://网址)；不能写 HTML。"),
    )
    internal = text(
        _("内部说明"), 4, most=LONGEST, required=False, help_text=_("只给工作人员看：口径、转办要点。不进入检索。")
    )
    questions = text(_("相似问法"), 3, required=False, help_text=_("每行一个，最多 20 个；检索时与标题同等对待。"))
    sources = text(
        _("依据文件"), 3, required=False, help_text=_("每行一个：名称 | 文号 | 条款 | 链接；后三项可以不写。")
    )
    is_public = forms.BooleanField(label=_("对市民公开"), required=False, initial=True)
    valid_from = _day(_("生效日期"), help_text=_("不填：发布之日。"))
    valid_to = _day(_("失效日期"), help_text=_("最后有效的一天；过后不再作为答案。"))
    review_on = _day(_("复审日期"), help_text=_("不填：发布后 180 天，且不晚于失效日期。"))
    change = forms.CharField(label=_("修改说明"), max_length=300, required=False)
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, is_new: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in () if is_new else ("owner", "deputy", "category"):
            del self.fields[name]

    def clean_sources(self) -> tuple[Source, ...]:
        """Read a document from each line; say which line makes no sense."""
        found = []
        for n, line in enumerate(self.cleaned_data["sources"].splitlines(), 1):
            if not line.strip():
                continue
            parts = [part.strip() for part in line.split(BAR)]
            if len(parts) > 4 or not parts[0]:
                raise forms.ValidationError(_g("第 %(n)s 行：请按“名称 | 文号 | 条款 | 链接”填写。") % {"n": n})
            found.append(_source(parts))
        return tuple(found)

    def spec(self) -> ArticleSpec:
        """Return what was filled in."""
        data = self.cleaned_data
        return ArticleSpec(
            title=data["title"],
            body=data["body"],
            internal=data["internal"],
            questions=tuple(line for line in data["questions"].splitlines() if line.strip()),
            sources=data["sources"],
            is_public=data["is_public"],
            valid_from=data["valid_from"],
            valid_to=data["valid_to"],
            review_on=data["review_on"],
            change=data["change"],
        )


def _source(parts: list[str]) -> Source:
    name, number, clause, link = (*parts, "", "", "")[:4]
    return Source(name=name, number=number, clause=clause, link=link)


def initial_of(version: Any) -> dict[str, Any]:
    """Return how a version stands in the form."""
    names = ("title", "body", "internal", "is_public", "valid_from", "valid_to", "review_on", "change", "revision")
    lines = [
        f" {BAR} ".join((s["name"], s["number"], s["clause"], s["link"])).rstrip(f" {BAR}") for s in version.sources
    ]
    return {name: getattr(version, name) for name in names} | {
        "questions": "\n".join(version.questions),
        "sources": "\n".join(lines),
    }


class SayForm(forms.Form):
    """What is wrong with an article."""

    words = text(_("哪里有误"), 3, most=1000, help_text=_("请写明哪一句不对、应当是什么。"))


class AskForm(ChoosingForm):
    """A question without an answer."""

    question = forms.CharField(label=_("问题"), max_length=300)
    unit = forms.ChoiceField(label=_("应由谁回答"), required=False, help_text=_("不清楚可以不选，由知识库管理员指派。"))


class AssignDemandForm(ChoosingForm):
    """To which unit."""

    unit = forms.ChoiceField(label=_("责任单位"))


class AnswerWithForm(forms.Form):
    """Which article answers."""

    article = forms.CharField(label=_("条目编号"), max_length=24)


class DemandForm(forms.Form):
    """A verb and its reason."""

    verb = forms.CharField(max_length=20)
    reason = forms.CharField(max_length=1000, required=False)
