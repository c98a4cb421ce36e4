"""Plants personal data in texts, tables, files and pictures, and what only looks like it.

Identity numbers are valid in form, telephone numbers begin with 164 (no operator), card numbers satisfy Luhn behind an
issuer's prefix; the names beside them are nobody's.
"""

from collections.abc import Callable
from datetime import date
from random import Random

from yunshu.lib.identifiers import ric
from yunshu.lib.synthetic.chance import pick
from yunshu.lib.synthetic.places import AREAS, phone
from yunshu.lib.synthetic.web import prose
from yunshu.lib.synthetic.web.draft import Draft
from yunshu.lib.synthetic.web.wordings import attach

_FILES = ("docx", "xlsx", "pdf", "png")


def plant_personal(draft: Draft) -> None:
    """Plant each kind of personal data in each kind of place."""
    rng = draft.rng("personal")
    for recipe, make in _LEAKS.items():
        for place in ("text", "table", "text"):
            _in_page(draft, rng, recipe, make(rng), place, innocent=False)
    for recipe, make in _ODD.items():
        for place in ("text", "table"):
            _in_page(draft, rng, recipe, make(rng), place, innocent=True)
    for form in _FILES:
        for recipe in ("identity", "mobile", "identity", "bank_card"):
            _in_file(draft, rng, form, recipe, _LEAKS[recipe](rng), innocent=False)
        for recipe in ("masked_identity", "masked_mobile", "credit_code", "wrong_checksum"):
            _in_file(draft, rng, form, recipe, _ODD[recipe](rng), innocent=True)


def _in_page(draft: Draft, rng: Random, recipe: str, words: str, place: str, *, innocent: bool) -> None:
    site, _, article = draft.take()
    label, name = _LABELS[recipe], prose.person(rng)
    if place == "table":
        head = f"<tr><th>姓名</th><th>{label}</th></tr>"
        article.extra.append(f"<table>{head}<tr><td>{name}</td><td>{words}</td></tr></table>")
    else:
        article.paragraphs.append(f"{name}，{label}：{words}，经审核符合条件。")
    draft.say("privacy_leak", site, article.path, "body", words, f"{recipe}_{place}", innocent=innocent)


def _in_file(draft: Draft, rng: Random, form: str, recipe: str, words: str, *, innocent: bool) -> None:
    site, _, article = draft.take()
    if form == "png":
        lines = ["LIST OF APPLICANTS", f"NO.1 {_LATIN_LABELS[recipe]} {words}", "END"]
    else:
        lines = ["公示名单", f"序号，姓名，{_LABELS[recipe]}", f"1，{prose.person(rng)}，{words}"]
    path = attach(draft, article, form, lines)
    draft.say("privacy_leak", site, path, "file", words, f"{recipe}_{form}", innocent=innocent)


def _identity(rng: Random) -> str:
    born = date(1950 + int(rng.random() * 55), 1 + int(rng.random() * 12), 1 + int(rng.random() * 28))
    return ric.compose(pick(rng, sorted(AREAS)), born, 100 + int(rng.random() * 890))


def _wrong_checksum(rng: Random) -> str:
    number = _identity(rng)
    return number[:-1] + str((int(number[-1].replace("X", "3")) + 1 + int(rng.random() * 8)) % 10)


def luhn(body: str) -> str:
    """Return ``body`` with its check digit (ISO/IEC 7812-1, annex B)."""
    doubled = (int(c) * (2 - i % 2) for i, c in enumerate(reversed(body)))
    return body + str(-sum(d // 10 + d % 10 for d in doubled) % 10)


def _card(rng: Random) -> str:
    return luhn(pick(rng, ("622202", "621700", "622848")) + f"{int(rng.random() * 1e12):012d}")


def _contract(rng: Random) -> str:
    card = luhn(f"HT{int(rng.random() * 1e12):012d}"[2:])
    return "HT" + card


def _address(rng: Random) -> str:
    return (
        f"{pick(rng, '东西南北')}{pick(rng, '岭溪湖坪')}镇{pick(rng, '上下前后')}{pick(rng, '寮埔围坑')}村"
        f"{pick(rng, '一二三四五')}巷{1 + int(rng.random() * 90)}号"
    )


def _credit_code(rng: Random) -> str:
    return f"11449900MB2{int(rng.random() * 1e6):06d}" + pick(rng, "ABCDEFGH")


def _masked(make: Callable[[Random], str], head: int, tail: int) -> Callable[[Random], str]:
    def masked(rng: Random) -> str:
        text = make(rng)
        return text[:head] + "*" * (len(text) - head - tail) + text[len(text) - tail :]

    return masked


_LEAKS: dict[str, Callable[[Random], str]] = {
    "identity": _identity, "mobile": phone, "bank_card": _card, "home_address": _address,
}  # fmt: skip
_ODD: dict[str, Callable[[Random], str]] = {
    "masked_identity": _masked(_identity, 4, 4), "masked_mobile": _masked(phone, 3, 4), "masked_card": _masked(_card, 6, 4),
    "credit_code": _credit_code, "wrong_checksum": _wrong_checksum, "contract": _contract,
    "landline": lambda rng: f"0663-8{int(rng.random() * 1e6):06d}",
    "index_number": lambda rng: f"449900/2024-{int(rng.random() * 1e5):05d}",
    "hotline": lambda rng: pick(rng, ("12345", "12329", "12333")),
}  # fmt: skip
_LABELS = {
    "identity": "身份证号", "mobile": "联系电话", "bank_card": "银行卡号", "home_address": "家庭住址", "masked_identity": "身份证号",
    "masked_mobile": "联系电话", "masked_card": "银行卡号", "credit_code": "统一社会信用代码", "wrong_checksum": "流水号",
    "contract": "合同编号", "landline": "办公电话", "index_number": "索引号", "hotline": "服务热线",
}  # fmt: skip
_LATIN_LABELS = {
    "identity": "ID", "mobile": "TEL", "bank_card": "CARD", "masked_identity": "ID", "masked_mobile": "TEL",
    "credit_code": "USCC", "wrong_checksum": "SN",
}  # fmt: skip
