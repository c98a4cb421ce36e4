"""Addresses of inspection, under ``/console/inspection/``."""

from django.urls import URLPattern

from yunshu.domains.inspection.scheme_urls import SCHEME_PATHS

app_name = "inspection"
urlpatterns: list[URLPattern] = [*SCHEME_PATHS]
