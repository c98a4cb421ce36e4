"""Looks by SNMP: v1, v2c, v3 (old devices know only MD5 or SHA-1 and DES: the check says which). A reading the device does not have is None, never 0.

-1 in UPS-MIB (RFC 1628) and in makers' MIBs means "not measured"; noSuchObject, noSuchInstance and endOfMibView (RFC 3416)
mean the same. Start at ``snmp``.
"""

import time
from typing import Any

from pysnmp.hlapi.v3arch.asyncio import (
    CommunityData,
    ContextData,
    ObjectIdentity,
    ObjectType,
    SnmpEngine,
    UdpTransportTarget,
    UsmUserData,
    get_cmd,
    usmAesCfb128Protocol,
    usmAesCfb192Protocol,
    usmAesCfb256Protocol,
    usmDESPrivProtocol,
    usmHMAC192SHA256AuthProtocol,
    usmHMAC256SHA384AuthProtocol,
    usmHMAC384SHA512AuthProtocol,
    usmHMACMD5AuthProtocol,
    usmHMACSHAAuthProtocol,
)
from pysnmp.proto.errind import ErrorIndication, RequestTimedOut

from yunshu.lib.probe.kit import Kit
from yunshu.lib.probe.outcome import Outcome, judged
from yunshu.lib.probe.targets import Oid, Snmp

AT_ONCE = 20
TRY_S, RETRIES = 2.0, 1
_AUTH = {
    "md5": usmHMACMD5AuthProtocol,
    "sha": usmHMACSHAAuthProtocol,
    "sha256": usmHMAC192SHA256AuthProtocol,
    "sha384": usmHMAC256SHA384AuthProtocol,
    "sha512": usmHMAC384SHA512AuthProtocol,
}
_PRIVACY = {
    "des": usmDESPrivProtocol,
    "aes128": usmAesCfb128Protocol,
    "aes192": usmAesCfb192Protocol,
    "aes256": usmAesCfb256Protocol,
}


async def snmp(check: Snmp, kit: Kit) -> Outcome:
    """GET the readings, twenty a packet."""
    context = ContextData(contextName=check.context.encode())
    engine = kit.part("snmp", SnmpEngine)
    peer = await UdpTransportTarget.create((await kit.address(check.host), check.port), timeout=TRY_S, retries=RETRIES)
    values: dict[str, float | None] = {}
    started = time.perf_counter()
    for at in range(0, len(check.oids), AT_ONCE):
        part = check.oids[at : at + AT_ONCE]
        asked = [ObjectType(ObjectIdentity(one.oid)) for one in part]
        fault, status, _, rows = await get_cmd(engine, _who(check), peer, context, *asked, lookupMib=False)
        if fault or status:
            return Outcome(ok=False, error=_code(fault, status))
        values |= {one.name: reading(one, row[1]) for one, row in zip(part, rows, strict=True)}
    bounds = {one.name: one.bound for one in check.oids}
    return judged(values, bounds, (time.perf_counter() - started) * 1000)


def reading(one: Oid, value: Any) -> float | None:
    """Return a reading in its unit; None for what is no number or says that it is not measured."""
    try:
        number = float(value.prettyPrint()) if hasattr(value, "prettyPrint") else float(value)
    except ValueError:
        return None
    return None if number in one.not_available else number * one.scale


def _who(check: Snmp) -> CommunityData | UsmUserData:
    if check.version != "3":
        return CommunityData(check.community, mpModel=0 if check.version == "1" else 1)
    return UsmUserData(
        check.user,
        authKey=check.auth_key or None,
        privKey=check.privacy_key or None,
        authProtocol=_AUTH[check.auth] if check.auth_key else None,
        privProtocol=_PRIVACY[check.privacy] if check.privacy_key else None,
    )


def _code(fault: ErrorIndication | None, status: Any) -> str:
    if isinstance(fault, RequestTimedOut):
        return "timeout"
    return f"snmp_{type(fault).__name__ if fault else status.prettyPrint()}"
