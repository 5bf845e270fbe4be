"""Who gets which page of the administrators: what is not yours and what is not there are the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import pytest
from django.urls import reverse

from accounts.models import DoubleRegistration, User
from accounts.services.residents import AlreadyRegistered, register
from tests.factories import ProviderFactory, ResidentFactory, account_of, clerk_of, stamp
from tests.support.readers import browser
from tests.support.town import TODAY, Town, build_town, get, on_the_day, post
from vouchers.models import Programme, Visitor, Visits
from vouchers.services.batches import confirm, prepare_for_district
from vouchers.services.filing import file_visit
from vouchers.services.issuing import Offer

pytestmark = pytest.mark.django_db

ID_NUMBER = "11010519491231002X"
LIFE_PAGES = (
    "resident_birth",
    "resident_death",
    "resident_death_take_back",
    "resident_leave",
    "resident_merge",
    "resident_merge_take_back",
)
PEOPLE = ("city", "own", "former", "other", "clerk", "resident", "auditor")

#: For each page, what the people above get, in their order.
ACCESS = {
    "desk": (200, 200, 200, 200, 403, 403, 403),
    "residents": (200, 200, 200, 200, 403, 403, 200),
    "resident_register": (200, 200, 200, 200, 403, 403, 403),
    "move_in": (200, 200, 200, 200, 403, 403, 403),
    "resident": (200, 200, 200, 404, 403, 403, 200),
    "resident_move": (200, 200, 200, 404, 403, 403, 403),
    "moves": (200, 200, 200, 200, 403, 403, 200),
    "move": (200, 200, 200, 404, 403, 403, 200),
    "move_correct": (200, 200, 200, 404, 403, 403, 403),
    "move_step": (200, 200, 200, 404, 403, 403, 403),
    **dict.fromkeys(LIFE_PAGES, (200, 200, 200, 404, 403, 403, 403)),
    "doubles": (200, 200, 200, 200, 403, 403, 403),
    "double": (200, 200, 404, 200, 403, 403, 403),
    "resident_issue": (200, 200, 404, 404, 403, 403, 403),
    "resident_visit_new": (200, 200, 404, 404, 403, 403, 403),
    "resident_visit_end": (200, 200, 404, 404, 403, 403, 403),
    "programme_visit_terms": (200, 403, 403, 403, 403, 403, 403),
    "voucher_revoke": (200, 200, 404, 404, 403, 403, 403),
    "batches": (200, 200, 200, 200, 403, 403, 200),
    "batch_new": (200, 200, 200, 200, 403, 403, 403),
    "batch_new_for_district": (200, 200, 200, 200, 403, 403, 403),
    "batch_template": (200, 200, 200, 200, 403, 403, 403),
    "batch": (200, 200, 404, 404, 403, 403, 200),
    "batch_progress": (200, 200, 404, 404, 403, 403, 200),
    "batch_result": (200, 200, 404, 404, 403, 403, 200),
    "district_mergers": (200, 403, 403, 403, 403, 403, 403),
    "programmes": (200, 200, 200, 200, 403, 403, 200),
    "programme": (200, 200, 200, 200, 403, 403, 200),
    "programme_new": (200, 403, 403, 403, 403, 403, 403),
    "programme_edit": (200, 403, 403, 403, 403, 403, 403),
    "providers": (200, 200, 200, 200, 403, 403, 200),
    "provider": (200, 200, 200, 200, 403, 403, 200),
    "provider_new": (200, 403, 403, 403, 403, 403, 403),
    "provider_edit": (200, 403, 403, 403, 403, 403, 403),
}


@dataclass
class Scene:
    people: dict[str, User]
    arguments: dict[str, tuple[object, ...]]


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with on_the_day():
        yield


@pytest.fixture
def town() -> Town:
    return build_town()


@pytest.fixture
def scene(town: Town) -> Scene:
    """A batch that Jing'an's administrator confirmed, and everybody who may ask for it."""
    school = ProviderFactory(code="school", district=town.jingan, programmes=[town.education])
    next_year = Offer.of(town.education, valid_from=date(2027, 1, 1), valid_until=date(2028, 1, 1))
    act = stamp(TODAY, by=town.of_jingan)
    batch = prepare_for_district(offer=next_year, district=town.jingan, stamp=act)
    confirm(batch_id=batch.pk, stamp=act)
    Programme.objects.filter(pk=town.education.pk).update(visits=Visits.FILED)
    filing = file_visit(
        resident=town.lin, district=town.pudong.code, visitor=Visitor.LONG_TERM, start=TODAY, stamp=stamp(TODAY)
    )
    ResidentFactory(id_number=ID_NUMBER, district=town.jingan)
    with pytest.raises(AlreadyRegistered):
        register(name="林", district=town.pudong, since=TODAY, id_number=ID_NUMBER, stamp=act)
    double = DoubleRegistration.objects.get()
    people = {
        "city": town.city,
        "own": town.of_jingan,
        "former": town.of_minhang,
        "other": town.of_pudong,
        "clerk": clerk_of(school),
        "resident": account_of(town.lin),
        "auditor": town.auditor,
    }
    arguments: dict[str, tuple[object, ...]] = {
        **dict.fromkeys(("resident", "resident_move", "resident_issue", *LIFE_PAGES), (town.lin.number,)),
        "double": (double.pk,),
        **dict.fromkeys(("move", "move_correct"), (town.lin.moves.get().pk,)),
        "move_step": (town.lin.moves.get().pk, "annul"),
        **dict.fromkeys(("batch", "batch_progress", "batch_result"), (batch.pk,)),
        **dict.fromkeys(("programme", "programme_edit"), ("education",)),
        **dict.fromkeys(("provider", "provider_edit"), ("school",)),
        "voucher_revoke": (town.voucher.number,),
        "resident_visit_new": (town.lin.number,),
        "resident_visit_end": (town.lin.number, filing.pk),
        "programme_visit_terms": ("education",),
    }
    return Scene(people, arguments)


@pytest.mark.parametrize("page", ACCESS)
def test_each_page_opens_for_whom_it_is_meant_and_for_nobody_else(page: str, scene: Scene) -> None:
    arguments = scene.arguments.get(page, ())

    answers = tuple(get(scene.people[name], page, *arguments).status_code for name in PEOPLE)

    assert answers == ACCESS[page]


@pytest.mark.parametrize("page", ACCESS)
def test_who_is_not_signed_in_is_led_to_the_door(page: str, scene: Scene) -> None:
    address = reverse(page, args=scene.arguments.get(page, ()))

    answer = browser().get(address)

    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("sign_in"))


@pytest.mark.parametrize("page", ["resident", "resident_issue", "resident_move"])
def test_a_resident_who_is_not_yours_looks_like_one_who_is_not_there(page: str, scene: Scene) -> None:
    theirs = get(scene.people["other"], page, *scene.arguments[page])
    nobodys = get(scene.people["other"], page, "R000000000")

    assert theirs.status_code == nobodys.status_code == 404


@pytest.mark.parametrize("page", ["move", "move_correct", "move_step"])
def test_a_case_that_is_not_yours_looks_like_one_that_is_not_there(page: str, scene: Scene) -> None:
    pk, *rest = scene.arguments[page]

    theirs = get(scene.people["other"], page, pk, *rest)
    nobodys = get(scene.people["other"], page, 999_999, *rest)

    assert theirs.status_code == nobodys.status_code == 404


def test_an_auditor_is_shown_no_button(scene: Scene) -> None:
    pages = [name for name, statuses in ACCESS.items() if statuses[PEOPLE.index("auditor")] == 200]
    shown = pages[:]
    shown.remove("batch_progress")
    shown.remove("batch_result")

    html = "".join(
        get(scene.people["auditor"], name, *scene.arguments.get(name, ())).content.decode().split("<main")[1]
        for name in shown
    )

    assert 'class="th-button"' not in html
    assert "th-button--warning" not in html


def test_an_auditor_cannot_confirm_a_batch(town: Town) -> None:
    next_year = Offer.of(town.education, valid_from=date(2027, 1, 1), valid_until=date(2028, 1, 1))
    batch = prepare_for_district(offer=next_year, district=town.jingan, stamp=stamp(TODAY))

    answer = post(town.auditor, "batch", batch.pk)

    batch.refresh_from_db()
    assert answer.status_code == 403
    assert batch.job is None
