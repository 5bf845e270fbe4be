"""Social insurance as facts that only grow: accounts, contributions, interest, and how accounts are passed on.

What an account holds is reckoned from these facts (vouchers/insurance) and booked in the ledger.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.identity import public_number
from accounts.models import Authority, District, Resident, Role
from vouchers.insurance import parameters

if TYPE_CHECKING:
    from accounts.models import User

#: The ledger knows an account by this number and its key. Vouchers, the other subjects, are numbered from 1 on and do
#: not come so far, so no subject ever means two things.
FIRST_SUBJECT = 1_000_000_000_000_000


class Scheme(models.TextChoices):
    PENSION = "pension", _("Pension insurance")
    COMPREHENSIVE = "comprehensive", _("Comprehensive insurance of people from elsewhere")


class AccountKind(models.TextChoices):
    RELATIONSHIP = "relationship", _("Relationship")
    TEMPORARY = "temporary", _("Temporary account")


class Sex(models.TextChoices):
    FEMALE = parameters.Sex.FEMALE.value, _("Female")
    MALE = parameters.Sex.MALE.value, _("Male")


class Share(models.TextChoices):
    NONE = parameters.Share.NONE.value, _("0 %: nothing of the pool")
    TWELVE = parameters.Share.TWELVE.value, _("12 %: of the wages")
    WHOLE = parameters.Share.WHOLE.value, _("100 %: all that was pooled")
    POOL = parameters.Share.POOL.value, _("Shared benefit: no money moves")


class Step(models.TextChoices):
    APPLIED = parameters.Step.APPLIED.value, _("Applied for")
    AGREED = parameters.Step.AGREED.value, _("Agreed by the new place")
    SENT = parameters.Step.SENT.value, _("Sent by the old place")
    RECEIVED = parameters.Step.RECEIVED.value, _("Received by the new place")
    REJECTED = parameters.Step.REJECTED.value, _("Rejected")


def new_account_number() -> str:
    """Return 12 characters: "SI", 45 random bits, a check character."""
    return public_number(prefix="SI", length=9)


class ContributionAccountQuerySet(models.QuerySet["ContributionAccount"]):
    def visible_to(self, user: User) -> ContributionAccountQuerySet:
        """Everything for the city and its auditors; a resident sees what is the resident's own."""
        if user.sees_everything:
            return self
        if user.role == Role.RESIDENT and user.resident_id:
            return self.filter(resident=user.resident_id)
        return self.none()

    def open(self) -> ContributionAccountQuerySet:
        """The accounts that were not passed on."""
        return self.filter(passage__isnull=True)


class ContributionAccount(models.Model):
    """One person's insurance with one place. Inside its pool and outside, it is passed on whole.

    ``sex`` and the pool of the household register stand here because the rule of 2009 asks for them, and nothing
    else does.
    """

    number = models.CharField(max_length=20, default=new_account_number, editable=False)
    resident = models.ForeignKey(Resident, on_delete=models.PROTECT, related_name="contribution_accounts")
    scheme = models.CharField(max_length=20, choices=Scheme.choices)
    kind = models.CharField(max_length=20, choices=AccountKind.choices)
    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+")
    pool = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="+")
    registered_pool = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="+")
    sex = models.CharField(max_length=6, choices=Sex.choices)
    opened_on = models.DateField()
    booked_on = models.DateField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)

    objects = ContributionAccountQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["number"], name="contribution_account_number_is_used_once"),
            models.UniqueConstraint(
                fields=["resident", "scheme", "district", "opened_on"], name="contribution_account_opens_once_on_a_day"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def subject(self) -> int:
        """How the ledger's rows name this account."""
        return FIRST_SUBJECT + self.pk

    @property
    def passed_on(self) -> date | None:
        """The day on which it was passed on; None while it is open."""
        passage = getattr(self, "passage", None)
        return passage.day if passage is not None else None


class Contribution(models.Model):
    """The wage base of one month, in fen. A correction is a further revision; the last one counts."""

    account = models.ForeignKey(ContributionAccount, on_delete=models.PROTECT, related_name="contributions")
    month = models.DateField()
    revision = models.PositiveIntegerField(default=0)
    wage_fen = models.BigIntegerField()
    key = models.CharField(max_length=100)
    booked_on = models.DateField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["account_id", "month", "revision"]
        constraints = [
            models.UniqueConstraint(fields=["key"], name="contribution_key_is_used_once"),
            models.UniqueConstraint(fields=["account", "month", "revision"], name="contribution_is_revised_in_order"),
            models.CheckConstraint(condition=Q(wage_fen__gte=0), name="wage_base_is_not_negative"),
            models.CheckConstraint(condition=Q(month__day=1), name="contribution_is_for_a_month"),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.wage_fen}"


class InterestCredit(models.Model):
    """A year's interest was credited: ``fen`` when the amount was decided, empty for the year's own rate."""

    account = models.ForeignKey(ContributionAccount, on_delete=models.PROTECT, related_name="interest_credits")
    year = models.PositiveSmallIntegerField()
    fen = models.BigIntegerField(null=True)
    booked_on = models.DateField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["account_id", "year"]
        constraints = [
            models.UniqueConstraint(fields=["account", "year"], name="interest_is_credited_once_for_a_year"),
            models.CheckConstraint(condition=Q(fen=None) | Q(fen__gte=0), name="interest_is_not_negative"),
        ]


class InsuranceCaseQuerySet(models.QuerySet["InsuranceCase"]):
    def visible_to(self, user: User) -> InsuranceCaseQuerySet:
        return self.filter(origin__in=ContributionAccount.objects.visible_to(user))

    def running(self) -> InsuranceCaseQuerySet:
        """The cases that wait for a step."""
        return self.exclude(steps__step__in=[step for step, after in parameters.NEXT_STEPS.items() if not after])


class InsuranceCase(models.Model):
    """An account is to be passed on to ``to``, under the rule for the pooled part that held on the day of applying."""

    origin = models.ForeignKey(ContributionAccount, on_delete=models.PROTECT, related_name="cases")
    to = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+")
    scheme = models.CharField(max_length=20, choices=Scheme.choices)
    share = models.CharField(max_length=10, choices=Share.choices)

    objects = InsuranceCaseQuerySet.as_manager()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"insurance:{self.pk}"


class InsuranceCaseStep(models.Model):
    """One step of a case, with the day until which the next has to follow: reckoned when it was taken, then kept."""

    case = models.ForeignKey(InsuranceCase, on_delete=models.PROTECT, related_name="steps")
    step = models.CharField(max_length=10, choices=Step.choices)
    day = models.DateField()
    due_on = models.DateField(null=True)
    reason = models.CharField(max_length=200, blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["case_id", "id"]
        constraints = [
            models.UniqueConstraint(fields=["case", "step"], name="insurance_case_takes_each_step_once"),
            models.CheckConstraint(condition=Q(due_on=None) | Q(due_on__gt=F("day")), name="due_day_lies_ahead"),
        ]

    def __str__(self) -> str:
        return f"{self.step} {self.day}"


class InsurancePassage(models.Model):
    """An account was passed on, once and for ever; what it held, and what comes late, follows to ``destination``."""

    origin = models.OneToOneField(ContributionAccount, on_delete=models.PROTECT, related_name="passage")
    destination = models.ForeignKey(ContributionAccount, on_delete=models.PROTECT, related_name="arrivals")
    case = models.OneToOneField(InsuranceCase, on_delete=models.PROTECT, related_name="passage")
    day = models.DateField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(origin=F("destination")), name="account_is_passed_on_to_another_account"
            )
        ]


class PooledShareDecision(models.Model):
    """From ``valid_from`` on, this share of the pooled part goes along. The last decision for a day counts."""

    valid_from = models.DateField()
    share = models.CharField(max_length=10, choices=Share.choices)
    source = models.CharField(max_length=200)
    booked_on = models.DateField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["valid_from", "id"]

    def __str__(self) -> str:
        return f"{self.share} {self.valid_from}"
