"""Who may do what, as one table. Whose rows somebody may touch is told by the QuerySets' ``visible_to``."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied

from accounts.models import Role

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from accounts.models import User

View = TypeVar("View", bound="Callable[..., HttpResponseBase]")


class Act(StrEnum):
    SEE_WALLET = "see_wallet"
    SEE_RESIDENTS = "see_residents"
    REGISTER_RESIDENT = "register_resident"
    SEE_MOVES = "see_moves"
    SEE_STORIES = "see_stories"
    RECORD_MOVE = "record_move"
    RECORD_LIFE = "record_life"
    REPORT_OWN_MOVE = "report_own_move"
    ISSUE_VOUCHER = "issue_voucher"
    REVOKE_VOUCHER = "revoke_voucher"
    FILE_VISIT = "file_visit"
    REDEEM = "redeem"
    REVERSE = "reverse"
    SEE_CLAIMS = "see_claims"
    SEND_CLAIMS = "send_claims"
    SEE_PROGRAMMES = "see_programmes"
    MANAGE_PROGRAMMES = "manage_programmes"
    MERGE_DISTRICTS = "merge_districts"
    SEE_BOOKS = "see_books"
    RUN_PERIODS = "run_periods"
    ANSWER_STATEMENTS = "answer_statements"
    DECIDE_DISPUTES = "decide_disputes"
    RUN_PAYMENTS = "run_payments"
    WORK_ON_BREAKS = "work_on_breaks"
    SEE_JOBS = "see_jobs"
    RUN_JOBS = "run_jobs"
    SEE_OPERATIONS = "see_operations"
    SEE_INSURANCE = "see_insurance"
    RUN_INSURANCE = "run_insurance"


CITY, DISTRICT, FINANCE = Role.CITY_ADMINISTRATOR, Role.DISTRICT_ADMINISTRATOR, Role.FINANCE_OFFICER

ROLES: dict[Act, frozenset[Role]] = {
    Act.SEE_WALLET: frozenset({Role.RESIDENT}),
    Act.SEE_RESIDENTS: frozenset({CITY, DISTRICT, Role.AUDITOR}),
    Act.REGISTER_RESIDENT: frozenset({CITY, DISTRICT}),
    Act.SEE_MOVES: frozenset({CITY, DISTRICT, Role.AUDITOR}),
    Act.SEE_STORIES: frozenset({CITY, DISTRICT, FINANCE, Role.AUDITOR}),
    Act.RECORD_MOVE: frozenset({CITY, DISTRICT}),
    Act.RECORD_LIFE: frozenset({CITY, DISTRICT}),
    Act.REPORT_OWN_MOVE: frozenset({Role.RESIDENT}),
    Act.ISSUE_VOUCHER: frozenset({CITY, DISTRICT}),
    Act.REVOKE_VOUCHER: frozenset({CITY, DISTRICT}),
    Act.FILE_VISIT: frozenset({CITY, DISTRICT}),
    Act.REDEEM: frozenset({Role.PROVIDER_CLERK}),
    Act.REVERSE: frozenset({Role.PROVIDER_CLERK}),
    Act.SEE_CLAIMS: frozenset({CITY, DISTRICT, FINANCE, Role.PROVIDER_CLERK, Role.AUDITOR}),
    Act.SEND_CLAIMS: frozenset({Role.PROVIDER_CLERK}),
    Act.SEE_PROGRAMMES: frozenset({CITY, DISTRICT, Role.AUDITOR}),
    Act.MANAGE_PROGRAMMES: frozenset({CITY}),
    Act.MERGE_DISTRICTS: frozenset({CITY}),
    Act.SEE_BOOKS: frozenset({CITY, DISTRICT, FINANCE, Role.AUDITOR}),
    Act.RUN_PERIODS: frozenset({CITY}),
    Act.ANSWER_STATEMENTS: frozenset({FINANCE}),
    Act.DECIDE_DISPUTES: frozenset({CITY}),
    Act.RUN_PAYMENTS: frozenset({CITY}),
    Act.WORK_ON_BREAKS: frozenset({CITY}),
    Act.SEE_JOBS: frozenset({CITY, DISTRICT, FINANCE, Role.AUDITOR}),
    Act.RUN_JOBS: frozenset({CITY, DISTRICT}),
    Act.SEE_OPERATIONS: frozenset({CITY, Role.AUDITOR}),
    Act.SEE_INSURANCE: frozenset({CITY, Role.AUDITOR}),
    Act.RUN_INSURANCE: frozenset({CITY}),
}


def signed_in(request: HttpRequest) -> User:
    """Return who asks, in a view that ``allowed_to`` guards."""
    return cast("User", request.user)


def may(user: User, act: Act) -> bool:
    """Return whether this user's role allows ``act``."""
    return user.role in ROLES[act]


def allowed_to(act: Act) -> Callable[[View], View]:
    """Let a view answer only those whose role allows ``act``; others sign in first, or get a 403."""

    def wrap(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not may(signed_in(request), act):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return cast("View", login_required(guarded))

    return wrap
