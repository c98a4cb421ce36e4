"""Addresses of operations for machines: heartbeats in, figures out."""

from django.urls import path

from yunshu.domains.operations.views import watching

app_name = "operations_public"
urlpatterns = [
    path("heartbeat/<str:secret>", watching.heartbeat, name="heartbeat"),
    path("metrics", watching.metrics, name="metrics"),
]
