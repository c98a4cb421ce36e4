"""Addresses of operations, under ``/console/operations/``."""

from django.urls import path

from yunshu.domains.operations.asset_urls import ASSET_PATHS
from yunshu.domains.operations.incident_urls import INCIDENT_PATHS
from yunshu.domains.operations.views import backups, discovery, importing, overview, targets, vantages, watching

app_name = "operations"
urlpatterns = [
    path("", watching.live, name="live"),
    path("overview/", overview.index, name="overview"),
    path("overview/trace/", overview.trace, name="trace"),
    path("targets/", targets.index, name="targets"),
    path("targets/new/", targets.create, name="new_target"),
    path("targets/import/", importing.upload, name="import_targets"),
    path("targets/discover/", discovery.discover, name="discover"),
    path("targets/export.xlsx", importing.export, name="export_targets"),
    path("targets/<str:number>/", targets.detail, name="target"),
    path("targets/<str:number>/edit/", targets.edit, name="edit_target"),
    path("targets/<str:number>/needs/", targets.needs, name="target_needs"),
    path("targets/<str:number>/retire/", targets.retire, name="retire_target"),
    path("targets/<str:number>/key/", targets.push_key, name="target_key"),
    path("targets/<str:number>/history/", watching.history, name="target_history"),
    path("vantages/", vantages.index, name="vantages"),
    path("vantages/new/", vantages.create, name="new_vantage"),
    path("vantages/<slug:name>/", vantages.detail, name="vantage"),
    path("vantages/<slug:name>/key/", vantages.key, name="vantage_key"),
    path("report/", watching.report, name="report"),
    path("backups/", backups.index, name="backups"),
    path("samples/", watching.seals, name="seals"),
    *INCIDENT_PATHS,
    *ASSET_PATHS,
]
