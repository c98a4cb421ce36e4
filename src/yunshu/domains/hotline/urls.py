"""Addresses of the hotline, under ``/console/hotline/``."""

from django.urls import path

from yunshu.domains.hotline.views import closing, hotspots, outlook, reveals, smart, tickets

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
    path("tickets/new/assist/", smart.assist, name="assist"),
    path("tickets/<slug:number>/adopt/", smart.adopt, name="adopt"),
    path("hotspots/", hotspots.index, name="hotspots"),
    path("hotspots/<slug:number>/", hotspots.detail, name="hotspot"),
    path("hotspots/<slug:number>/merge/", hotspots.merge, name="merge_hotspot"),
    path("hotspots/<slug:number>/dismiss/", hotspots.dismiss, name="dismiss_hotspot"),
    path("outlook/", outlook.outlook, name="outlook"),
    path("models/", smart.models, name="models"),
    path("models/<slug:version>/", smart.model, name="model"),
    path("models/<slug:version>/turn/", smart.turn, name="turn_model"),
    path("objections/", tickets.objections, name="objections"),
    path("callbacks/", tickets.callbacks, name="callbacks"),
]
