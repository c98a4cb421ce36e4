"""Addresses of inspection, under ``/console/inspection/``."""

from django.urls import URLPattern

app_name = "inspection"
urlpatterns: list[URLPattern] = []
