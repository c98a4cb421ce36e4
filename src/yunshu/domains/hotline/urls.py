"""Addresses of the hotline, under ``/console/hotline/``."""

from django.urls import path

from yunshu.domains.hotline.views import board, calls, closing, phone, reveals, tickets

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
    path("phone/", phone.desk, name="phone_desk"),
    path("phone/bar/", phone.bar, name="phone_bar"),
    path("phone/case/", phone.panel, name="phone_case"),
    path("phone/act/", phone.act, name="phone_act"),
    path("phone/stream/", phone.stream, name="phone_stream"),
    path("phone/board/", board.board, name="phone_board"),
    path("phone/board/stream/", phone.floor_stream, name="phone_floor_stream"),
    path("phone/agents/", board.skills, name="agent_skills"),
    path("phone/agents/<int:person_id>/sign-out/", board.sign_out, name="sign_out_agent"),
    path("phone/calls/", calls.index, name="calls"),
    path("phone/calls/<slug:number>/", calls.detail, name="call"),
    path("phone/calls/<slug:number>/listen/", calls.listen, name="listen"),
    path("phone/calls/<slug:number>/recording/<int:listen_id>/", calls.recording, name="recording"),
    path("phone/calls/<slug:number>/settle/<slug:how>/", phone.settle, name="settle_call"),
    path("phone/sound/<int:listen_id>/", calls.sound, name="sound"),
    path("phone/missed/", calls.missed, name="missed_calls"),
    path("phone/missed/<int:pk>/", calls.missed_call, name="missed_call"),
]
