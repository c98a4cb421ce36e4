"""Addresses of the exchange, under ``/console/exchange/``."""

from django.urls import path

from yunshu.domains.exchange.views import catalogue, deliveries, lists, nodes, requests, workbook

app_name = "exchange"
urlpatterns = [
    path("catalogue/", catalogue.catalogue, name="catalogue"),
    path("catalogue/new/", catalogue.create, name="create"),
    path("catalogue/import/", workbook.upload, name="upload"),
    path("catalogue/export.xlsx", workbook.export, name="export"),
    path("catalogue/<str:number>/", catalogue.resource, name="resource"),
    path("catalogue/<str:number>/act/", catalogue.act, name="act"),
    path("catalogue/<str:number>/edit/", catalogue.edit, name="edit"),
    path("catalogue/<str:number>/lineage/", catalogue.trace, name="lineage"),
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
    path("agreements/<str:number>/route/", deliveries.route, name="route"),
    path("agreements/<str:number>/deliver/", deliveries.order, name="deliver"),
    path("deliveries/", deliveries.index, name="deliveries"),
    path("deliveries/<str:number>/", deliveries.detail, name="delivery"),
    path("deliveries/<str:number>/stop/", deliveries.stop, name="stop_delivery"),
    path("flows/", deliveries.flows, name="flows"),
    path("nodes/", nodes.index, name="nodes"),
    path("nodes/enrol/", nodes.enrol, name="enrol"),
    path("nodes/hub/", nodes.hub, name="hub"),
    path("nodes/<str:org>/<str:name>/", nodes.detail, name="node"),
    path("nodes/<str:org>/<str:name>/card.json", nodes.card, name="node_card"),
    path("nodes/<str:org>/<str:name>/move/", nodes.move, name="move_node"),
    path("holdings/", requests.holdings, name="holdings"),
]
