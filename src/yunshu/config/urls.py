"""All addresses: each domain brings its own; nothing else is served."""

from django.urls import URLPattern, URLResolver, include, path

from yunshu.config import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("accounts/", include("allauth.urls")),
]
