"""``/catalogue.jsonld``: the catalogue in DCAT, a page of entries at a time."""

from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from yunshu.domains.exchange import dcat, selectors
from yunshu.lib.ui.access import public, viewer_of

PAGE = 1_000


@public
@require_safe
def catalogue(request: HttpRequest) -> JsonResponse:
    """Return entries after the register number ``after``; ``hydra:next`` leads on while there are more."""
    rows = selectors.readable(viewer_of(request)).order_by("number").prefetch_related("items")
    after = request.GET.get("after", "").replace("\x00", "")
    found = list(rows.filter(number__gt=after)[: PAGE + 1] if after else rows[: PAGE + 1])
    base = f"{request.scheme}://{request.get_host()}"
    body = dcat.catalog(found[:PAGE], base, _("数据目录"))
    if len(found) > PAGE:
        body["@context"] = body["@context"] | {"hydra": "http://www.w3.org/ns/hydra/core#"}
        body["hydra:next"] = {"@id": f"{base}/catalogue.jsonld?after={found[PAGE - 1].number}"}
    return JsonResponse(body, content_type="application/ld+json", json_dumps_params={"ensure_ascii": False})
