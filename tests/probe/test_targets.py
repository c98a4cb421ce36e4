"""What a check may name, and its JSON form."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunshu.lib.probe import (
    BadTarget,
    Bound,
    Dns,
    Http,
    Icmp,
    Modbus,
    Oid,
    Push,
    Register,
    Scrape,
    Snmp,
    Target,
    Tcp,
    TlsExpiry,
    from_json,
    to_json,
)

CHECKS = [
    Icmp("10.0.0.1"),
    Icmp("fe80::1"),
    Tcp("cloud.example.cn", 443),
    Http("https://[::1]:8443/a?b=c", statuses=(200, 401), headers=(("X", "y"),), contains="正常"),
    Dns("oa.example.cn", "AAAA", "10.0.0.53", expects=("::1",)),
    TlsExpiry("10.0.0.1", 8443, "oa.example.cn"),
    Snmp("10.0.0.9", (Oid("load", "1.3.6.1.2.1.33.1.4.4.1.5.1", bound=Bound(high=80)),), version="3", user="u"),
    Modbus("10.0.0.8", (Register("temperature", 0, "input", "int16", 0.1, bound=Bound(10, 28.5)),)),
    Push(),
    Scrape("http://10.0.0.7:9100/metrics", "up", (("job", "node"),), Bound(low=1)),
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda c: type(c).__name__)
def test_a_check_comes_back_from_its_form(check: Any) -> None:
    assert from_json(to_json(check)) == check


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: Icmp("300.1.1.1"), "host"),
        (lambda: Icmp("224.0.0.1"), "host"),
        (lambda: Icmp("0.0.0.0"), "host"),
        (lambda: Icmp("255.255.255.255"), "host"),
        (lambda: Icmp("a b"), "host"),
        (lambda: Icmp(""), "host"),
        (lambda: Tcp("a", 0), "port"),
        (lambda: Http("ftp://a/"), "url"),
        (lambda: Http("http://:80/"), "url"),
        (lambda: Http("http://a:99999/"), "url"),
        (lambda: Http("http://a/", method="DELETE"), "method"),
        (lambda: Dns("-a.cn"), "name"),
        (lambda: Oid("x", "1.a"), "oid"),
        (lambda: Snmp("a", ()), "oids"),
        (lambda: Snmp("a", (Oid("x", "1.3"),), auth="sha1"), "auth"),
        (lambda: Icmp("a", 0), "tries"),
        (lambda: Register("x", 70_000), "address"),
        (lambda: Target("k", Push(), 10, 11), "timeout_s"),
        (lambda: from_json({"kind": "telnet"}), "kind"),
        (lambda: from_json({"kind": "tcp", "host": "a", "port": "80"}), "port"),
        (lambda: from_json({"kind": "tcp", "host": "a", "port": True}), "port"),
        (lambda: from_json({"kind": "tcp", "host": "a"}), ""),
        (lambda: from_json({"kind": "icmp", "host": "a", "x": 1}), ""),
        (lambda: from_json({"kind": "snmp", "host": "a", "oids": [{"name": 1, "oid": "1.3"}]}), "name"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_its_field(make: Any, field: str) -> None:
    with pytest.raises(BadTarget) as refused:
        make()
    assert refused.value.field == field


@given(
    st.dictionaries(
        st.sampled_from(["kind", "host", "port", "url", "oids"]),
        st.one_of(st.text(), st.integers(), st.none(), st.lists(st.text())),
    )
)
def test_no_form_does_more_than_be_refused(form: dict[str, Any]) -> None:
    for kind in ("icmp", "tcp", "http", "snmp", "push"):
        try:
            from_json({**form, "kind": kind})
        except BadTarget:
            continue
