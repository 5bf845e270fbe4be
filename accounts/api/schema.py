"""How operations are written down in the OpenAPI document."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from django.utils.functional import Promise, lazy
from django.utils.text import camel_case_to_spaces
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.serializers import Serializer

from accounts.api.errors import Problem, problem, status_of_refusal
from accounts.refusals import Refused

V = TypeVar("V", bound=Callable[..., Any])


def operation(
    name: str,
    *,
    summary: str,
    refusals: tuple[type[Refused], ...] = (),
    responses: Mapping[int, Any] | None = None,
    parameters: Sequence[OpenApiParameter | type[Serializer[Any]]] = (),
    **more: Any,
) -> Callable[[V], V]:
    """Describe one operation; every refusal becomes an example under the status it is answered with.

    Where ``responses`` is left out, the answer is read from the view's serializer.
    """
    answers = {**(responses or {}), **_refused(refusals)}
    if responses is not None or refusals:
        more["responses"] = answers
    return extend_schema(operation_id=name, summary=summary, parameters=list(parameters), **more)


def _refused(refusals: tuple[type[Refused], ...]) -> dict[int, OpenApiResponse]:
    by_status: dict[int, list[type[Refused]]] = {}
    for refusal in sorted(refusals, key=lambda refusal: refusal.code):
        by_status.setdefault(status_of_refusal(refusal.code), []).append(refusal)
    return {
        status: OpenApiResponse(
            Problem,
            description=", ".join(refusal.code for refusal in group),
            examples=[_example(refusal, status=status) for refusal in group],
        )
        for status, group in by_status.items()
    }


def _example(refusal: type[Refused], *, status: int) -> OpenApiExample:
    return OpenApiExample(
        refusal.code,
        summary=camel_case_to_spaces(refusal.__name__).capitalize(),
        value=problem(refusal.code, _without_details(refusal.sentence)),
        response_only=True,
        status_codes=[str(status)],
    )


def _sentence_alone(sentence: str | Promise) -> str:
    return re.sub(r"%\(\w+\)s", "…", str(sentence))


#: Put into words only when the document is made, in its language.
_without_details = lazy(_sentence_alone, str)
