"""Looks by Modbus TCP. Start at ``modbus``."""

import time
from collections.abc import Awaitable, Callable
from typing import Any

from pymodbus import ModbusException
from pymodbus.client import AsyncModbusTcpClient

from yunshu.lib.probe.kit import Kit
from yunshu.lib.probe.outcome import Outcome, judged
from yunshu.lib.probe.targets import Modbus, Register

TRY_S = 3.0
_FORMS = {
    "int16": AsyncModbusTcpClient.DATATYPE.INT16,
    "uint16": AsyncModbusTcpClient.DATATYPE.UINT16,
    "int32": AsyncModbusTcpClient.DATATYPE.INT32,
    "uint32": AsyncModbusTcpClient.DATATYPE.UINT32,
    "float32": AsyncModbusTcpClient.DATATYPE.FLOAT32,
}


async def modbus(check: Modbus, kit: Kit) -> Outcome:
    """Connect, read each register, close. A register that the device refuses has no reading."""
    started = time.perf_counter()
    address = await kit.address(check.host)
    client = AsyncModbusTcpClient(address, port=check.port, timeout=TRY_S, retries=1, reconnect_delay=0)
    try:
        if not await client.connect():
            return Outcome(ok=False, error="refused")
        values = {one.name: await _read(client, one, check.unit) for one in check.registers}
    except ModbusException:
        return Outcome(ok=False, error="modbus_no_answer")
    finally:
        client.close()
    bounds = {one.name: one.bound for one in check.registers}
    return judged(values, bounds, (time.perf_counter() - started) * 1000)


async def _read(client: AsyncModbusTcpClient, one: Register, unit: int) -> float | None:
    ways: dict[str, Callable[..., Awaitable[Any]]] = {
        "holding": client.read_holding_registers,
        "input": client.read_input_registers,
        "coil": client.read_coils,
        "discrete": client.read_discrete_inputs,
    }
    form = _FORMS[one.form]
    bits = one.kind in ("coil", "discrete")
    answer = await ways[one.kind](one.address, count=1 if bits else form.value[1], device_id=unit)
    if answer.isError():
        return None
    if bits:
        return float(answer.bits[0])
    number = client.convert_from_registers(answer.registers, form)
    return None if number in one.not_available or not isinstance(number, int | float) else number * one.scale
