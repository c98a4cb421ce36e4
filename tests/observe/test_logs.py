"""The log: one JSON object a line, with the request's number, and nothing of anybody's data."""

import io
import json
import logging  # noqa: TID251 - as the libraries do
from collections.abc import Iterator

import pytest
import structlog

from yunshu.config import logs
from yunshu.config.supervisor import reading
from yunshu.lib.observe.correlation import working_for


@pytest.fixture
def sink() -> Iterator[io.StringIO]:
    before, handlers, level = structlog.get_config(), logging.root.handlers[:], logging.root.level
    stream = io.StringIO()
    logs.configure(stream)
    yield stream
    structlog.configure(**before)
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


def written(sink: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in sink.getvalue().splitlines()]


def test_a_line_says_when_how_bad_what_where_and_for_which_request(sink: io.StringIO) -> None:
    with working_for("a" * 32):
        structlog.get_logger().info("tests.happened", n=1)
    (line,) = written(sink)
    assert list(line)[:5] == ["at", "level", "event", "logger", "request"]
    assert str(line["at"]).endswith("Z")
    assert (line["level"], line["event"], line["logger"], line["request"]) == (
        "info",
        "tests.happened",
        __name__,
        "a" * 32,
    )


def test_what_libraries_log_has_the_same_form_without_addresses(sink: io.StringIO) -> None:
    with working_for("b" * 32):
        logging.getLogger("django.request").error("Internal Server Error: %s", "/heartbeat/secret")
    (line,) = written(sink)
    assert (line["event"], line["request"], line["logger"]) == ("Internal Server Error", "b" * 32, "django.request")
    assert "secret" not in sink.getvalue()


def test_an_error_carries_no_values_and_no_row(sink: io.StringIO) -> None:
    password = "open-sesame"  # noqa: F841 - a local of the frame that fails
    try:
        raise ValueError('duplicate key "x"\nDETAIL:  Key (phone)=(13800000000) already exists.')
    except ValueError as error:
        structlog.get_logger().exception("tests.failed", error=str(error))
    (line,) = written(sink)
    assert line["exception"]
    assert "13800000000" not in sink.getvalue()
    assert "open-sesame" not in sink.getvalue()


def test_the_log_is_read_with_filters_and_what_is_no_json_stays_as_it_is(tmp_path) -> None:
    lines = [
        {"at": "2026-01-01T00:00:00Z", "level": "info", "event": "a.b", "request": "c" * 32, "n": 1},
        {"at": "2026-01-01T00:00:05Z", "level": "error", "event": "a.c", "request": "d" * 32},
    ]
    (tmp_path / "web.log").write_text("\n".join([*map(json.dumps, lines), "Traceback: x"]))
    (tmp_path / "relay.log").write_text(json.dumps(lines[0] | {"at": "2026-01-01T00:00:02Z", "event": "r.s"}))
    whole = list(reading.lines(tmp_path, None, reading.Wanted()))
    assert [part in line for part, line in zip(["a.b", "r.s", "a.c"], whole, strict=False)] == [True] * 3
    assert [line for line in whole if "Traceback" in line]
    assert len(list(reading.lines(tmp_path, None, reading.Wanted(request="cccccccc")))) == 2
    assert len(list(reading.lines(tmp_path, "web", reading.Wanted(level="error")))) == 2  # the crash counts as one
