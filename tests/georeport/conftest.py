"""A served desk, empty for each test."""

import threading
from collections.abc import Iterator
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.test import Client
from tests.georeport.desk import DESK, MemoryDesk


class Quiet(WSGIRequestHandler):
    """Writes no log."""

    def log_message(self, *_what: object) -> None:
        return


@pytest.fixture
def desk(settings) -> MemoryDesk:
    settings.ROOT_URLCONF, settings.MIDDLEWARE = "tests.georeport.desk", []
    DESK.kept.clear()
    return DESK


@pytest.fixture
def caller(desk) -> Client:
    return Client()


@pytest.fixture
def address(desk) -> Iterator[str]:
    with make_server("127.0.0.1", 0, WSGIHandler(), handler_class=Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/open311/v2"
        server.shutdown()
        thread.join()
