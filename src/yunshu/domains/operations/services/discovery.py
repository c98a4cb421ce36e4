"""Finding what could be watched: a sweep of addresses, or what a Prometheus scrapes. Nothing is written: what is chosen goes through the import."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from asgiref.sync import async_to_sync
from django.core import signing
from django.utils.translation import gettext as _

from yunshu.domains.directory.contracts import Viewer
from yunshu.domains.operations.choices import TargetKind
from yunshu.domains.operations.contracts import TARGET_EDIT
from yunshu.domains.operations.selectors.targets import address_of, visible_targets
from yunshu.domains.operations.services.importing import LIFE_S, Line
from yunshu.lib.kernel.errors import Refused
from yunshu.lib.probe.sweep import MOST_ADDRESSES, Found, TooWide, addresses, scraped, sweep

log = structlog.get_logger()
SALT = "operations.targets.found"
WEB = {80: "http", 8080: "http", 443: "https", 8443: "https"}
USUAL_PORT = {"http": 80, "https": 443}
CODE = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True)
class Candidate:
    """Something that answers. ``known``: the name of a target that is looked at there already."""

    name: str
    kind: str
    address: str
    readings: str = ""
    known: str = ""


def swept(actor: Viewer, networks: Sequence[str], ports: Sequence[int], community: str) -> list[Candidate]:
    """Ask addresses; return what answers. Raises NotPermitted and Refused (``network_bad``, ``network_wide``)."""
    actor.require(TARGET_EDIT)
    try:
        hosts = addresses(networks)
        log.info("operations.swept", networks=list(networks), hosts=len(hosts), by=str(actor))
        found = async_to_sync(sweep)(hosts, ports, community)
    except TooWide as error:
        raise Refused(
            "network_wide",
            _("一次最多 %(n)s 个地址、16 个端口，请缩小网段。") % {"n": MOST_ADDRESSES},
            where="networks",
        ) from error
    except ValueError as error:
        raise Refused("network_bad", _("网段看不懂：%(why)s") % {"why": error}, where="networks") from error
    return _known(actor, [each for one in found for each in _candidates(one)])


def from_prometheus(actor: Viewer, url: str) -> list[Candidate]:
    """Ask a Prometheus. Raises NotPermitted and Refused (``prometheus_away``)."""
    actor.require(TARGET_EDIT)
    try:
        found = async_to_sync(scraped)(url)
    except (OSError, ValueError) as error:
        raise Refused("prometheus_away", _("没有读到：%(why)s") % {"why": error}, where="prometheus") from error
    rows = [Candidate(name[:80], TargetKind.ENDPOINT.value, f"scrape+{at}") for name, at in found]
    return _known(actor, rows)


def _candidates(found: Found) -> list[Candidate]:
    out = [_on_port(found.address, port) for port in found.ports]
    if found.snmp:
        lines = "运行时间(秒) 1.3.6.1.2.1.1.3.0 x0.01"
        out.append(Candidate(f"{found.address} SNMP", TargetKind.DEVICE.value, f"snmp://{found.address}:161", lines))
    if found.echo and not out:
        out.append(Candidate(found.address, TargetKind.DEVICE.value, f"icmp://{found.address}"))
    return out


def _on_port(address: str, port: int) -> Candidate:
    host = f"[{address}]" if ":" in address else address
    if scheme := WEB.get(port):
        at = f"{scheme}://{host}/" if port == USUAL_PORT[scheme] else f"{scheme}://{host}:{port}/"
        return Candidate(f"{address}:{port}", TargetKind.SYSTEM.value, at)
    return Candidate(f"{address}:{port}", TargetKind.SYSTEM.value, f"tcp://{host}:{port}")


def _known(actor: Viewer, rows: Sequence[Candidate]) -> list[Candidate]:
    names = {_place(address_of(t)): t.name for t in visible_targets(actor).exclude(check_form={})}
    return [Candidate(r.name, r.kind, r.address, r.readings, names.get(_place(r.address), "")) for r in rows]


def _place(address: str) -> str:
    return re.sub(r"^[a-z+]+://", "", address).rstrip("/")


def seal(rows: Sequence[Candidate]) -> str:
    """Return candidates sealed for the page."""
    return signing.dumps([[r.name, r.kind, r.address, r.readings] for r in rows], salt=SALT, compress=True)


def chosen(sealed: str, picks: Sequence[str], org: str) -> list[Line]:
    """Return the picked candidates as the import's rows. Raises Refused (``trial_expired``, ``nothing_chosen``)."""
    try:
        rows = signing.loads(sealed, salt=SALT, max_age=LIFE_S)
    except signing.BadSignature as error:
        raise Refused("trial_expired", _("核对结果已过期，请重新上传文件。")) from error
    lines = [_line(Candidate(*rows[int(n)]), org) for n in picks if n.isdigit() and int(n) < len(rows)]
    if not lines:
        raise Refused("nothing_chosen", _("没有选中任何一项。"))
    return lines


def _line(row: Candidate, org: str) -> Line:
    code = CODE.sub("-", row.address.lower().split("://", 1)[-1]).strip("-")[:50]
    line = {
        "code": f"{row.address.split(':', 1)[0].split('+')[0]}-{code}"[:60],
        "name": row.name,
        "kind": row.kind,
        "org": org,
    }
    return line | {"address": row.address} | ({"readings": row.readings} if row.readings else {})
