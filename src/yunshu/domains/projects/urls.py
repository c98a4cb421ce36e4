"""Addresses of projects, under ``/console/projects/``."""

from django.urls import path

from yunshu.domains.projects.loan_urls import LOAN_URLS
from yunshu.domains.projects.views import projects

app_name = "projects"
urlpatterns = [
    path("", projects.index, name="projects"),
    *LOAN_URLS,
]
