"""Addresses of the ledger, under ``/console/ledger/``."""

from django.urls import path

from yunshu.domains.ledger import views

app_name = "ledger"
urlpatterns = [
    path("", views.home, name="home"),
    path("compare/", views.compare, name="compare"),
    path("head/", views.head, name="head"),
    path("blocks/<int:number>/", views.block, name="block"),
    path("records/", views.records, name="records"),
    path("records/<str:number>/", views.record, name="record"),
    path("records/<str:number>/receipt/", views.receipt, name="receipt"),
    path("records/<str:number>/opening/", views.opening, name="opening"),
    path("records/<str:number>/destroy/", views.destroy, name="destroy"),
    path("alarms/", views.alarms, name="alarms"),
    path("alarms/<int:alarm_id>/", views.alarm, name="alarm"),
    path("alarms/<int:alarm_id>/evidence/", views.evidence, name="evidence"),
]
