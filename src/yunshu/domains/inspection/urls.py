"""Addresses of inspection, under ``/console/inspection/``."""

from django.urls import URLPattern

from yunshu.domains.inspection.registry_urls import REGISTRY_PATHS

app_name = "inspection"
urlpatterns: list[URLPattern] = [*REGISTRY_PATHS]
