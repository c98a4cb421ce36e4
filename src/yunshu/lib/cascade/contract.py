"""What two levels agreed: addresses, the other side's names of kinds, fields and codes, limits, how often to try again.

version = "…"          source = "…"          verified = false
[paths]                send = "/…"           fetch = "/…"      reconcile = "/…"
[limits]               bytes = 1048576       batch = 100       timeout_s = 10
[retry]                first_s = 2           factor = 2        longest_s = 900
[kinds."entry.report"] code = "ML01"
fields = {name = "zymc"}                     # our name → theirs; what is not named keeps its own
codes.sharing_type = {conditional = "2"}     # our value → theirs
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from yunshu.lib.kernel.errors import Refused


@dataclass(frozen=True, kw_only=True)
class Kind:
    """How one kind of message is called and written by the other side."""

    name: str
    code: str
    fields: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def outward(self, words: Mapping[str, Any]) -> dict[str, Any]:
        """Return ``words`` in the other side's names and codes. Raises Refused (``code_unmapped``)."""
        return {self.fields.get(name, name): self._coded(name, value) for name, value in words.items()}

    def inward(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return a body of the other side in our names and codes; a code nobody mapped raises Refused (``code_unmapped``)."""
        ours = {theirs: name for name, theirs in self.fields.items()}
        return {(name := ours.get(theirs, theirs)): self._decoded(name, value) for theirs, value in body.items()}

    def _coded(self, name: str, value: Any) -> Any:
        if name not in self.codes:
            return value
        if value not in self.codes[name]:
            raise Refused("code_unmapped", f"级联约定没有写明 {self.name} 的 {name}＝{value} 对应什么代码。")
        return self.codes[name][value]

    def _decoded(self, name: str, value: Any) -> Any:
        if name not in self.codes:
            return value
        found = [ours for ours, theirs in self.codes[name].items() if theirs == value]
        if not found:
            raise Refused("code_unmapped", f"级联约定没有写明 {self.name} 的 {name} 代码 {value} 是什么。")
        return found[0]


@dataclass(frozen=True, kw_only=True)
class Contract:
    """The agreement as a whole."""

    version: str
    source: str
    verified: bool
    paths: Mapping[str, str]
    kinds: Mapping[str, Kind]
    most_bytes: int
    batch: int
    timeout_s: float
    first_s: float
    factor: float
    longest_s: float

    def kind(self, name: str) -> Kind:
        """Return a kind by our name; raise Refused (``kind_unknown``)."""
        if name not in self.kinds:
            raise Refused("kind_unknown", f"级联约定没有这种报文：{name}。")
        return self.kinds[name]

    def named(self, code: str) -> Kind:
        """Return a kind by the other side's code; raise Refused (``kind_unknown``)."""
        found = [kind for kind in self.kinds.values() if kind.code == code]
        if not found:
            raise Refused("kind_unknown", f"级联约定没有这种报文：{code}。")
        return found[0]

    def pause_s(self, tries: int) -> float:
        """Return how long to wait after ``tries`` failed tries."""
        return float(min(self.longest_s, self.first_s * self.factor ** max(0, tries - 1)))


PATHS = ("send", "fetch", "reconcile")


def read(text: str) -> Contract:
    """Return the contract of a TOML text; raise Refused (``contract_malformed``) that names what is wrong."""
    try:
        given = tomllib.loads(text)
        limits, retry = given["limits"], given["retry"]
        contract = Contract(
            version=str(given["version"]),
            source=str(given["source"]),
            verified=given["verified"] is True,
            paths={name: str(given["paths"][name]) for name in PATHS},
            kinds={name: Kind(name=name, **words) for name, words in given["kinds"].items()},
            most_bytes=int(limits["bytes"]),
            batch=int(limits["batch"]),
            timeout_s=float(limits["timeout_s"]),
            first_s=float(retry["first_s"]),
            factor=float(retry["factor"]),
            longest_s=float(retry["longest_s"]),
        )
    except KeyError as error:
        raise Refused("contract_malformed", f"级联约定缺少 {error.args[0]}。") from error
    except (tomllib.TOMLDecodeError, TypeError, ValueError, RecursionError) as error:
        raise Refused("contract_malformed", f"级联约定读不出来：{error}") from error
    wrong = _wrong(contract)
    if wrong:
        raise Refused("contract_malformed", f"级联约定有误：{'；'.join(wrong)}。")
    return contract


def _wrong(contract: Contract) -> list[str]:
    found = []
    codes = [kind.code for kind in contract.kinds.values()]
    found += [f"报文代码 {code} 用了两次" for code in sorted({c for c in codes if codes.count(c) > 1})]
    for kind in contract.kinds.values():
        found += [f"{kind.name} 的字段 {t} 用了两次" for t in _twice(list(kind.fields.values()))]
        for name, values in kind.codes.items():
            found += [f"{kind.name} 的 {name} 代码 {t} 用了两次" for t in _twice(list(values.values()))]
    if min(contract.most_bytes, contract.batch, contract.timeout_s, contract.first_s, contract.longest_s) <= 0:
        found.append("限额和重试间隔须大于零")
    if contract.factor < 1:
        found.append("重试倍数不能小于 1")
    found += [f"地址 {path} 须以 / 开头" for path in contract.paths.values() if not path.startswith("/")]
    return found


def _twice(values: list[str]) -> list[str]:
    return sorted({each for each in values if values.count(each) > 1})
