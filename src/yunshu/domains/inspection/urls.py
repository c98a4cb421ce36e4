"""Addresses of inspection, under ``/console/inspection/``."""

from yunshu.domains.inspection.finding_urls import FINDING_PATHS

app_name = "inspection"
urlpatterns = [*FINDING_PATHS]
