"""SNMP against dumps of real devices replayed by snmpsim, Modbus against pymodbus's own server."""

import asyncio
import bz2
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import snmpsim_data
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from yunshu.config.bootstrap import machine
from yunshu.lib.probe import Bound, Modbus, Oid, Outcome, Register, Snmp, Target, look

DUMPS = Path(snmpsim_data.__file__).parent / "data"
UPS = "1.3.6.1.2.1.33.1"
INTERFACES = "1.3.6.1.2.1.2.2.1.8"
KEPT = tuple(f"1.3.6.1.{part}.".encode() for part in ("2.1.1", "2.1.2", "2.1.33", "4.1.2011.6.174"))
"""Of the dumps of switches (650,000 rows, which snmpsim indexes for a minute) the system, the interfaces and the UPS."""
DEVICES = {
    "huawei-ups": DUMPS / "UPS/huawei-gse200m.snmprec.bz2",
    "eaton-ups": DUMPS / "UPS/eaton-93e-80.snmprec.bz2",
    "huawei-switch": DUMPS / "network/switch/huawei-s12704.snmprec.bz2",
    "h3c-switch": DUMPS / "network/switch/h3c-e528-1.snmprec.bz2",
    "geist": DUMPS / "iot/geist-temperature-sensor.snmprec",
}


@pytest.fixture(scope="module")
def snmpsim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Replay the dumps, each under its community; yields the port."""
    folder = tmp_path_factory.mktemp("snmpsim")
    (folder / "data").mkdir()
    for name, dump in DEVICES.items():
        text = dump.read_bytes()
        lines = (bz2.decompress(text) if dump.suffix == ".bz2" else text).splitlines(keepends=True)
        kept = b"".join(line for line in lines if line.startswith(KEPT))
        (folder / "data" / f"{name}.snmprec").write_bytes(kept)
    port = machine.free_port()
    command = [
        str(Path(sys.executable).parent / "snmpsim-command-responder"),
        "--quiet",
        f"--data-dir={folder / 'data'}",
    ]
    command += [f"--cache-dir={folder / 'cache'}", f"--agent-udpv4-endpoint=127.0.0.1:{port}"]
    command += ["--process-user=root", "--process-group=root"] if os.geteuid() == 0 else []
    command += ["--v3-user=watcher", "--v3-auth-key=a-long-secret", "--v3-auth-proto=SHA256"]
    command += ["--v3-priv-key=another-secret", "--v3-priv-proto=AES"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def wait_for(port: int) -> None:
    for _ in range(10):
        check = Snmp("127.0.0.1", (Oid("uptime", "1.3.6.1.2.1.1.3.0"),), port, "huawei-ups")
        if asyncio.run(look(Target("t", check, timeout_s=10))).ok:
            return
        time.sleep(0.2)
    raise AssertionError("snmpsim does not answer")


def asked(port: int, community: str, *oids: Oid, timeout_s: float = 10, **more: str) -> Outcome:
    return asyncio.run(look(Target("t", Snmp("127.0.0.1", oids, port, community, **more), timeout_s=timeout_s)))


def test_a_battery_that_is_not_measured_is_not_at_nought_per_cent(snmpsim: int) -> None:
    outcome = asked(
        snmpsim,
        "huawei-ups",
        Oid("battery_percent", f"{UPS}.2.4.0", bound=Bound(low=20)),
        Oid("battery_volt", f"{UPS}.2.5.0", 0.1),
        Oid("input_volt", f"{UPS}.3.3.1.3.1", 0.1),
        Oid("load_percent", f"{UPS}.4.4.1.5.1", bound=Bound(high=80)),
        Oid("battery_current", f"{UPS}.2.6.0", 0.1),
    )
    assert (outcome.ok, outcome.degraded) == (True, False)
    assert outcome.values == {
        "battery_percent": None,
        "battery_volt": pytest.approx(538.5),
        "input_volt": pytest.approx(236.9),
        "load_percent": 8.0,
        "battery_current": 0.0,
    }


def test_minus_one_as_an_unsigned_gauge_is_not_available_too(snmpsim: int) -> None:
    outcome = asked(
        snmpsim, "huawei-ups", Oid("x", "1.3.6.1.4.1.2011.6.174.1.6.100.1.6.1"), Oid("load", f"{UPS}.4.4.1.5.1")
    )
    assert outcome.values == {"x": None, "load": 8.0}


def test_an_overloaded_ups_is_degraded_and_says_by_what(snmpsim: int) -> None:
    outcome = asked(snmpsim, "huawei-ups", Oid("load_percent", f"{UPS}.4.4.1.5.1", bound=Bound(high=5)))
    assert (outcome.ok, outcome.degraded, outcome.error) == (True, True, "reading:load_percent")


def test_a_device_that_has_none_of_the_readings_is_a_failure(snmpsim: int) -> None:
    outcome = asked(snmpsim, "huawei-switch", Oid("battery", f"{UPS}.2.4.0"))
    assert (outcome.ok, outcome.error) == (False, "no_reading")


def test_twenty_five_ports_of_a_switch_are_read_in_one_look(snmpsim: int) -> None:
    up = Bound(1, 1)
    outcome = asked(snmpsim, "huawei-switch", *(Oid(f"port{n}", f"{INTERFACES}.{n}", bound=up) for n in range(1, 26)))
    assert len(outcome.values) == 25
    assert [outcome.values[f"port{n}"] for n in range(1, 9)] == [1, 1, 1, 2, 1, 2, 2, 2] or outcome.values["port4"] == 2
    assert outcome.error == "reading:port4"


@pytest.mark.parametrize("community", ["eaton-ups", "h3c-switch", "geist"])
def test_each_dump_answers_with_its_time_since_start(snmpsim: int, community: str) -> None:
    assert asked(snmpsim, community, Oid("uptime", "1.3.6.1.2.1.1.3.0", 0.01)).values["uptime"]


def test_version_3_reads_what_is_encrypted(snmpsim: int) -> None:
    who = {"version": "3", "user": "watcher", "auth_key": "a-long-secret", "privacy_key": "another-secret"}
    load = Oid("load", f"{UPS}.4.4.1.5.1")
    assert asked(snmpsim, "", load, context="huawei-ups", **who).values == {"load": 8.0}
    wrong = asked(snmpsim, "", load, context="huawei-ups", **{**who, "auth_key": "not-the-secret"})
    assert (wrong.ok, wrong.error[:5]) == (False, "snmp_")


def test_a_device_that_is_not_there_times_out() -> None:
    assert asked(machine.free_port(), "x", Oid("x", "1.3.6.1.2.1.1.3.0"), timeout_s=1).error in ("timeout", "refused")


ROOM = (
    Register("temperature", 0, "input", "int16", 0.1, bound=Bound(10, 28)),
    Register("humidity", 1, "input", "uint16", 0.1),
    Register("leak", 0, "discrete"),
    Register("fan", 0, "coil"),
    Register("energy", 0, "holding", "uint32"),
    Register("power", 2, "holding", "float32"),
    Register("absent", 4, "holding", "int16", not_available=(-1,)),
    Register("nowhere", 900, "holding"),
)


def air_conditioner() -> SimDevice:
    blocks = (
        [SimData(0, values=[True], datatype=DataType.BITS)],
        [SimData(0, values=[False], datatype=DataType.BITS)],
        [
            SimData(0, values=1_234_567, datatype=DataType.UINT32),
            SimData(2, values=12.5, datatype=DataType.FLOAT32),
            SimData(4, values=-1, datatype=DataType.INT16),
        ],
        [SimData(0, values=[-55 % 65536, 483], datatype=DataType.REGISTERS)],
    )
    return SimDevice(1, blocks)


def test_an_air_conditioner_is_read_by_modbus() -> None:
    async def main() -> Outcome:
        server = ModbusTcpServer(air_conditioner(), address=("127.0.0.1", 0))
        await server.serve_forever(background=True)
        try:
            port = server.transport.sockets[0].getsockname()[1]
            return await look(Target("t", Modbus("127.0.0.1", ROOM, port)))
        finally:
            await server.shutdown()

    outcome = asyncio.run(main())
    assert dict(outcome.values) == {
        "temperature": pytest.approx(-5.5),
        "humidity": pytest.approx(48.3),
        "leak": 0.0,
        "fan": 1.0,
        "energy": 1_234_567,
        "power": 12.5,
        "absent": None,
        "nowhere": None,
    }
    assert (outcome.ok, outcome.degraded, outcome.error) == (True, True, "reading:temperature")


def test_a_port_without_modbus_is_refused() -> None:
    assert asyncio.run(look(Target("t", Modbus("127.0.0.1", ROOM, 1)))).error == "refused"
