"""The page of seals: what an auditor sees and takes away, and where a transfer's proof is found."""

from __future__ import annotations

import json

import pytest

from accounts.models import Role
from ledger.models import Job, Transfer, TreeHead
from tests.factories import DistrictFactory, UserFactory, administrator_of
from tests.seals.story import seal_a_story
from tests.support.readers import browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def heads() -> list[TreeHead]:
    return seal_a_story()


def test_an_auditor_sees_every_seal_and_what_waits(heads: list[TreeHead]) -> None:
    page = browser(UserFactory(role=Role.AUDITOR)).get("/seals/", headers={"accept-language": "en"})
    text = page.content.decode()

    assert all(head.root[:16] in text for head in heads)
    assert "1 transfer waits for the next seal." in text and "January 2026" in text
    assert "/api/v1/tree-heads/2/consistency" in text and "Seal now" not in text
    assert '<a class="govuk-link" href="/seals/heads.jsonl">' in text


def test_a_ledger_without_seals_says_when_they_come(db: None) -> None:
    page = browser(UserFactory(role=Role.AUDITOR)).get("/seals/", headers={"accept-language": "en"})

    assert "The ledger is sealed once a day and after each closing." in page.content.decode()


def test_a_district_takes_every_seal_away(heads: list[TreeHead]) -> None:
    district = browser(administrator_of(DistrictFactory()))

    lines = district.get("/seals/heads.jsonl").getvalue().splitlines()
    keys = district.get("/seals/keys.json").json()["keys"]

    assert [json.loads(line) for line in lines] == [{"number": head.number, "jws": head.jws} for head in heads]
    assert [key["kid"] for key in keys] == [heads[0].kid]


def test_a_city_administrator_asks_for_a_seal(heads: list[TreeHead]) -> None:
    city = browser(UserFactory(role=Role.CITY_ADMINISTRATOR))

    answer = city.post("/seals/seal/")

    job = Job.objects.get(kind="seal")
    assert answer.headers["Location"] == f"/jobs/{job.pk}/" and job.params == {"reason": "by_hand"}


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.DISTRICT_ADMINISTRATOR, Role.RESIDENT, Role.PROVIDER_CLERK])
def test_nobody_else_asks_for_one(role: Role) -> None:
    assert browser(UserFactory(role=role)).post("/seals/seal/").status_code == 403
    assert not Job.objects.exists()


@pytest.mark.parametrize("address", ["/seals/", "/seals/heads.jsonl", "/seals/keys.json"])
@pytest.mark.parametrize("role", [Role.RESIDENT, Role.PROVIDER_CLERK])
def test_residents_and_clerks_see_no_seal(role: Role, address: str) -> None:
    assert browser(UserFactory(role=role)).get(address).status_code == 403


def test_the_page_of_a_transfer_leads_to_its_proof(heads: list[TreeHead]) -> None:
    auditor = browser(UserFactory(role=Role.AUDITOR))
    sealed, waiting = (Transfer.objects.get(key=key).pk for key in ("redeem:r2", "redeem:r3"))

    pages = [
        auditor.get(f"/transfers/{pk}/", headers={"accept-language": "en"}).content.decode() for pk in (sealed, waiting)
    ]

    assert "/api/v1/proofs/redeem:r2" in pages[0] and "Seal 2, place " in pages[0]
    assert auditor.get("/api/v1/proofs/redeem:r2").json()["head"]["number"] == 2
    assert "/api/v1/proofs/" not in pages[1] and "Not yet" in pages[1]
