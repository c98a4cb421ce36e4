"""Addresses of the hotline, under ``/console/hotline/``."""

from django.urls import path

from yunshu.domains.hotline.views import closing, letters, province, reveals, tickets

app_name = "hotline"
urlpatterns = [
    path("", tickets.desk, name="desk"),
    path("tickets/", tickets.index, name="tickets"),
    path("tickets/new/", tickets.create, name="new_ticket"),
    path("tickets/letter/", letters.create, name="new_letter"),
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
    path("province/", province.overview, name="province"),
    path("province/letters/", province.letters, name="letters"),
    path("province/letters/<int:letter_id>/", province.letter, name="letter"),
    path("province/mend/", province.mend, name="mend_province"),
]
