"""Addresses of assets, the campaign, tests and trainings."""

from django.urls import path

from yunshu.domains.operations.views import asset_importing, assets, campaigns, deciding, stocktaking, units

urlpatterns = [
    path("assets/", assets.index, name="assets"),
    path("assets/new/", assets.create, name="new_asset"),
    path("assets/import/", asset_importing.upload, name="import_assets"),
    path("assets/import/template/", asset_importing.template, name="import_template"),
    path("assets/labels/", assets.labels, name="labels"),
    path("assets/<str:number>/", assets.detail, name="asset"),
    path("assets/<str:number>/edit/", assets.edit, name="edit_asset"),
    path("a/<str:number>/", assets.seen, name="seen"),
    path("stocktakes/", stocktaking.index, name="stocktakes"),
    path("stocktakes/new/", stocktaking.start, name="start_stocktake"),
    path("stocktakes/<str:number>/", stocktaking.detail, name="stocktake"),
    path("stocktakes/<str:number>/scan/", stocktaking.scan, name="scan"),
    path("stocktakes/<str:number>/close/", stocktaking.close, name="close_stocktake"),
    path("campaigns/", campaigns.index, name="campaigns"),
    path("campaigns/new/", campaigns.create, name="new_campaign"),
    path("campaigns/<str:number>/", campaigns.detail, name="campaign"),
    path("campaigns/<str:number>/units/", campaigns.units, name="units"),
    path("campaigns/<str:number>/units/add/", campaigns.add_units, name="add_units"),
    path("campaigns/<str:number>/freeze/", campaigns.freeze, name="freeze"),
    path("campaigns/<str:number>/claim/", campaigns.claim, name="claim"),
    path("terminals/", units.index, name="terminals"),
    path("terminals/<str:number>/", units.terminal, name="terminal"),
    path("units/<str:number>/", units.unit, name="unit"),
    path("units/<str:number>/change/", deciding.propose_change, name="propose_change"),
    path("units/<str:number>/exception/", deciding.request_exception, name="request_exception"),
    path("sign/<str:number>/", units.sign, name="sign"),
    path("handovers/<str:number>/", units.handover, name="handover"),
    path("changes-of-base/", deciding.changes, name="base_changes"),
    path("changes-of-base/<str:number>/", deciding.change, name="base_change"),
    path("exceptions/", deciding.exceptions_list, name="exceptions"),
    path("exceptions/<str:number>/", deciding.exception, name="exception"),
    path("signer-keys/", deciding.keys, name="keys"),
    path("signer-keys/new/", deciding.enrol_key, name="enrol_key"),
    path("signer-keys/<int:pk>/", deciding.key, name="key"),
    path("signer-keys/<int:pk>/retire/", deciding.retire_key, name="retire_key"),
]
