"""The shift leader's board: who waits, what everybody does, how the day goes; and who has which skill."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yunshu.domains.hotline.contracts import PHONE_SUPERVISE
from yunshu.domains.hotline.phone import wire
from yunshu.domains.hotline.phone_choices import Seat
from yunshu.domains.hotline.selectors import calls as selectors
from yunshu.domains.hotline.selectors import phone
from yunshu.domains.hotline.services import phone_desk, registering
from yunshu.lib.kernel import clock
from yunshu.lib.ui.access import staff, viewer_of
from yunshu.lib.ui.forms import attempt
from yunshu.lib.ui.pages import show


def _floor(viewer: Any) -> dict[str, Any]:
    """Return the floor as it is now."""
    now, standing = clock.now(), phone_desk.board()
    names = {str(one.person.id): one for one in phone.agents(registering.desk_org().path, now)}
    waiting: dict[str, list[float]] = {}
    for one in standing.words["waiting"]:
        waiting.setdefault(one["queue"], []).append((now - datetime.fromisoformat(one["since"])).total_seconds())
    queues = [
        (name, len(waiting.get(code, ())), max(waiting.get(code, ()), default=None))
        for code, name in phone.queue_choices()
    ]
    agents = [
        {
            "id": one["agent"],
            "name": names[one["agent"]].person.name if one["agent"] in names else one["agent"],
            "skills": sorted(names[one["agent"]].skills) if one["agent"] in names else [],
            "state": one["state"],
            "state_name": dict(Seat.choices)[one["state"]],
            "since": datetime.fromisoformat(one["since"]),
            "owes": one["owes"],
        }
        for one in standing.words["agents"]
    ]
    return {
        "problem": standing.problem,
        "queues": queues,
        "agents": agents,
        "by_state": [
            (label, sum(one["state"] == code for one in agents)) for code, label in Seat.choices if code != "out"
        ],
        "figures": selectors.figures(viewer, selectors.since_midnight(now), now),
        "counts": selectors.counts(now),
        "skill_names": {row.code: row.name for row in phone.skill_rows()},
        "now": now,
    }


@staff(PHONE_SUPERVISE)
@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """The board; the page's script asks for its live part again when something changes."""
    context: dict[str, Any] = {"is_on": wire.is_on()}
    if context["is_on"]:
        context |= _floor(viewer_of(request))
    part = request.headers.get("X-Part") == "board" and context["is_on"]
    return show(request, "hotline/phone/_board.html" if part else "hotline/phone/board.html", context)


@staff(PHONE_SUPERVISE)
@require_POST
def sign_out(request: HttpRequest, person_id: int) -> HttpResponse:
    """Sign out somebody who has left."""
    with attempt() as step:
        phone_desk.sign_out_other(actor=viewer_of(request), person_id=person_id)
        messages.success(request, _("已签出。"))
    if step.refusal is not None:
        messages.error(request, str(step.refusal))
    return redirect("hotline:phone_board")


@staff(PHONE_SUPERVISE)
@require_http_methods(["GET", "POST"])
def skills(request: HttpRequest) -> HttpResponse:
    """Who has which skill."""
    if request.method == "POST" and request.POST.get("person", "").isdigit():
        spec = phone_desk.SkillSpec(person_id=int(request.POST["person"]), skills=tuple(request.POST.getlist("skill")))
        with attempt() as step:
            phone_desk.set_skills(actor=viewer_of(request), spec=spec)
            messages.success(request, _("已保存，下次签入时生效。"))
        if step.refusal is not None:
            messages.error(request, str(step.refusal))
        return redirect("hotline:agent_skills")
    able = phone.agents(registering.desk_org().path, clock.now())
    return show(request, "hotline/phone/skills.html", {"agents": able, "skills": phone.skill_rows()})
