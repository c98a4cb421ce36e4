"""Addresses of the catalogue for programs: CKAN's Action API and DCAT."""

from django.urls import path

from yunshu.domains.exchange.views import ckan, dcat

app_name = "catalogue"
urlpatterns = [
    path("api/action/<str:name>", ckan.action, name="ckan"),
    path("api/3/action/<str:name>", ckan.action, name="ckan_3"),
    path("catalogue.jsonld", dcat.catalogue, name="dcat"),
]
