"""Open311 GeoReport v2 (wiki.open311.org/GeoReport_v2), the server's side; knows no city business.

A city implements ``Desk``; ``urls(desk)`` are the addresses. XML and JSON, tokens, discovery, the spec's errors.
Start reading at ``contracts``; ``reading`` is what comes in, ``writing`` what goes out.
"""

from yunshu.lib.georeport.contracts import (
    Attribute,
    Desk,
    Discovery,
    Fault,
    Faults,
    Query,
    Receipt,
    Report,
    Service,
    Submission,
    Value,
)
from yunshu.lib.georeport.views import refusal, urls
from yunshu.lib.georeport.writing import Format

__all__ = [
    "Attribute",
    "Desk",
    "Discovery",
    "Fault",
    "Faults",
    "Format",
    "Query",
    "Receipt",
    "Report",
    "Service",
    "Submission",
    "Value",
    "refusal",
    "urls",
]
