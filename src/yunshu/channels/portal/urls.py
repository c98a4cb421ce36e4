"""Public addresses."""

from django.urls import path

from yunshu.channels.portal import faults, hotline, knowledge, ledger, promises, status, views, wechat

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("promises/", promises.promises, name="promises"),
    path("promises/<str:number>/", promises.promise, name="promise"),
    path("ledger/", ledger.overview, name="ledger"),
    path("ledger/verify/", ledger.verify, name="ledger_verify"),
    path("ledger/verify/ledger_verify.py", ledger.verifier, name="ledger_verifier"),
    path("ledger/policies/<slug:tree>.txt", ledger.policy, name="ledger_policy"),
    path("ledger/receipts/<str:number>.tlog-proof", ledger.receipt, name="ledger_receipt"),
    path("status/", status.status, name="status"),
    path("faults/", faults.report, name="report_fault"),
    path("faults/answer/", faults.answer, name="fault_answer"),
    path("12345/", hotline.demand, name="demand"),
    path("12345/enter/", hotline.enter, name="enter"),
    path("12345/wechat", wechat.callback, name="wechat"),
    path("12345/tickets/", hotline.look, name="tickets"),
    path("12345/tickets/<slug:number>/", hotline.ticket, name="ticket"),
    path("12345/tickets/<slug:number>/more/", hotline.more, name="ticket_more"),
    path("12345/tickets/<slug:number>/rate/", hotline.rate, name="ticket_rate"),
    path("12345/knowledge/", knowledge.search, name="knowledge"),
    path("12345/knowledge/ask/", knowledge.ask, name="knowledge_ask"),
    path("12345/knowledge/<slug:number>/", knowledge.article, name="article"),
    path("12345/knowledge/<slug:number>/say/", knowledge.say, name="article_say"),
    path("help/", views.help_page, name="help"),
    path("accessibility/", views.accessibility, name="accessibility"),
]
