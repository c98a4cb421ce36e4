"""The city's face: names and marks that the shells print. They are data; a blank one is shown as 待补."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class City:
    """What the footer of a government website must name (国办发〔2017〕47号: 主办单位、联系方式、网站标识码)."""

    name: str = ""
    portal_name: str = ""
    organiser: str = ""
    undertaker: str = ""
    phone: str = ""
    address: str = ""
    site_code: str = ""
    icp: str = ""
    police: str = ""
    emblem: str = ""
    hotline: str = ""


_PROVIDER: list[Callable[[], City]] = []


def provide(provider: Callable[[], City]) -> None:
    """Let ``provider`` answer from now on; the last one given counts."""
    _PROVIDER[:] = [provider]


def city() -> City:
    """Return the city's face, blank where nobody has given one."""
    return _PROVIDER[0]() if _PROVIDER else City()
