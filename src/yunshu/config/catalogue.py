"""The catalogues: ``python -m yunshu.config.catalogue extract | compile | check``.

Source strings are zh-Hans; ``src/yunshu/locale/en/LC_MESSAGES/django.po`` says each of them in English. Babel reads
Python; templates pass through Django's own ``templatize`` first, which sees ``{% translate %}`` wherever it stands,
in the attributes of a component too. ``locale/zh_Hans`` is small and written by hand: what Django says of forms, said plainly.
"""

import io
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir, extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

SOURCE = Path(__file__).resolve().parents[1]
PO = SOURCE / "locale/en/LC_MESSAGES/django.po"
PLAIN = SOURCE / "locale/zh_Hans/LC_MESSAGES/django.po"
METHODS = [
    ("**/migrations/**.py", "ignore"),
    ("**.py", "python"),
    ("**/templates/**", "yunshu.config.catalogue:extract_template"),
]
# the names under which the house imports gettext
NAMES: dict[str, Any] = {
    **dict.fromkeys(("_", "_t", "_l", "gettext", "gettext_lazy", "gettext_noop"), None),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    "npgettext": ((1, "c"), 2, 3),
    "label": None,  # ours: lib/kernel/labels.py
}
_HAN = re.compile(r"[\u3400-\u9fff\u3000-\u303f\uff00-\uffef]")
_PLACEHOLDER = re.compile(r"%\((\w+)\)[-+ #0]*\d*(?:\.\d+)?[sdfrx]|%[sd]")
Found = tuple[int, str | tuple[str, ...], list[str], str | None]


def extract_template(file: IO[bytes], keywords: Any, comment_tags: Any, options: dict[str, Any]) -> Iterator[Found]:
    """Read one template as Babel reads Python: a Babel extraction method."""
    if not str(getattr(file, "name", "")).endswith((".html", ".txt", ".xml")):
        return
    python = templatize(file.read().decode("utf-8"))
    flush = "\n".join(line.lstrip() for line in python.splitlines())  # its indentation means nothing
    yield from extract_python(io.BytesIO(flush.encode("utf-8")), keywords, comment_tags, {"encoding": "utf-8"})


def extracted() -> Catalog:
    """Return every message that the source holds now, without translations."""
    template = Catalog(project="yunshu", charset="utf-8", fuzzy=False)
    found = extract_from_dir(SOURCE, METHODS, keywords=NAMES, comment_tags=())
    for path, _line, message, _comments, context in found:
        if any(message if isinstance(message, tuple) else (message,)):
            template.add(message, locations=[(Path(path).as_posix(), 0)], context=context)
    return template


def committed() -> Catalog:
    """Return the English catalogue as it stands in the repository."""
    if not PO.exists():
        return Catalog(locale="en", project="yunshu", fuzzy=False)
    with PO.open("rb") as file:
        return read_po(file, locale="en")


def merged() -> Catalog:
    """Return the source's messages with the translations that stand; a message that is gone is dropped."""
    have, merged = committed(), Catalog(locale="en", project="yunshu", charset="utf-8", fuzzy=False)
    for message in _messages(extracted()):
        known = have.get(message.id, message.context)
        text = known.string if known else ("" if isinstance(message.id, str) else ("", ""))
        files = sorted({(path, 0) for path, _ in message.locations})
        merged.add(message.id, text, locations=files, context=message.context)
    return merged


def faults(catalogue: Catalog, template: Catalog) -> Iterator[str]:
    """Say what is missing, left over, fuzzy, half Chinese, or differs in its placeholders."""
    wanted = {(m.context, _key(m)): m for m in _messages(template)}
    given = {(m.context, _key(m)): m for m in _messages(catalogue)}
    yield from (f"missing: {key}" for _, key in wanted.keys() - given.keys())
    yield from (f"left over: {key}" for _, key in given.keys() - wanted.keys())
    yield from (f"left over: {m.id}" for m in catalogue.obsolete.values())
    for message in given.values():
        yield from _faults_of(message)


def _faults_of(message: Message) -> Iterator[str]:
    texts = [message.string] if isinstance(message.string, str) else list(message.string or ())
    sources = [message.id] if isinstance(message.id, str) else list(message.id)
    placeholders = set(_PLACEHOLDER.findall(sources[-1]))
    for text in texts:
        if not text.strip():
            yield f"untranslated: {sources[0]}"
        elif _HAN.search(text):
            yield f"Chinese left: {sources[0]} -> {text}"
        elif set(_PLACEHOLDER.findall(text)) != placeholders:
            yield f"placeholders differ: {sources[0]} -> {text}"
    if message.fuzzy:
        yield f"fuzzy: {sources[0]}"


def _messages(catalogue: Catalog) -> Iterator[Message]:
    return (message for message in catalogue if message.id)


def _key(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def write(catalogue: Catalog) -> None:
    """Write the catalogue by message, without line numbers and dates: a diff shows only what changed."""
    text = io.BytesIO()
    write_po(text, catalogue, width=116, sort_output=True, omit_header=True, include_lineno=False)
    PO.parent.mkdir(parents=True, exist_ok=True)
    PO.write_bytes(_HEADER.encode() + text.getvalue())


_HEADER = """\
# English for Yunshu. Terms as in docs/glossary.md; `python -m yunshu.config.catalogue extract` renews it.
msgid ""
msgstr ""
"Project-Id-Version: yunshu\\n"
"Language: en\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


def _extract() -> list[str]:
    write(merged())
    return []


def compile_() -> list[str]:
    """Write each .mo beside its .po; nothing to do where there is no catalogue."""
    with PLAIN.open("rb") as file:
        plain = read_po(file, locale="zh_Hans")
    for path, catalogue in ((PO, committed()), (PLAIN, plain)):
        with path.with_suffix(".mo").open("wb") as file:
            write_mo(file, catalogue)
    return []


def check() -> list[str]:
    """Return what is wrong with the committed catalogue against the source of now, sorted."""
    return sorted(faults(committed(), extracted()))


VERBS: dict[str, Callable[[], list[str]]] = {"extract": _extract, "compile": compile_, "check": check}


def main(arguments: list[str]) -> int:
    """Run one verb; print what is wrong, and return the exit code."""
    if len(arguments) != 1 or arguments[0] not in VERBS:
        sys.stderr.write(f"usage: python -m yunshu.config.catalogue {'|'.join(VERBS)}\n")
        return 2
    wrong = VERBS[arguments[0]]()
    sys.stderr.writelines(f"{line}\n" for line in wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
