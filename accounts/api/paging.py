"""How much of a list comes at once."""

from __future__ import annotations

from rest_framework.exceptions import NotFound
from rest_framework.pagination import Cursor, CursorPagination, LimitOffsetPagination
from rest_framework.request import Request

MOST_ON_A_PAGE = 200


class Pages(LimitOffsetPagination):
    """For lists that stay short."""

    max_limit = MOST_ON_A_PAGE


class Stream(CursorPagination):
    """For lists that grow: newest first, a page at the same price wherever it lies, no total."""

    ordering = "-pk"
    page_size_query_param = "limit"
    max_page_size = MOST_ON_A_PAGE

    def decode_cursor(self, request: Request) -> Cursor | None:
        cursor = super().decode_cursor(request)
        if cursor is not None and not (cursor.position or "0").isdecimal():
            raise NotFound
        return cursor
