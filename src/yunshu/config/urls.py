"""All addresses: each domain brings its own; nothing else is served."""

from django.urls import URLPattern, URLResolver, include, path

from yunshu.config import health
from yunshu.config.api import api

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("api/v1/", api.urls),
    path("accounts/", include("allauth.urls")),
    path("", include("yunshu.lib.ui.urls")),
    path("", include("yunshu.channels.portal.urls")),
    path("console/", include("yunshu.channels.console.urls")),
    path("console/", include("yunshu.domains.directory.urls")),
    path("console/", include("yunshu.domains.workflow.urls")),
    path("console/", include("yunshu.domains.notify.urls")),
    path("console/ledger/", include("yunshu.domains.ledger.urls")),
    path("console/exchange/", include("yunshu.domains.exchange.urls")),
    path("", include("yunshu.domains.exchange.public_urls")),
    path("", include("yunshu.domains.operations.public_urls")),
    path("open311/", include("yunshu.domains.hotline.public_urls")),
    path("console/hotline/", include("yunshu.domains.hotline.urls")),
    path("console/operations/", include("yunshu.domains.operations.urls")),
    path("console/projects/", include("yunshu.domains.projects.urls")),
    path("console/inspection/", include("yunshu.domains.inspection.urls")),
    path("files/", include("yunshu.domains.files.urls")),
    path("console/tables/", include("yunshu.domains.evaluation.urls")),
]
handler400 = "yunshu.config.faults.bad_request"
handler404 = "yunshu.config.faults.not_found"
handler500 = "yunshu.config.faults.broken"
handler429 = "yunshu.config.faults.too_often"
