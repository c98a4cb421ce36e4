"""Who may open a connection to elsewhere: every module is named here with whose address it is and what guards it."""

import ast
from pathlib import Path

from yunshu.config import env

SOURCE = env.ROOT / "src" / "yunshu"
LIBRARIES = {
    "aiohttp", "asyncssh", "dns", "ftplib", "httpx", "icmplib", "imap_tools", "imaplib", "playwright", "pymodbus", "pysnmp", "requests",
    "smtplib", "telnetlib", "urllib3", "websockets",
}  # fmt: skip
WAYS = {
    "open_connection",
    "create_connection",
    "urlopen",
    "HTTPConnection",
    "HTTPSConnection",
    "create_datagram_endpoint",
}

GUARDED = "an address that a user named: judged by lib.crawl.guard where it is resolved and where the socket is made"
PROBED = "a system that an operator of the city named, private networks too: judged by lib.crawl.guard.InnerGuard"
SETTING = "an address from the settings of whoever operates the machine"
ITSELF = "an address of this machine's own parts"
SERVES = "serves, or reads what another module fetched; opens nothing"
DEPARTMENT = "runs in a department's own node: an address from the settings of whoever operates that node"
MEMBERS = "members of the ledger, from its charter that a quorum signed, or from the settings"

ALLOWED = {
    "config/bootstrap/messages.py": ITSELF,
    "config/supervisor/front.py": ITSELF,
    "config/world/doors.py": ITSELF,
    "domains/files/scanning.py": SETTING,
    "domains/hotline/gateway.py": SETTING,
    "domains/hotline/mailbox.py": SERVES,
    "domains/inspection/services/ipv6.py": GUARDED,
    "domains/ledger/gathering.py": SETTING,
    "domains/ledger/peers.py": SETTING,
    "domains/ledger/submitting.py": SETTING,
    "lib/bus/client.py": SETTING,
    "lib/cascade/peer.py": SETTING,
    "lib/consortium/fetching.py": MEMBERS,
    "lib/consortium/serve.py": SERVES,
    "lib/consortium/verifying.py": "an auditor's own machine, the address that he typed",
    "lib/consortium/web.py": SERVES,
    "lib/crawl/bodies.py": SERVES,
    "lib/crawl/failing.py": SERVES,
    "lib/crawl/fetch.py": GUARDED,
    "lib/crawl/guard.py": GUARDED,
    "lib/crawl/render.py": "the browser asks for nothing by itself: every request goes through the fetcher",
    "lib/cti/ari.py": SETTING,
    "lib/cti/esl.py": SETTING,
    "lib/cti/sip/__main__.py": ITSELF,
    "lib/cti/sip/provider.py": ITSELF,
    "lib/mails/fetching.py": SETTING,
    "lib/outpost/calling.py": DEPARTMENT,
    "lib/outpost/opening.py": DEPARTMENT,
    "lib/probe/echo.py": PROBED,
    "lib/probe/far.py": "a vantage's own machine: the hub from its settings",
    "lib/probe/handshake.py": GUARDED,
    "lib/probe/kit.py": PROBED,
    "lib/probe/looking.py": SERVES,
    "lib/probe/modbus.py": PROBED,
    "lib/probe/naming.py": PROBED,
    "lib/probe/pages.py": PROBED,
    "lib/probe/ports.py": PROBED,
    "lib/probe/snmp.py": PROBED,
    "lib/probe/sweep.py": PROBED,
    "lib/synthetic/web/serving.py": SERVES,
    "lib/tables/sources.py": DEPARTMENT,
}


def opens(path: Path) -> bool:
    """Say whether a module names a way out of the machine."""
    return any(_is_way(node) for node in ast.walk(ast.parse(path.read_text())))


def _is_way(node: ast.AST) -> bool:
    if isinstance(node, ast.Import):
        return any(alias.name.split(".")[0] in LIBRARIES or alias.name == "http.client" for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        return (node.module or "").split(".")[0] in LIBRARIES or any(alias.name in WAYS for alias in node.names)
    return isinstance(node, ast.Attribute) and node.attr in WAYS


def test_every_module_that_connects_to_elsewhere_says_whose_address_it_is() -> None:
    found = {str(path.relative_to(SOURCE)) for path in SOURCE.rglob("*.py") if opens(path)}
    assert found == ALLOWED.keys()


def test_whoever_probes_asks_the_guard_for_its_addresses() -> None:
    probing = [
        SOURCE / name for name, why in ALLOWED.items() if why == PROBED and not name.endswith(("kit.py", "echo.py"))
    ]
    assert [path.name for path in probing if "kit" not in path.read_text()] == []


def test_no_http_client_of_ours_follows_redirects_by_itself() -> None:
    loose = [
        str(path.relative_to(SOURCE))
        for path in SOURCE.rglob("*.py")
        if "follow_redirects=True" in path.read_text() or "allow_redirects=True" in path.read_text()
    ]
    assert loose == []
