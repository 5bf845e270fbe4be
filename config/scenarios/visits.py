"""Use elsewhere in stories: filings, what a programme says of visits, and the bills of visitors."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from accounts.stamps import Stamp
from config.scenarios.arguments import Arguments, EventLine, Names, a_day, a_resident, a_text
from config.scenarios.document import Place
from config.scenarios.stage import Act, Stage
from vouchers.models import Visitor, VisitorFiling
from vouchers.services.filing import end_filing, file_visit
from vouchers.visits import Bill, Terms, earliest_end

LONG_TERM, TEMPORARY = "long_term", "temporary"

DatedTerms = tuple[date, Terms]


def a_kind(place: Place, names: Names) -> str:
    return place.one_of((LONG_TERM, TEMPORARY), kind="kind of filing")


def a_visitor(place: Place, names: Names) -> str:
    return place.one_of([visitor for visitor in Visitor.values if visitor != Visitor.LONG_TERM], kind="visitor")


VERBS: dict[str, Arguments] = {
    "file_visit": ({"file_visit": a_resident, "in": a_text, "kind": a_kind}, {"until": a_day, "as": a_visitor}),
    "end_visit": ({"end_visit": a_resident, "in": a_text}, {}),
}


def check_filing(fields: Mapping[str, Place]) -> None:
    """A long-term filing has no end and no class. Raises Unreadable."""
    for name in ("until", "as"):
        if name in fields and fields["kind"].text() != TEMPORARY:
            raise fields[name].wrong(f"{name} goes with kind: temporary")


def check_bill(fields: Mapping[str, Place]) -> None:
    """A bill is given whole. Raises Unreadable."""
    given = [name for name in ("bill_fen", "in_scope_fen") if name in fields]
    if len(given) == 1:
        raise fields[given[0]].wrong("bill_fen and in_scope_fen go together")
    if given and fields["in_scope_fen"].plain() > fields["bill_fen"].plain():
        raise fields["in_scope_fen"].wrong("no more is in scope than is on the bill")


def dated_terms(place: Place) -> tuple[DatedTerms, ...]:
    """Return what a programme's line says of visits."""
    return tuple(_terms(line) for line in place.items())


def _terms(line: Place) -> DatedTerms:
    fields = line.fields(required=("since", "percent"), optional=Terms._fields[1:])
    most = {"deductible_fen": 10**15}
    given = {name: fields[name].whole(least=0, most=most.get(name, 100)) for name in Terms._fields if name in fields}
    return fields["since"].day(), Terms(**{**dict.fromkeys(Terms._fields, 0), **given})


def bill_of(event: EventLine) -> Bill | None:
    """Return the bill that a redemption names, if it does."""
    given = event.values
    return Bill(given["bill_fen"], given["in_scope_fen"]) if "bill_fen" in given else None


def file(stage: Stage, event: EventLine, stamp: Stamp) -> None:
    temporary = event.values["kind"] == TEMPORARY
    file_visit(
        resident=stage.residents[event.values["file_visit"]],
        district=event.values["in"],
        visitor=event.values.get("as", Visitor.UNREFERRED) if temporary else Visitor.LONG_TERM,
        start=event.day,
        until=event.values.get("until", earliest_end(event.day)) if temporary else None,
        stamp=stamp,
    )


def end(stage: Stage, event: EventLine, stamp: Stamp) -> None:
    resident = stage.residents[event.values["end_visit"]]
    end_filing(resident=resident, district=event.values["in"], day=event.day, stamp=stamp)


ACTS: Mapping[str, Act] = {"file_visit": file, "end_visit": end}


def _filings(stage: Stage) -> dict[str, list[dict[str, str]]]:
    """Return what everybody filed, the earliest first; ``until`` is the day from which it no longer holds."""
    rows = VisitorFiling.objects.select_related("ending").order_by("start", "pk")
    found: dict[str, list[dict[str, str]]] = {name: [] for name in sorted(stage.residents)}
    names = {resident.pk: name for name, resident in stage.residents.items()}
    for row in rows:
        until = {"until": f"{row.end}"} if row.end else {}
        filing = {"district": row.district_id, "as": row.visitor, "since": f"{row.start}", **until}
        found[names[row.resident_id]].append(filing)
    return found


PARTS = {"filings": _filings}
