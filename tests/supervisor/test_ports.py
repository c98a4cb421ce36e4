"""Ports nobody prefers: free ones, and none lent twice."""

import socket

import pytest

from yunshu.config.bootstrap import machine


def test_a_port_is_lent_once_and_never_while_somebody_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    start = machine.free_ports(12)
    monkeypatch.setattr(machine, "ANY_PORTS", range(start, start + 12))
    monkeypatch.setattr(machine, "_LENT", set())
    with socket.socket() as stream, socket.socket(type=socket.SOCK_DGRAM) as datagrams:
        stream.bind(("127.0.0.1", start + 3))
        stream.listen()
        datagrams.bind(("127.0.0.1", start + 7))
        found = {machine.free_ports(3)}
        with pytest.raises(RuntimeError, match="no 12 free ports"):
            machine.free_ports(12)
        for _ in range(100):
            try:
                found.add(machine.free_ports(3))
            except RuntimeError:
                break
    rows = [set(range(first, first + 3)) for first in found]
    assert all(not row & {start + 3, start + 7} for row in rows)
    assert sum(map(len, rows)) == len(set().union(*rows))
