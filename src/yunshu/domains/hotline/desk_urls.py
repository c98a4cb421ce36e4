"""Addresses of what a desk does beside tickets: the roster and quality checks."""

from django.urls import path

from yunshu.domains.hotline.views import quality, roster, score_forms, staffing

DESK_WORK = [
    path("roster/", roster.week, name="roster"),
    path("roster/plan/", roster.plan, name="plan_roster"),
    path("roster/change/", roster.change, name="change_roster"),
    path("roster/print/", roster.printed, name="print_roster"),
    path("roster/export/", roster.exported, name="export_roster"),
    path("roster/mine/", roster.mine, name="my_roster"),
    path("roster/<slug:what>/<int:key>/answer/", roster.answer, name="answer_roster"),
    path("roster/staffing/", staffing.day, name="staffing"),
    path("roster/volumes/", staffing.volumes, name="volumes"),
    path("roster/agents/", staffing.agents, name="agents"),
    path("quality/", quality.index, name="checks"),
    path("quality/draws/", quality.draws, name="draws"),
    path("quality/draws/<int:key>/", quality.draw, name="draw"),
    path("quality/results/", quality.results, name="quality_results"),
    path("quality/forms/", score_forms.index, name="score_forms"),
    path("quality/forms/<int:key>/", score_forms.detail, name="score_form"),
    path("quality/checks/<slug:number>/", quality.check, name="check"),
    path("quality/checks/<slug:number>/appeal/", quality.appeal, name="appeal_check"),
    path("quality/checks/<slug:number>/decide/", quality.decide, name="decide_appeal"),
]
