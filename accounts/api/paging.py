"""How much of a list comes at once."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import Cursor, CursorPagination, LimitOffsetPagination
from rest_framework.request import Request

ON_A_PAGE, MOST_ON_A_PAGE = 50, 200
FURTHEST = 10**9


def number_asked(request: Request, name: str, *, least: int) -> int | None:
    """Return the whole number in the query; None when it is not there. Raises ValidationError."""
    text = request.query_params.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and least <= int(text[:20]) <= FURTHEST):
        raise ValidationError({name: [_("Give a whole number, %(least)s or more.") % {"least": least}]})
    return int(text)


class Pages(LimitOffsetPagination):
    """For lists that stay short."""

    default_limit = ON_A_PAGE
    max_limit = MOST_ON_A_PAGE

    def get_limit(self, request: Request) -> int:
        return min(number_asked(request, self.limit_query_param, least=1) or ON_A_PAGE, MOST_ON_A_PAGE)

    def get_offset(self, request: Request) -> int:
        return number_asked(request, self.offset_query_param, least=0) or 0


class Stream(CursorPagination):
    """For lists that grow: newest first, a page at the same price wherever it lies, no total."""

    ordering = "-pk"
    page_size = ON_A_PAGE
    page_size_query_param = "limit"
    max_page_size = MOST_ON_A_PAGE

    def get_page_size(self, request: Request) -> int:
        return min(number_asked(request, "limit", least=1) or ON_A_PAGE, MOST_ON_A_PAGE)

    def decode_cursor(self, request: Request) -> Cursor | None:
        cursor = super().decode_cursor(request)
        if cursor is not None and not str(cursor.position or 0).isdecimal():
            raise NotFound
        return cursor
