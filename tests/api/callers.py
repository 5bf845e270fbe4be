"""Who calls the API in tests, and a small city to call about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, cast

from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from accounts.models import District, Resident, User
from tests.factories import (
    DistrictFactory,
    ProgrammeFactory,
    ProviderFactory,
    ResidentFactory,
    VoucherFactory,
    clerk_of,
)
from vouchers.models import Programme, Provider, Voucher

V1 = "/api/v1"
NOON = datetime(2026, 3, 16, 4, 0, tzinfo=UTC)
TODAY = date(2026, 3, 16)


def caller(user: User, *, language: str = "en") -> APIClient:
    """Return a client that sends this user's token."""
    client = APIClient(headers={"accept-language": language})
    client.credentials(HTTP_AUTHORIZATION=f"Token {Token.objects.get_or_create(user=user)[0].key}")
    return client


@dataclass(frozen=True, kw_only=True)
class City:
    """One voucher of 720.00 yuan, its resident at home, and a school of another district that takes it."""

    home: District
    programme: Programme
    resident: Resident
    voucher: Voucher
    provider: Provider
    clerk: User


def a_city() -> City:
    home, programme = DistrictFactory(), ProgrammeFactory()
    resident = ResidentFactory(district=home, born_on=date(2015, 1, 1))
    provider = ProviderFactory(programmes=[programme])
    return City(
        home=home,
        programme=programme,
        resident=resident,
        voucher=VoucherFactory(resident=resident, programme=programme),
        provider=provider,
        clerk=clerk_of(provider),
    )


def redeem(client: APIClient, *, key: str = "r-1", **body: Any) -> Any:
    """Send a redemption."""
    return client.post(f"{V1}/redemptions", body, headers={"idempotency-key": key})


def claim(voucher: Voucher, *, fen: int = 12_000, day: date = TODAY) -> dict[str, Any]:
    return {"voucher": voucher.number, "amount_fen": fen, "day": day.isoformat()}


def rows(response: Any) -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", response.json()["results"])
