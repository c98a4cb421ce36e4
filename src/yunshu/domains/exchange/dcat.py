"""The catalogue in DCAT (W3C Recommendation, version 3) as JSON-LD: for harvesters and search engines."""

from collections.abc import Iterable
from typing import Any

from yunshu.domains.exchange.models import Resource

CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
FREQUENCY = "http://publications.europa.eu/resource/authority/frequency/"
CYCLES = {
    "realtime": "UPDATE_CONT",
    "daily": "DAILY",
    "weekly": "WEEKLY",
    "monthly": "MONTHLY",
    "quarterly": "QUARTERLY",
    "yearly": "ANNUAL",
    "irregular": "IRREG",
}
RIGHTS = "http://publications.europa.eu/resource/authority/access-right/"
ACCESS = {"unconditional": "RESTRICTED", "conditional": "RESTRICTED", "none": "NON_PUBLIC"}
"""Everything but open data is for administrations only: DCAT-AP's words for access."""


def catalog(rows: Iterable[Resource], base: str, title: str) -> dict[str, Any]:
    """Return entries as one catalogue; ``base`` is the address of the site, without a slash at its end."""
    return {
        "@context": CONTEXT,
        "@id": f"{base}/catalogue.jsonld",
        "@type": "dcat:Catalog",
        "dct:title": {"@value": title, "@language": "zh-Hans"},
        "dcat:dataset": [dataset(row, base) for row in rows],
    }


def dataset(row: Resource, base: str) -> dict[str, Any]:
    """Return one entry."""
    address = f"{base}/console/exchange/catalogue/{row.number}/"
    found: dict[str, Any] = {
        "@id": address,
        "@type": "dcat:Dataset",
        "dct:identifier": row.code or row.number,
        "dct:title": _chinese(row.name),
        "dct:description": _chinese(row.summary),
        "dct:publisher": {"@type": "foaf:Organization", "foaf:name": _chinese(row.org.name)},
        "dct:accrualPeriodicity": {"@id": FREQUENCY + CYCLES[row.cycle]},
        "dct:accessRights": {"@id": RIGHTS + ("PUBLIC" if row.is_open else ACCESS[row.sharing_type])},
        "dct:modified": {"@value": row.changed_at.isoformat(), "@type": "xsd:dateTime"},
        "dcat:version": str(row.version),
        "dcat:keyword": [_chinese(item.title) for item in row.items.all()],
        "dcat:distribution": {
            "@type": "dcat:Distribution",
            "dct:format": row.format_detail or row.get_format_display(),
            "dcat:accessURL": {"@id": address},
        },
    }
    if row.published_at:
        found["dct:issued"] = {"@value": row.published_at.isoformat(), "@type": "xsd:dateTime"}
    if row.category:
        found["dcat:theme"] = {"@id": f"{base}/catalogue/classes/{row.category.code}", "dct:title": row.category.name}
    return found


def _chinese(text: str) -> dict[str, str]:
    return {"@value": text, "@language": "zh-Hans"}
