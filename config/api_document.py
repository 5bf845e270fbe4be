"""What the OpenAPI document says of every operation alike."""

from __future__ import annotations

from typing import Any

from accounts.api.errors import SENTENCES, problem

#: The framework's own errors by status, with the codes they carry.
CODES: dict[int, tuple[str, ...]] = {
    400: ("invalid", "parse_error"),
    401: ("not_authenticated", "authentication_failed"),
    403: ("permission_denied",),
    404: ("not_found",),
    406: ("not_acceptable",),
    415: ("unsupported_media_type",),
    429: ("throttled",),
}
ALWAYS = (401, 403, 406, 429)
WITH_BODY = (400, 415)
WITH_QUERY = (400, 404)
WITH_NAME = (404,)


def add_common_answers(result: dict[str, Any], **_more: Any) -> dict[str, Any]:
    """Give every operation the errors that no view declares, and close every request body to unknown fields."""
    for path, operations in result["paths"].items():
        for operation in operations.values():
            for status in sorted(_statuses(path, operation)):
                _add(operation["responses"], status)
            operation["responses"] = dict(sorted(operation["responses"].items()))
    components = result["components"]
    components["responses"] = {f"Problem{status}": _answer(status) for status in CODES}
    for name, schema in components["schemas"].items():
        if name.endswith("Request"):
            schema["additionalProperties"] = False
    return result


def _statuses(path: str, operation: dict[str, Any]) -> set[int]:
    statuses = set(ALWAYS)
    if "requestBody" in operation:
        statuses.update(WITH_BODY)
    if any(parameter["in"] == "query" for parameter in operation.get("parameters", ())):
        statuses.update(WITH_QUERY)
    if "{" in path:
        statuses.update(WITH_NAME)
    return statuses


def _add(responses: dict[str, Any], status: int) -> None:
    """Refer to the common answer, or add it to what the view declares under this status."""
    declared = responses.get(str(status))
    if declared is None:
        responses[str(status)] = {"$ref": f"#/components/responses/Problem{status}"}
        return
    declared["description"] = ", ".join((declared["description"], *CODES[status]))
    declared["content"]["application/json"]["examples"].update(_examples(status))


def _answer(status: int) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        "description": ", ".join(CODES[status]),
        "content": {"application/json": {"schema": schema, "examples": _examples(status)}},
    }


def _examples(status: int) -> dict[str, Any]:
    return {code: {"value": _example(code)} for code in CODES[status]}


def _example(code: str) -> dict[str, Any]:
    fields = {"amount_fen": ["…"]} if code == "invalid" else {}
    details = {"seconds": 30} if code == "throttled" else {}
    return problem(code, str(SENTENCES[code]) % details, details=details, fields=fields)
