"""Public addresses."""

from django.urls import path

from yunshu.channels.portal import faults, ledger, promises, status, views

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
    path("help/", views.help_page, name="help"),
    path("accessibility/", views.accessibility, name="accessibility"),
]
