"""Addresses of assets, the campaign, tests and trainings."""

from django.urls import path

from yunshu.domains.operations.views import assets, importing, stocktaking

urlpatterns = [
    path("assets/", assets.index, name="assets"),
    path("assets/new/", assets.create, name="new_asset"),
    path("assets/import/", importing.upload, name="import_assets"),
    path("assets/import/template/", importing.template, name="import_template"),
    path("assets/labels/", assets.labels, name="labels"),
    path("assets/<str:number>/", assets.detail, name="asset"),
    path("assets/<str:number>/edit/", assets.edit, name="edit_asset"),
    path("a/<str:number>/", assets.seen, name="seen"),
    path("stocktakes/", stocktaking.index, name="stocktakes"),
    path("stocktakes/new/", stocktaking.start, name="start_stocktake"),
    path("stocktakes/<str:number>/", stocktaking.detail, name="stocktake"),
    path("stocktakes/<str:number>/scan/", stocktaking.scan, name="scan"),
    path("stocktakes/<str:number>/close/", stocktaking.close, name="close_stocktake"),
]
