"""What a claim for a redemption has to look like, alone and in a list."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.api.fields import DAY, MOST_FEN, AmountField, Body, DayField, TextField
from accounts.stamps import FIRST_DAY, LAST_DAY
from vouchers.services.counter_many import Slip
from vouchers.visits import Bill

#: Claims in one call.
MOST_AT_ONCE = 1_000
KEY_PATTERN = r"[\x21-\x7e]{1,64}"
KEY_SENTENCE = _("Send a key of 1 to 64 printable ASCII characters.")
PRINTABLE = re.compile(r"[!-~]+")
KEY_IS_PRINTABLE = RegexValidator(r"^[!-~]+\Z", KEY_SENTENCE)
LONGEST = {"key": 64, "voucher": 20, "resident": 20, "programme": 40}
WAYS_TO_NAME_IT = ({"voucher"}, {"resident", "programme"})
IN_EVERY_SLIP = {"key", "amount_fen", "day"}


class ClaimSerializer(Body):
    """The voucher by its number, or the resident and the programme; the provider is the caller's own."""

    default_error_messages = {
        "which": _("Give the number of the voucher, or else the resident and the programme."),
    }

    voucher = TextField(max_length=LONGEST["voucher"], required=False, help_text="Voucher number.")
    resident = TextField(max_length=LONGEST["resident"], required=False, help_text="Resident number.")
    programme = TextField(max_length=LONGEST["programme"], required=False, help_text="Programme code.")
    amount_fen = AmountField()
    day = DayField(help_text="The day it was used, not later than today.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.keys() - {"amount_fen", "day", "bill"} not in WAYS_TO_NAME_IT:
            raise serializers.ValidationError({"voucher": [self.error_messages["which"]]})
        return attrs


class BillSerializer(Body):
    """What a visitor was charged, and what of it the catalogue of the provider's district has in scope."""

    default_error_messages = {"scope": _("No more can be in scope than is on the bill.")}

    total_fen = AmountField()
    in_scope_fen = AmountField()

    def validate(self, attrs: dict[str, Any]) -> Bill:
        bill = Bill(**attrs)
        if bill.in_scope_fen > bill.total_fen:
            raise serializers.ValidationError({"in_scope_fen": [self.error_messages["scope"]]})
        return bill


class BilledClaimSerializer(ClaimSerializer):
    """A claim sent alone, with the bill where the resident visits and the programme pays a part of it only."""

    bill = BillSerializer(required=False)


class ListedClaimSerializer(ClaimSerializer):
    """A claim as it stands in a list, with its key."""

    key = TextField(
        max_length=LONGEST["key"],
        trim_whitespace=False,
        validators=[KEY_IS_PRINTABLE],
        help_text="Its idempotency key.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        key = attrs.pop("key")
        return {**super().validate(attrs), "key": key}


class RedemptionListSerializer(Body):
    """Claims of one provider, judged in this order."""

    redemptions = serializers.ListField(child=ListedClaimSerializer(), min_length=1, max_length=MOST_AT_ONCE)


def slips_of(claims: list[dict[str, Any]]) -> list[Slip]:
    """Return what the serializer of a list made of its claims, as slips."""
    return [Slip(fen=claim.pop("amount_fen"), **claim) for claim in claims]


def plain_slips(body: object) -> list[Slip] | None:
    """Return the slips of a list in which every claim is plain; None for any other, which the serializer is to read.

    The serializer's fields and validators take longer over a thousand claims than booking them. What is plain is less
    than what the serializer takes, never more, and reads the same; what is wrong is for the serializer to say.
    """
    match body:
        case {"redemptions": list(claims), **other} if not other and 1 <= len(claims) <= MOST_AT_ONCE:
            try:
                return [_plain_slip(claim) for claim in claims]
            except _NotPlain:
                return None
    return None


class _NotPlain(Exception):
    """For the serializer."""


def _plain_slip(claim: Any) -> Slip:
    if not isinstance(claim, dict) or not claim.keys() >= IN_EVERY_SLIP:
        raise _NotPlain
    names = claim.keys() - IN_EVERY_SLIP
    if names not in WAYS_TO_NAME_IT:
        raise _NotPlain
    return Slip(
        key=_plain_text(claim["key"], most=LONGEST["key"]),
        fen=_plain_amount(claim["amount_fen"]),
        day=_plain_day(claim["day"]),
        **{name: _plain_text(claim[name], most=LONGEST[name]) for name in names},
    )


def _plain_text(text: object, *, most: int) -> str:
    if type(text) is not str or len(text) > most or not PRINTABLE.fullmatch(text):
        raise _NotPlain
    return text


def _plain_amount(fen: object) -> int:
    if type(fen) is not int or not 1 <= fen <= MOST_FEN:
        raise _NotPlain
    return fen


def _plain_day(text: object) -> date:
    if type(text) is not str or not DAY.fullmatch(text):
        raise _NotPlain
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise _NotPlain from None
    if not FIRST_DAY <= day <= LAST_DAY:
        raise _NotPlain
    return day
