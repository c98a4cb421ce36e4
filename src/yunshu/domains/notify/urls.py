"""Addresses of the notices, under ``/console/``."""

from django.urls import path

from yunshu.domains.notify import views

app_name = "notify"
urlpatterns = [
    path("notices/", views.inbox, name="inbox"),
    path("notices/read/", views.all_read, name="all_read"),
    path("notices/preferences/", views.preferences, name="preferences"),
    path("notices/<int:notice_id>/", views.follow, name="follow"),
]
