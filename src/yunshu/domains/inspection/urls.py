"""Addresses of inspection, under ``/console/inspection/``."""

from django.urls import path

from yunshu.domains.inspection.finding_urls import FINDING_PATHS
from yunshu.domains.inspection.registry_urls import REGISTRY_PATHS
from yunshu.domains.inspection.scheme_urls import SCHEME_PATHS
from yunshu.domains.inspection.views import runs

RUNS = [
    path("runs/", runs.index, name="runs"),
    path("runs/begin/", runs.begin, name="begin_run"),
    path("runs/<slug:number>/", runs.detail, name="run"),
]

app_name = "inspection"
urlpatterns = [*RUNS, *SCHEME_PATHS, *REGISTRY_PATHS, *FINDING_PATHS]
