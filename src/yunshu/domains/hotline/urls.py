"""Addresses of the hotline, under ``/console/hotline/``."""

from django.urls import path

from yunshu.domains.hotline.views import closing, figures, judging, log, reports, reveals, screen, tickets

app_name = "hotline"
urlpatterns = [
    path("", tickets.desk, name="desk"),
    path("tickets/", tickets.index, name="tickets"),
    path("tickets/new/", tickets.create, name="new_ticket"),
    path("tickets/<slug:number>/", tickets.detail, name="ticket"),
    path("tickets/<slug:number>/act/", tickets.act, name="act_ticket"),
    path("tickets/<slug:number>/close/", closing.close, name="close_ticket"),
    path("tickets/<slug:number>/dispatch/", tickets.dispatch, name="dispatch"),
    path("tickets/<slug:number>/form/<slug:verb>/", tickets.own_form, name="ticket_form"),
    path("tickets/<slug:number>/print/", tickets.printed, name="print_ticket"),
    path("tickets/<slug:number>/identity/ask/", reveals.ask, name="ask_reveal"),
    path("tickets/<slug:number>/identity/", reveals.look, name="reveal"),
    path("tickets/<slug:number>/identity/share/", reveals.share, name="share_contact"),
    path("identity/<int:reveal_id>/answer/", reveals.answer, name="answer_reveal"),
    path("objections/", tickets.objections, name="objections"),
    path("callbacks/", tickets.callbacks, name="callbacks"),
    path("figures/", figures.index, name="figures"),
    path("figures/units/", figures.units, name="graded_units"),
    path("figures/counted/<slug:code>/", figures.counted, name="counted"),
    path("judgements/", judging.index, name="judgements"),
    path("judgements/<int:judgement_id>/answer/", judging.answer, name="answer_judgement"),
    path("reports/", reports.index, name="reports"),
    path("reports/new/", reports.create, name="new_report"),
    path("reports/<slug:number>/", reports.detail, name="report"),
    path("reports/<slug:number>/<slug:form>/", reports.paper, name="report_paper"),
    path("log/", log.index, name="log"),
    path("screen/", screen.wall, name="screen"),
]
