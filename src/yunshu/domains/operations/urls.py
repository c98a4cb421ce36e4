"""Addresses of operations, under ``/console/operations/``."""

from django.urls import path

from yunshu.domains.operations.incident_urls import INCIDENT_PATHS
from yunshu.domains.operations.views import targets

app_name = "operations"
urlpatterns = [
    path("targets/", targets.index, name="targets"),
    *INCIDENT_PATHS,
]
