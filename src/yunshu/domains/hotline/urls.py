"""Addresses of the hotline, under ``/console/hotline/``."""

from django.urls import path

from yunshu.domains.hotline.views import closing, kb, kb_demands, kb_panel, reveals, tickets

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
    path("tickets/<slug:number>/knowledge/", kb_panel.panel, name="kb_panel"),
    path("tickets/<slug:number>/knowledge/cite/", kb_panel.cite, name="cite"),
    path("tickets/<slug:number>/knowledge/unanswered/", kb_panel.unanswered, name="unanswered"),
    path("kb/", kb.index, name="kb"),
    path("kb/new/", kb.create, name="new_article"),
    path("kb/ask/", kb_demands.ask, name="kb_ask"),
    path("kb/demands/", kb_demands.index, name="kb_demands"),
    path("kb/demands/<slug:number>/", kb_demands.detail, name="kb_demand"),
    path("kb/demands/<slug:number>/act/", kb_demands.act, name="act_kb_demand"),
    path("kb/<slug:number>/", kb.detail, name="article"),
    path("kb/<slug:number>/edit/", kb.edit, name="edit_article"),
    path("kb/<slug:number>/act/", kb.act, name="act_article"),
    path("kb/<slug:number>/say/", kb.say, name="say_article"),
    path("objections/", tickets.objections, name="objections"),
    path("callbacks/", tickets.callbacks, name="callbacks"),
]
