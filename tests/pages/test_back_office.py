"""The back office is for superusers, makes sign-ins, and shows the books without touching them."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, Role, User
from tests.factories import UserFactory, VoucherFactory

pytestmark = pytest.mark.django_db


def signed_in(**values: object) -> Client:
    client = Client()
    client.force_login(UserFactory.create(**values))
    return client


def test_a_city_administrator_is_not_let_in() -> None:
    client = signed_in(role=Role.CITY_ADMINISTRATOR, is_staff=True)

    answer = client.get(reverse("admin:index"))

    assert answer.status_code == 302


def test_a_superuser_makes_a_sign_in_and_the_audit_trail_says_so() -> None:
    client = signed_in(is_superuser=True)
    form = {
        "username": "new-auditor",
        "name": "新审计",
        "role": Role.AUDITOR,
        "password1": "a-long-enough-secret",
        "password2": "a-long-enough-secret",
    }

    answer = client.post(reverse("admin:accounts_user_add"), form)

    made = User.objects.get(username="new-auditor")
    assert answer.status_code == 302
    assert made.role == Role.AUDITOR and made.check_password("a-long-enough-secret")
    assert AuditEvent.objects.filter(verb="save_user", subject=f"user:{made.pk}").count() == 1


@pytest.mark.parametrize(
    "name",
    [
        "accounts_user",
        "accounts_resident",
        "accounts_residence",
        "accounts_auditevent",
        "ledger_transfer",
        "ledger_ledgeraccount",
        "ledger_job",
        "vouchers_voucher",
        "vouchers_provider",
        "vouchers_providerclerk",
        "vouchers_move",
    ],
)
def test_every_list_opens(name: str) -> None:
    client = signed_in(is_superuser=True)
    VoucherFactory.create()

    answer = client.get(reverse(f"admin:{name}_changelist"))

    assert answer.status_code == 200


@pytest.mark.parametrize("name", ["ledger_transfer", "vouchers_voucher", "accounts_resident", "ledger_job"])
def test_nobody_adds_what_the_services_make(name: str) -> None:
    client = signed_in(is_superuser=True)

    answer = client.get(reverse(f"admin:{name}_add"))

    assert answer.status_code == 403


def test_no_browser_keeps_a_page_that_somebody_signed_in_for() -> None:
    client = signed_in(role=Role.AUDITOR)

    page, welcome = client.get(reverse("periods")), Client().get(reverse("home"))

    assert "no-store" in page["Cache-Control"]
    assert "no-store" not in welcome.get("Cache-Control", "")
