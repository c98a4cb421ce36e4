"""Public addresses."""

from django.urls import path

from yunshu.channels.portal import promises, views

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("promises/", promises.promises, name="promises"),
    path("promises/<str:number>/", promises.promise, name="promise"),
    path("help/", views.help_page, name="help"),
    path("accessibility/", views.accessibility, name="accessibility"),
]
