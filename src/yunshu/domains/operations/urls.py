"""Addresses of operations, under ``/console/operations/``."""

from django.urls import path

from yunshu.domains.operations import asset_urls
from yunshu.domains.operations.views import targets

app_name = "operations"
urlpatterns = [
    path("targets/", targets.index, name="targets"),
    *asset_urls.urlpatterns,
]
