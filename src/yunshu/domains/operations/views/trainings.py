"""Pages of trainings: the register, one session, its sign-in sheet, signing in and the quiz on a phone."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_http_methods, require_safe

from yunshu.domains.files import api as files
from yunshu.domains.ledger import api as ledger
from yunshu.domains.operations.asset_choices import choices_of
from yunshu.domains.operations.contracts import PROOF_KIND, TRAINING_EDIT, TRAINING_VIEW
from yunshu.domains.operations.rules import training as rules
from yunshu.domains.operations.selectors import trainings as selectors
from yunshu.domains.operations.selectors.targets import visible_targets
from yunshu.domains.operations.services import trainings as services
from yunshu.domains.operations.training_forms import HeldForm, InviteForm, MaterialForm, QuestionForm, TrainingForm
from yunshu.domains.operations.views.assets import orgs_for, qr
from yunshu.domains.operations.views.submitting import form_page
from yunshu.lib.kernel import clock
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.forms import attempt
from yunshu.lib.ui.lists import Choice, Column, DateRange, Listing, Search, list_page
from yunshu.lib.ui.pages import show

TRAININGS = Listing(
    name="trainings",
    title=_l("培训"),
    rows=selectors.visible_trainings,
    default_sort="-starts_at",
    columns=(
        Column("title", _l("培训名称"), link=True),
        Column("org", _l("举办单位")),
        Column("scope", _l("指标范围")),
        Column("starts_at", _l("开始时间"), kind="instant", sort="starts_at"),
        Column("trainer", _l("讲师")),
        Column("place", _l("培训地点"), hidden=True),
        Column("came", _l("签到人数"), kind="number", sort="came"),
        Column("state", _l("状态"), kind="choice"),
    ),
    filters=(
        Search("number", "title", "org__name", "trainer", "scope"),
        Choice("state", _l("状态"), choices_of(rules.STATES)),
        DateRange("starts_at", _l("开始时间")),
    ),
    row_url=lambda r: reverse("operations:training", args=[r.number]),
    empty_title=_l("没有培训"),
    empty_text=_l("安排培训后，参加人扫码签到，结束后确认。"),
)
FORMS = {"invite": InviteForm, "question": QuestionForm, "held": HeldForm, "cancel": HeldForm}


def systems_for(viewer: Any) -> list[tuple[str, str]]:
    """Return the systems that the viewer sees, for a drop-down list."""
    return [(t.number, t.name) for t in visible_targets(viewer).filter(kind="system")]


def _crumbs(row: Any = None) -> list[tuple[str, Any]]:
    first = [(reverse("operations:trainings"), _("培训"))]
    return first if row is None else [*first, (reverse("operations:training", args=[row.number]), row.title)]


@staff(TRAINING_VIEW)
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """Every training in reach."""
    context = {"may_edit": viewer_of(request).may(TRAINING_EDIT)}
    return list_page(request, TRAININGS, template="operations/trainings.html", context=context)


@staff(TRAINING_EDIT)
@require_http_methods(["GET", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """Arrange a session."""
    viewer = viewer_of(request)
    choices = {"orgs": orgs_for(viewer, TRAINING_EDIT), "systems": systems_for(viewer)}
    form = TrainingForm(request.POST or None, **choices)
    if form.is_valid():
        words = {"org": form.cleaned_data["org"], "spec": form.spec, "now": clock.now()}
        with attempt(form):
            row = services.arrange_training(actor=viewer, **words)
            return redirect("operations:training", row.number)
    return form_page(request, form, title=_("安排培训"), crumbs=_crumbs(), submit=_("安排"))


@staff(TRAINING_VIEW)
@require_http_methods(["GET", "HEAD", "POST"])
def detail(request: HttpRequest, number: str) -> HttpResponse:
    """One session: who came, the quiz, its material; ``deed`` says which of the forms was sent."""
    viewer, now = viewer_of(request), clock.now()
    row = selectors.get_training(viewer, number)
    deed = request.POST.get("deed", "")
    forms: dict[str, Any] = {
        name: kind(request.POST if name == deed else None, auto_id=f"{name}_%s") for name, kind in FORMS.items()
    }
    if deed in FORMS and forms[deed].is_valid():
        with attempt(forms[deed]):
            _do(deed, request, number, forms[deed].cleaned_data)
            return redirect("operations:training", number)
    elif deed == "sign":
        chosen = [int(text) for text in request.POST.getlist("attendee") if text.isdigit()]
        count = services.note_sign_ins(actor=viewer, number=number, attendees=chosen, now=now)
        messages.success(request, _("已录入 %(n)s 人签到。") % {"n": count})
        return redirect("operations:training", number)
    context = {
        "row": row,
        "figures": selectors.attendance_of(row),
        "attendees": selectors.attendees_of(row),
        "questions": selectors.questions_of(row),
        "cards": files.attachments_of(services.MATERIAL, [number]).get(number, []),
        "forms": forms,
        "may_edit": viewer.may(TRAINING_EDIT, row.org.path),
        "is_planned": row.state == rules.PLANNED,
        "evidence": ledger.evidence_of(PROOF_KIND, number, now),
    }
    is_bad = deed in FORMS and bool(forms[deed].errors)
    return show(request, "operations/training.html", context, status=422 if is_bad else 200)


def _do(deed: str, request: HttpRequest, number: str, words: dict[str, Any]) -> None:
    viewer, now = viewer_of(request), clock.now()
    if deed == "invite":
        services.invite(actor=viewer, number=number, lines=words["lines"].splitlines())
    elif deed == "question":
        services.set_question(actor=viewer, number=number, **words)
    else:
        services.close_training(actor=viewer, number=number, held=deed == "held", now=now, **words)


@staff(TRAINING_EDIT)
@require_http_methods(["GET", "POST"])
def material(request: HttpRequest, number: str) -> HttpResponse:
    """Attach material."""
    viewer = viewer_of(request)
    row = selectors.get_training(viewer, number)
    form = MaterialForm(request.POST, request.FILES) if request.method == "POST" else MaterialForm()
    if form.is_valid():
        uploads = form.cleaned_data["attachments"]
        with attempt(form, otherwise="attachments"):
            services.add_material(actor=viewer, number=number, uploads=uploads, now=clock.now())
            return redirect("operations:training", number)
    return form_page(request, form, title=_("补充培训材料"), crumbs=_crumbs(row), submit=_("上传"))


@staff(TRAINING_EDIT)
@require_safe
def sheet(request: HttpRequest, number: str) -> HttpResponse:
    """The sign-in sheet to print or to show: a code for telephones, lines for pens."""
    row = selectors.get_training(viewer_of(request), number)
    address = request.build_absolute_uri(reverse("operations:sign_in", args=[row.code]))
    context = {"row": row, "code": qr(address), "attendees": selectors.attendees_of(row), "blank": range(10)}
    return show(request, "operations/sign_in_sheet.html", context)


@staff()
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest, code: str) -> HttpResponse:
    """What the code on the wall opens: sign in, then the quiz."""
    viewer, signing = viewer_of(request), attempt()
    row = selectors.training_of_code(code)
    questions = selectors.questions_of(row)
    if request.method == "POST":
        with signing:
            if request.POST.get("deed") == "quiz":
                chosen = {q.ordinal: request.POST.get(f"q{q.ordinal}", "") for q in questions}
                answers = {ordinal: int(text) for ordinal, text in chosen.items() if text.isdigit()}
                services.answer_quiz(actor=viewer, code=code, answers=answers, now=clock.now())
            else:
                services.sign_in(actor=viewer, code=code, now=clock.now())
            return redirect("operations:sign_in", code)
    own = selectors.own_attendance(row, viewer.person_id)
    context = {
        "row": row,
        "signed": getattr(own, "sign_in", None),
        "paper": getattr(own, "paper", None),
        "questions": questions,
        "refusal": signing.refusal,
    }
    return show(request, "operations/sign_in.html", context, status=422 if signing.refusal else 200)
