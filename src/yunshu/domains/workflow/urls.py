"""Addresses of the worklist, under ``/console/``."""

from django.urls import path

from yunshu.domains.workflow import views

app_name = "workflow"
urlpatterns = [
    path("worklist/", views.worklist, name="worklist"),
    path("worklist/organisation/", views.organisation, name="organisation"),
    path("worklist/<int:task_id>/take/", views.take, name="take"),
    path("worklist/<int:task_id>/release/", views.release, name="release"),
    path("worklist/<int:task_id>/hand-over/", views.hand_over, name="hand_over"),
    path("worklist/<int:task_id>/extend/", views.extend, name="extend"),
    path("worklist/<int:task_id>/supervise/", views.supervise, name="supervise"),
    path("cases/<str:flow>/<str:number>/", views.case, name="case"),
    path("supervisions/", views.supervisions, name="supervisions"),
    path("supervisions/<str:number>/", views.supervision, name="supervision"),
    path("flows/<str:code>/", views.flow_picture, name="flow"),
]
