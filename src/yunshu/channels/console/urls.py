"""Addresses of the console's own pages, below ``/console/``."""

from django.urls import path

from yunshu.channels.console import views

app_name = "console"
urlpatterns = [
    path("", views.home, name="home"),
    path("search/", views.find, name="search"),
    path("help/", views.help_page, name="help"),
    path("about/", views.about, name="about"),
]
