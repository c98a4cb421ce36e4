"""Addresses of the interface itself, included at the root."""

from django.urls import path

from yunshu.lib.ui import style, views
from yunshu.lib.ui.reference import views as reference

app_name = "ui"
urlpatterns = [
    path("prefer/", views.prefer, name="prefer"),
    path("manifest.webmanifest", views.manifest, name="manifest"),
    path("sw.js", views.service_worker, name="service_worker"),
    path("offline/", views.offline, name="offline"),
    path("style/", style.style, name="style"),
    path("console/lists/", reference.index, name="references"),
    path("console/lists/<slug:slug>/", reference.records_page, name="reference"),
    path("console/lists/<slug:slug>/new/", reference.record, name="reference_new"),
    path("console/lists/<slug:slug>/import/", reference.import_page, name="reference_import"),
    path("console/lists/<slug:slug>/json/", reference.as_json, name="reference_json"),
    path("console/lists/<slug:slug>/<int:pk>/", reference.record, name="reference_record"),
    path("console/lists/<slug:slug>/<int:pk>/retire/", reference.retire, name="reference_retire"),
]
