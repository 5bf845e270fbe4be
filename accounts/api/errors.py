"""One shape for everything that is not answered: a code, a whole sentence, and what stands in the way."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers, status
from rest_framework.exceptions import Throttled, ValidationError

from accounts.refusals import Refused

WHOLE_BODY = "non_field_errors"

#: 409 unless named here: a rule said no as things stand now. 422: as it is, the request can never succeed.
STATUS_OF_REFUSAL: Mapping[str, int] = {
    "no_provider": status.HTTP_403_FORBIDDEN,
    "not_your_move": status.HTTP_403_FORBIDDEN,
    "not_yours": status.HTTP_403_FORBIDDEN,
    "own_proposal": status.HTTP_403_FORBIDDEN,
    "nobody_known": status.HTTP_404_NOT_FOUND,
    "no_such_redemption": status.HTTP_404_NOT_FOUND,
    "no_such_voucher": status.HTTP_404_NOT_FOUND,
    "no_such_move": status.HTTP_404_NOT_FOUND,
    "no_such_resident": status.HTTP_404_NOT_FOUND,
    "no_such_programme": status.HTTP_404_NOT_FOUND,
    "before_opening": status.HTTP_422_UNPROCESSABLE_ENTITY,
    "before_the_scheme": status.HTTP_422_UNPROCESSABLE_ENTITY,
    "born_later": status.HTTP_422_UNPROCESSABLE_ENTITY,
    "invalid_id_number": status.HTTP_422_UNPROCESSABLE_ENTITY,
    "key_reused": status.HTTP_422_UNPROCESSABLE_ENTITY,
    "home_district": status.HTTP_422_UNPROCESSABLE_ENTITY,
    "temporary_too_short": status.HTTP_422_UNPROCESSABLE_ENTITY,
    "no_such_filing": status.HTTP_404_NOT_FOUND,
    "not_a_member": status.HTTP_422_UNPROCESSABLE_ENTITY,
    "merges_into_itself": status.HTTP_422_UNPROCESSABLE_ENTITY,
    "merger_not_yet": status.HTTP_422_UNPROCESSABLE_ENTITY,
    "programme_over": status.HTTP_422_UNPROCESSABLE_ENTITY,
    "not_of_age": status.HTTP_422_UNPROCESSABLE_ENTITY,
}

SENTENCES: Mapping[str, str | Promise] = {
    "invalid": _("Something in this request is not right. Each field says what."),
    "parse_error": _("The body is not valid JSON."),
    "not_authenticated": _("Sign in, or send a token in the header “Authorization: Token …”."),
    "authentication_failed": _("This token is not valid. Ask the city administrator for a new one."),
    "permission_denied": _("This is not for your role, or the page that sent it is out of date."),
    "not_found": _("There is nothing at this address, or it is not yours to see."),
    "method_not_allowed": _("This address does not take this method."),
    "not_acceptable": _("The API answers in JSON only."),
    "unsupported_media_type": _("Send the body as application/json."),
    "throttled": _("Too many calls came without a valid token. Wait %(seconds)s seconds, then try again."),
    "error": _("Something broke on our side and was recorded. Try again later, with the same idempotency key."),
}
#: Django's own exceptions carry no code.
CODE_OF_STATUS: Mapping[int, str] = {
    status.HTTP_403_FORBIDDEN: "permission_denied",
    status.HTTP_404_NOT_FOUND: "not_found",
}


class Problem(serializers.Serializer[Any]):
    """What every answer that is not a success looks like."""

    code = serializers.CharField(help_text="For machines; never translated and never changed.")
    message = serializers.CharField(help_text="A whole sentence for people, in the language asked for.")
    details = serializers.DictField(help_text="What stands in the way, by name.")
    fields = serializers.DictField(  # type: ignore[assignment]
        child=serializers.ListField(child=serializers.CharField()),
        help_text="Only with the code `invalid`: what is wrong with each field.",
    )


def problem(
    code: str,
    message: str,
    *,
    details: Mapping[str, object] | None = None,
    fields: Mapping[str, list[str]] | None = None,
) -> dict[str, Any]:
    return {"code": code, "message": message, "details": dict(details or {}), "fields": dict(fields or {})}


def problem_of_refusal(refusal: Refused) -> dict[str, Any]:
    details = {name: _plain(value) for name, value in refusal.details.items()}
    return problem(refusal.code, str(refusal), details=details)


def status_of_refusal(code: str) -> int:
    return STATUS_OF_REFUSAL.get(code, status.HTTP_409_CONFLICT)


def problem_of(exc: Exception, *, status_code: int) -> dict[str, Any]:
    """Describe an exception of the REST framework or of Django that is answered with ``status_code``."""
    if isinstance(exc, ValidationError):
        return problem("invalid", str(SENTENCES["invalid"]), fields=_fields_of(exc.detail))
    if isinstance(exc, Throttled):
        seconds = {"seconds": round(exc.wait or 0)}  # type: ignore[attr-defined]
        return problem("throttled", str(SENTENCES["throttled"]) % seconds, details=seconds)
    code = getattr(exc, "default_code", "") or CODE_OF_STATUS[status_code]
    return problem(code, str(SENTENCES[code]))


def _fields_of(detail: Any) -> dict[str, list[str]]:
    """Return the errors by field; one inside a list is named by its place, as in ``redemptions.17.amount_fen``."""
    if not isinstance(detail, dict | list):
        return {WHOLE_BODY: [str(detail)]}
    if isinstance(detail, list) and not any(isinstance(error, dict) for error in detail):
        return {WHOLE_BODY: [str(error) for error in detail]}
    found: dict[str, list[str]] = {}
    for name, errors in detail.items() if isinstance(detail, dict) else enumerate(detail):
        for inner, sentences in _fields_of(errors).items():
            found[str(name) if inner == WHOLE_BODY else f"{name}.{inner}"] = sentences
    return found


def _plain(value: object) -> object:
    """Return what JSON can carry: days as ISO text, things with a code by their code."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, date):
        return value.isoformat()
    return str(getattr(value, "code", value))
