"""Addresses of the worklist, under ``/console/``."""

from django.urls import path

from yunshu.domains.workflow import views

app_name = "workflow"
urlpatterns = [
    path("worklist/", views.worklist, name="worklist"),
    path("worklist/organisation/", views.organisation, name="organisation"),
    path("worklist/<int:task_id>/take/", views.take, name="take"),
    path("worklist/<int:task_id>/release/", views.release, name="release"),
    path("flows/<str:code>/", views.flow_picture, name="flow"),
]
