"""Addresses of the attachments, under ``/files/``."""

from django.urls import path

from yunshu.domains.files import views

app_name = "files"
urlpatterns = [path("<str:number>/", views.download, name="download")]
