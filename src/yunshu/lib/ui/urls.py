"""Addresses of the interface itself, included at the root."""

from django.urls import path

from yunshu.lib.ui import style, views

app_name = "ui"
urlpatterns = [
    path("prefer/", views.prefer, name="prefer"),
    path("manifest.webmanifest", views.manifest, name="manifest"),
    path("sw.js", views.service_worker, name="service_worker"),
    path("offline/", views.offline, name="offline"),
    path("style/", style.style, name="style"),
]
