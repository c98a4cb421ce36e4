"""The public pages: the front page, help, the accessibility statement. They say what exists today and no more."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from yunshu.lib.ui.access import public
from yunshu.lib.ui.context import address
from yunshu.lib.ui.pages import show


@public
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The front page."""
    return show(
        request,
        "portal/home.html",
        {
            "promises_url": address("portal:promises"),
            "ledger_url": address("portal:ledger"),
            "status_url": address("portal:status"),
            "faults_url": address("portal:report_fault"),
            "demand_url": address("portal:demand"),
        },
    )


@public
@require_GET
def help_page(request: HttpRequest) -> HttpResponse:
    """How to use this site."""
    return show(request, "portal/help.html", {})


@public
@require_GET
def accessibility(request: HttpRequest) -> HttpResponse:
    """What has been done so that everybody can use this site, and whom to tell what is missing."""
    return show(request, "portal/accessibility.html", {})
