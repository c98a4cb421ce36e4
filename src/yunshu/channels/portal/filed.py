"""What a browser has filed: its code to read once more within the hour, and that the same words are one ticket.

The page's own word is kept after the first demand: who goes back and sends the same words again gets the same ticket
(``services.receipts``); other words are another ticket.
"""

from django.http import HttpRequest

from yunshu.lib.kernel import clock

CODES, PAGE = "hotline_codes", "hotline_page"
SHOWN_S = 3600
"""How long the page of a ticket shows its code to the browser that filed it; ours."""


def remember(request: HttpRequest, number: str, code: str, page: str) -> None:
    """Note what was filed just now."""
    now = int(clock.now().timestamp())
    request.session[CODES] = {**_codes(request, now), number: [code, now]}
    request.session[PAGE] = page


def page_of(request: HttpRequest) -> str:
    """Return the word of the page that was filed from here, empty if none was."""
    return str(request.session.get(PAGE, ""))


def code_of(request: HttpRequest, number: str) -> str:
    """Return the look-up code of a ticket filed here within the hour, else nothing."""
    return str(_codes(request, int(clock.now().timestamp())).get(number, [""])[0])


def _codes(request: HttpRequest, now: int) -> dict[str, list[object]]:
    found = request.session.get(CODES, {})
    return {number: pair for number, pair in found.items() if now - int(pair[1]) < SHOWN_S}
