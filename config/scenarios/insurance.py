"""Social insurance in a story: insured, contributed, transferred, corrected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from accounts.models import Authority, District
from accounts.stamps import Stamp
from config.scenarios.arguments import (
    Arguments,
    EventLine,
    Names,
    a_district,
    a_key,
    a_month,
    a_resident,
    a_text,
    an_amount,
)
from config.scenarios.document import Place
from config.scenarios.stage import Act, Stage
from ledger.months import month_text, next_month
from vouchers.insurance.places import benefit_place
from vouchers.models import ContributionAccount, InsuranceCase, Scheme
from vouchers.models.insurance import Sex, Share
from vouchers.services.insurance import transferring
from vouchers.services.insurance.contributing import ContributionOrder, contribute_many
from vouchers.services.insurance.crediting import accounts_earning, credit_interest
from vouchers.services.insurance.deciding import decide_share
from vouchers.services.insurance.facts import Facts, account_of, facts_of, relationship_of, running_case
from vouchers.services.insurance.joining import open_account


def a_sex(place: Place, names: Names) -> str:
    return place.one_of(Sex.values, kind="sex")


def a_scheme(place: Place, names: Names) -> str:
    return place.one_of(Scheme.values, kind="scheme")


def a_share(place: Place, names: Names) -> str:
    return place.one_of(Share.values, kind="share")


def a_year(place: Place, names: Names) -> int:
    return place.whole(least=1998, most=2199)


def a_wage(place: Place, names: Names) -> int:
    return place.whole(least=0)


VERBS: dict[str, Arguments] = {
    "insure": ({"insure": a_resident, "in": a_district}, {"registered": a_text, "sex": a_sex, "scheme": a_scheme}),
    "contribute": (
        {"contribute": a_resident, "month": a_month, "wage_fen": a_wage},
        {"until": a_month, "at": a_district, "key": a_key, "scheme": a_scheme},
    ),
    "correct_contribution": (
        {"correct_contribution": a_resident, "month": a_month, "wage_fen": a_wage},
        {"at": a_district, "key": a_key, "scheme": a_scheme},
    ),
    "credit_interest": ({"credit_interest": a_year}, {"of": a_resident, "fen": an_amount, "scheme": a_scheme}),
    "transfer_insurance": (
        {"transfer_insurance": a_resident, "to": a_district},
        {"at": a_district, "scheme": a_scheme, "into": a_scheme},
    ),
    "agree_transfer": ({"agree_transfer": a_resident}, {}),
    "send_transfer": ({"send_transfer": a_resident}, {}),
    "receive_transfer": ({"receive_transfer": a_resident}, {}),
    "reject_transfer": ({"reject_transfer": a_resident}, {}),
    "surrender": ({"surrender": a_resident}, {}),
    "decide_share": ({"decide_share": a_share}, {}),
}


def _insure(stage: Stage, event: EventLine, stamp: Stamp) -> None:
    registered = event.values.get("registered", "")
    if registered:
        Authority.objects.get_or_create(pk=registered, defaults={"name_zh": registered, "name_en": registered})
    open_account(
        resident=stage.residents[event.values["insure"]],
        district=District.objects.get(pk=event.values["in"]),
        scheme=_scheme(event),
        registered_pool=registered,
        sex=event.values.get("sex", ""),
        day=event.day,
        stamp=stamp,
    )


@transaction.atomic
def _contribute(stage: Stage, event: EventLine, stamp: Stamp) -> None:
    """Record the same wage base for a month, or for each month up to ``until``: all of them, or none."""
    account, month = _account(stage, event), event.values["month"]
    key = event.values.get("key", f"{event.verb}/{event.values[event.verb]}/{event.posted}")
    orders: list[ContributionOrder] = []
    while month <= event.values.get("until", event.values["month"]):
        orders.append(
            ContributionOrder(
                account=account,
                month=month,
                wage_fen=event.values["wage_fen"],
                key=f"{key}/{month_text(month)}",
                correction=event.verb == "correct_contribution",
            )
        )
        month = next_month(month)
    for refusal in contribute_many(orders=orders, stamp=stamp).refused.values():
        raise refusal


def _credit_interest(stage: Stage, event: EventLine, stamp: Stamp) -> None:
    """Credit a year's interest to one person's account, or to every account that earned some."""
    year = event.values["credit_interest"]
    accounts = list(accounts_earning(scheme=_scheme(event), year=year))
    if "of" in event.values:
        accounts = [account_of(stage.residents[event.values["of"]], scheme=_scheme(event))]
    credit_interest(accounts=accounts, year=year, fen=event.values.get("fen"), stamp=stamp)


def _transfer(stage: Stage, event: EventLine, stamp: Stamp) -> None:
    transferring.apply_for_transfer(
        account=_account(stage, event),
        to=District.objects.get(pk=event.values["to"]),
        scheme=event.values.get("into", ""),
        day=event.day,
        stamp=stamp,
    )


def _agree(stage: Stage, event: EventLine, stamp: Stamp) -> None:
    transferring.agree(case=_case(stage, event), day=event.day, stamp=stamp)


def _send(stage: Stage, event: EventLine, stamp: Stamp) -> None:
    transferring.send(case=_case(stage, event), day=event.day, stamp=stamp)


def _receive(stage: Stage, event: EventLine, stamp: Stamp) -> None:
    transferring.receive(case=_case(stage, event), day=event.day, stamp=stamp)


def _reject(stage: Stage, event: EventLine, stamp: Stamp) -> None:
    transferring.reject(case=_case(stage, event), day=event.day, reason="", stamp=stamp)


def _surrender(stage: Stage, event: EventLine, stamp: Stamp) -> None:
    transferring.surrender(account=_account(stage, event))


def _decide_share(stage: Stage, event: EventLine, stamp: Stamp) -> None:
    decide_share(share=event.values["decide_share"], valid_from=event.day, source="scenario", stamp=stamp)


def _scheme(event: EventLine) -> str:
    return str(event.values.get("scheme", Scheme.PENSION.value))


def _account(stage: Stage, event: EventLine) -> ContributionAccount:
    """Return the account that an event is about: that ``at`` a district, or the last one."""
    person = stage.residents[event.values[event.verb]]
    return account_of(person, scheme=_scheme(event), district=event.values.get("at", ""))


def _case(stage: Stage, event: EventLine) -> InsuranceCase:
    return running_case(stage.residents[event.values[event.verb]])


ACTS: Mapping[str, Act] = {
    "insure": _insure,
    "contribute": _contribute,
    "correct_contribution": _contribute,
    "credit_interest": _credit_interest,
    "transfer_insurance": _transfer,
    "agree_transfer": _agree,
    "send_transfer": _send,
    "receive_transfer": _receive,
    "reject_transfer": _reject,
    "surrender": _surrender,
    "decide_share": _decide_share,
}


def _insurance(stage: Stage) -> dict[str, dict[str, Any]]:
    """Return each insured person's accounts, contribution months by pool and place of the pension, by scheme."""
    found: dict[str, dict[str, Any]] = {}
    for name, resident in sorted(stage.residents.items()):
        for scheme in Scheme.values:
            facts = facts_of([resident.pk], scheme=scheme)
            if facts.rows:
                found[f"{name}/{scheme}"] = _insured(facts)
    return found


def _insured(facts: Facts) -> dict[str, Any]:
    there, months = relationship_of(facts.rows), facts.months_by_pool()
    registered = facts.rows[-1].registered_pool_id
    return {
        "relationship": there.pool_id if there else None,
        "pension_from": benefit_place(
            registered=registered, current=there.pool_id if there else "", months_by_pool=months
        ),
        "months": months,
        "accounts": {f"{row.district_id}/{row.opened_on}": _held(row, facts) for row in facts.rows},
    }


def _held(row: ContributionAccount, facts: Facts) -> dict[str, Any]:
    holding = facts.holdings()[row.pk]
    status = "passed_on" if row.passed_on else "open" if row.kind == "relationship" else row.kind
    return {"status": status, "individual_fen": holding.individual_fen, "pooled_fen": holding.in_pool_fen}


def _transfers(stage: Stage) -> dict[str, list[dict[str, Any]]]:
    """Return each person's cases: where to, under which rule, and each step with the day the next one is due."""
    found: dict[str, list[dict[str, Any]]] = {}
    for name, resident in sorted(stage.residents.items()):
        cases = InsuranceCase.objects.filter(origin__resident=resident).order_by("pk").prefetch_related("steps")
        for case in cases:
            steps = [
                {step.step: f"{step.day}", **({"due": f"{step.due_on}"} if step.due_on else {})}
                for step in case.steps.all()
            ]
            found.setdefault(name, []).append({"to": case.to_id, "share": case.share, "steps": steps})
    return found


PARTS = {"insurance": _insurance, "insurance_transfers": _transfers}
