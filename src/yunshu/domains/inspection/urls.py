"""Addresses of inspection, under ``/console/inspection/``."""

from yunshu.domains.inspection.finding_urls import FINDING_PATHS
from yunshu.domains.inspection.registry_urls import REGISTRY_PATHS
from yunshu.domains.inspection.scheme_urls import SCHEME_PATHS

app_name = "inspection"
urlpatterns = [*SCHEME_PATHS, *REGISTRY_PATHS, *FINDING_PATHS]
