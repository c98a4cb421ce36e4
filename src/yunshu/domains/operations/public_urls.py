"""Addresses of operations for machines: heartbeats and samples in, plans and figures out."""

from django.urls import path

from yunshu.domains.operations.views import overview, vantages, watching

app_name = "operations_public"
urlpatterns = [
    path("heartbeat/<str:secret>", watching.heartbeat, name="heartbeat"),
    path("vantage/plan", vantages.plan, name="vantage_plan"),
    path("vantage/samples", vantages.samples, name="vantage_samples"),
    path("metrics", overview.metrics, name="metrics"),
]
