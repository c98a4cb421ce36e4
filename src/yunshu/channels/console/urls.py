"""Addresses of the console's own pages, below ``/console/``."""

from django.urls import path

from yunshu.channels.console import taking, views

app_name = "console"
urlpatterns = [
    path("", views.home, name="home"),
    path("search/", views.find, name="search"),
    path("help/", views.help_page, name="help"),
    path("about/", views.about, name="about"),
    path("taking/", taking.index, name="takings"),
    path("taking/<str:number>/", taking.detail, name="taking"),
    path("taking/<str:number>/undo/", taking.undo, name="taking_undo"),
]
