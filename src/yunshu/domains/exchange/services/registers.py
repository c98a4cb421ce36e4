"""The registers' first rows: classes, elements and clock rules; what is there already is left alone."""

import tomllib
from importlib import resources

from yunshu.domains.directory.models import Org
from yunshu.domains.exchange.contracts import DataType
from yunshu.domains.exchange.models import Category, ClockRule, Element


def add_category(code: str, name: str, source: str) -> bool:
    """Add a class unless its code is known; say whether it was added."""
    return Category.objects.get_or_create(code=code, defaults={"name": name, "source": source})[1]


def add_element(code: str, name: str, data_type: DataType, source_org: str, basis: str) -> bool:
    """Add a data element unless its code is known; say whether it was added."""
    org = Org.objects.filter(code=source_org).first()
    words = {"name": name, "data_type": data_type.value, "source_org": org, "basis": basis}
    return Element.objects.get_or_create(code=code, defaults=words)[1]


def add_clocks() -> list[bool]:
    """Add the clock rules of ``data/clocks.toml`` that are not there; say of each whether it was added."""
    text = resources.files("yunshu.domains.exchange").joinpath("data/clocks.toml").read_text()
    return [_add_clock(row) for row in tomllib.loads(text)["clocks"]]


def _add_clock(row: dict[str, object]) -> bool:
    found = ClockRule.objects.filter(step=row["step"], level=row["level"]).exists()
    if not found:
        ClockRule.objects.create(code=f"{row['step']}.{row['level']}", **row)
    return not found
