"""Parts of a file that a player asks for (RFC 9110, Range): one range, or the whole."""

import re

from django.http import HttpRequest, HttpResponse

_ONE = re.compile(r"bytes=(\d*)-(\d*)")


def ranged(request: HttpRequest, data: bytes, content_type: str) -> HttpResponse:
    """Return ``data``, or the part that is asked for (206; 416 where there is none); never kept by the browser."""
    found, size = _ONE.fullmatch(request.headers.get("Range", "")), len(data)
    if found is None or found[0] == "bytes=-":
        answer = HttpResponse(data, content_type=content_type)
    else:
        first, last = _bounds(found[1], found[2], size)
        if first > last:
            answer = HttpResponse(status=416)
            answer["Content-Range"] = f"bytes */{size}"
        else:
            answer = HttpResponse(data[first : last + 1], status=206, content_type=content_type)
            answer["Content-Range"] = f"bytes {first}-{last}/{size}"
    answer["Accept-Ranges"] = "bytes"
    answer["Cache-Control"] = "no-store"
    return answer


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    """Return the first and last byte; the first beyond the last where nothing is left."""
    if not first:
        return max(size - int(last), 0), size - 1 if int(last) else -1
    return int(first), min(int(last), size - 1) if last else size - 1
