"""Addresses of the attachments, under ``/files/``."""

from django.urls import path

from yunshu.domains.files import views

app_name = "files"
urlpatterns = [
    path("archive/", views.archive, name="archive"),
    path("archive/<slug:number>/", views.record, name="record"),
    path("archive/<slug:number>/erase/", views.erase, name="erase"),
    path("<slug:number>/", views.download, name="download"),
]
