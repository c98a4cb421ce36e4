"""Addresses of the exchange, under ``/console/exchange/``."""

from django.urls import path

from yunshu.domains.exchange.views import catalogue, lists, requests, workbook

app_name = "exchange"
urlpatterns = [
    path("catalogue/", catalogue.catalogue, name="catalogue"),
    path("catalogue/new/", catalogue.create, name="create"),
    path("catalogue/import/", workbook.upload, name="upload"),
    path("catalogue/export.xlsx", workbook.export, name="export"),
    path("catalogue/<str:number>/", catalogue.resource, name="resource"),
    path("catalogue/<str:number>/act/", catalogue.act, name="act"),
    path("catalogue/<str:number>/edit/", catalogue.edit, name="edit"),
    path("catalogue/<str:number>/versions/<int:ordinal>/", catalogue.version, name="version"),
    path("catalogue/<str:resource>/request/", requests.create, name="ask"),
    path("lists/", lists.overview, name="lists"),
    path("lists/<slug:kind>/", lists.lines, name="lines"),
    path("lists/<slug:kind>/new/", lists.create_line, name="create_line"),
    path("lines/<str:number>/", lists.edit_line, name="edit_line"),
    path("requests/", requests.index, name="requests"),
    path("requests/<str:number>/", requests.detail, name="request"),
    path("requests/<str:number>/edit/", requests.edit, name="edit_request"),
    path("requests/<str:number>/act/", requests.act, name="act_request"),
    path("agreements/", requests.agreements, name="agreements"),
    path("agreements/<str:number>/", requests.agreement, name="agreement"),
    path("agreements/<str:number>/move/", requests.move, name="move_agreement"),
    path("holdings/", requests.holdings, name="holdings"),
]
