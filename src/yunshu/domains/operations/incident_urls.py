"""Addresses of incidents, changes, problems, duty and deductions."""

from django.urls import path

from yunshu.domains.operations.views import changes, duty, incidents, service_months

INCIDENT_PATHS = [
    path("board/", incidents.board, name="board"),
    path("incidents/", incidents.index, name="incidents"),
    path("incidents/new/", incidents.report, name="new_incident"),
    path("incidents/<slug:number>/", incidents.detail, name="incident"),
    path("incidents/<slug:number>/act/", incidents.act, name="act_incident"),
    path("incidents/<slug:number>/<slug:verb>/", incidents.own_form, name="incident_form"),
    path("changes/", changes.index, name="changes"),
    path("changes/calendar/", changes.month, name="change_month"),
    path("changes/new/", changes.create, name="new_change"),
    path("changes/<slug:number>/", changes.detail, name="change"),
    path("changes/<slug:number>/act/", changes.act, name="act_change"),
    path("problems/", changes.problem_index, name="problems"),
    path("problems/new/", changes.problem_new, name="new_problem"),
    path("problems/<slug:number>/", changes.problem, name="problem"),
    path("duty/", duty.index, name="duty"),
    path("duty/plan/", duty.plan, name="plan_duty"),
    path("duty/<int:turn_id>/", duty.turn, name="turn"),
    path("duty/<int:turn_id>/drop/", duty.drop, name="drop_turn"),
    path("swaps/<int:swap_id>/answer/", duty.answer, name="answer_swap"),
    path("penalties/", service_months.index, name="penalties"),
    path("penalties/propose/", service_months.propose, name="propose_penalties"),
    path("penalties/<slug:number>/", service_months.detail, name="penalty"),
    path("penalties/<slug:number>/decide/", service_months.decide, name="decide_penalty"),
    path("months/<str:month>/", service_months.month, name="month"),
]
