"""Pages of a list over HTTP: ``limit`` and ``offset`` within what a database can count and one answer should carry."""

from ninja import Field, Schema
from ninja.pagination import LimitOffsetPagination

MOST_ROWS = 1000
FARTHEST = 10_000_000
"""Beyond so many rows a filter is asked for, not an offset: the database would count them all."""


class Slices(LimitOffsetPagination):
    """Ninja's pagination with bounds."""

    class Input(Schema):
        """Which rows."""

        limit: int = Field(100, ge=1, le=MOST_ROWS)
        offset: int = Field(0, ge=0, le=FARTHEST)
