"""The addresses of GeoReport v2 over a city's desk."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, re_path, reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from yunshu.lib.georeport import reading, writing
from yunshu.lib.georeport.contracts import Attribute, Desk, Fault, Faults, Query
from yunshu.lib.georeport.writing import Answer, Format
from yunshu.lib.kernel import clock

View = Callable[..., HttpResponse]
_FORMAT = r"\.(?P<how>xml|json)"
_NAME = r"(?P<name>[^/]+?)"


def urls(desk: Desk) -> list[URLPattern]:
    """Return the addresses, to be included under a namespace ``georeport``; the discovery file stands beside them.

    The single request is served under ``requests/`` as the text of the specification says, and under ``request/`` as its
    published Swagger does.
    """
    asked = require_GET
    return [
        re_path(rf"^discovery{_FORMAT}$", asked(_answering(_discovery, desk, charset=False)), name="discovery"),
        re_path(rf"^v2/services{_FORMAT}$", asked(_answering(_services, desk)), name="services"),
        re_path(rf"^v2/services/{_NAME}{_FORMAT}$", asked(_answering(_definition, desk)), name="definition"),
        re_path(
            rf"^v2/requests{_FORMAT}$",
            csrf_exempt(require_http_methods(["GET", "POST"])(_answering(_requests, desk))),
            name="requests",
        ),
        re_path(rf"^v2/requests?/{_NAME}{_FORMAT}$", asked(_answering(_request, desk)), name="request"),
        re_path(rf"^v2/tokens/{_NAME}{_FORMAT}$", asked(_answering(_token, desk)), name="token"),
    ]


def _answering(view: Callable[..., Answer], desk: Desk, *, charset: bool = True) -> View:
    """Return a view that writes what ``view`` answers, or what is wrong, in the format asked for.

    ``charset`` False: validators want the discovery file's content type bare.
    """

    def answering(request: HttpRequest, how: Format, **named: str) -> HttpResponse:
        status = 200
        try:
            _require_jurisdiction(request, desk)
            answer = view(request, desk, **named)
        except Faults as error:
            answer, status = writing.faults(error.faults), error.faults[0].code
        kind = writing.TYPES[how] + ("; charset=utf-8" if charset else "")
        return HttpResponse(writing.written(answer, how), status=status, content_type=kind)

    return answering


def refusal(how: Format, fault: Fault) -> HttpResponse:
    """Return an answer that says what is wrong, for whoever stands before the addresses (rate limits)."""
    words = writing.written(writing.faults([fault]), how)
    return HttpResponse(words, status=fault.code, content_type=f"{writing.TYPES[how]}; charset=utf-8")


def _require_jurisdiction(request: HttpRequest, desk: Desk) -> None:
    said = request.GET.get("jurisdiction_id") or request.POST.get("jurisdiction_id")
    if said and said != desk.jurisdiction:
        raise Faults(Fault(404, f"jurisdiction_id {said[:100]} was not found; here it is {desk.jurisdiction}"))


def _discovery(request: HttpRequest, desk: Desk) -> Answer:
    services = request.build_absolute_uri(reverse("georeport:services", args=["xml"]))
    return writing.discovery(desk.discovery(), services.rsplit("/", 1)[0])


def _services(_request: HttpRequest, desk: Desk) -> Answer:
    return writing.services(desk.services())


def _definition(_request: HttpRequest, desk: Desk, name: str) -> Answer:
    return writing.definition(name, _attributes(desk, name))


def _attributes(desk: Desk, code: str) -> list[Attribute]:
    if code not in {service.code for service in desk.services()}:
        raise Faults(Fault(404, f"service_code {code[:100]} was not found"))
    return list(desk.attributes(code))


def _requests(request: HttpRequest, desk: Desk) -> Answer:
    if request.method == "GET":
        return writing.reports(desk.requests(reading.query(request.GET, clock.now())))
    form = request.POST
    code = str(form.get("service_code") or "").strip()
    if not code:
        raise Faults(Fault(400, "service_code is required"))
    submission = reading.submission(form, _attributes(desk, code))
    key, address = form.get("api_key") or request.GET.get("api_key") or "", request.META.get("REMOTE_ADDR", "")
    return writing.receipt(desk.submit(api_key=str(key).replace("\0", ""), address=str(address), submission=submission))


def _request(_request: HttpRequest, desk: Desk, name: str) -> Answer:
    found = desk.requests(Query(ids=[name.replace("\0", "")]))
    if not found:
        raise Faults(Fault(404, f"service_request_id {name[:100]} was not found"))
    return writing.reports(found)


def _token(_request: HttpRequest, desk: Desk, name: str) -> Answer:
    number = desk.number_of(name.replace("\0", ""))
    if number is None:
        raise Faults(Fault(404, f"token {name[:100]} was not found"))
    return writing.token(number, name)
