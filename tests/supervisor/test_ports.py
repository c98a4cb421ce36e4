"""Ports nobody prefers: free ones, and none lent twice."""

import os
import socket
import subprocess
import sys

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


def test_what_one_instance_has_chosen_no_other_chooses_before_somebody_listens() -> None:
    ours = machine.free_ports(2)
    asked = f"from yunshu.config.bootstrap import machine; print(machine.free_port({ours}), machine.free_port({ours}))"
    other = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout.split()
    assert {int(port) for port in other}.isdisjoint({ours, ours + 1})
    assert machine.free_port(ours) == ours


def test_who_is_forked_lets_go_of_what_was_chosen() -> None:
    ours = machine.free_port(machine.free_ports(1))
    child = os.fork()
    if not child:
        os._exit(len(machine._CLAIMS))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert machine.free_port(ours) == ours
