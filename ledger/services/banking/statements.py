"""Loading what a bank sends: the file is checked whole, kept, and matched by a job."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.bulk import insert_many
from accounts.locks import Lock, take
from accounts.refusals import Refused
from accounts.stamps import Stamp
from ledger.banking import camt053, elements
from ledger.models import BankAccount, BankEntry, BankStatement
from ledger.services.banking import matching


class NotXml(Refused):
    code = elements.NOT_XML
    sentence = _("This is no file that a bank sends: line %(line)s cannot be read. Ask for the statement as camt.053.")


class WrongMessage(Refused):
    code = camt053.WRONG_MESSAGE
    sentence = _("This file is no bank statement but %(detail)s. Ask for the statement as camt.053, version 02 to 14.")


class MissingElement(Refused):
    code = elements.MISSING_ELEMENT
    sentence = _("In line %(line)s the element %(detail)s is missing. Ask the bank for a complete statement.")


class BadValue(Refused):
    code = elements.BAD_VALUE
    sentence = _("In line %(line)s “%(detail)s” means nothing there. Ask the bank for a correct statement.")


class OtherCurrency(Refused):
    code = elements.OTHER_CURRENCY
    sentence = _("The statement is in %(detail)s (line %(line)s). Only accounts in yuan can be read.")


class SumsDiffer(Refused):
    code = camt053.SUMS_DIFFER
    sentence = _(
        "The opening balance with all receipts and payments does not make the closing balance in line %(line)s: "
        "%(detail)s yuan are left over. Ask the bank for a correct statement."
    )


class DuplicateEntry(Refused):
    code = camt053.DUPLICATE_ENTRY
    sentence = _("Line %(line)s repeats the entry %(detail)s of this statement. Ask the bank for a correct statement.")


class SeveralStatements(Refused):
    code = "several_statements"
    sentence = _("The file has %(number)s statements. Load one statement at a time.")


class UnknownBankAccount(Refused):
    code = "unknown_bank_account"
    sentence = _("%(number)s is no recorded account of the settlement hub or of an authority. Record it first.")


class StatementLoadedBefore(Refused):
    code = "statement_loaded_before"
    sentence = _("This statement was loaded already, on %(day)s. Nothing was changed.")


UNREADABLE: dict[str, type[Refused]] = {
    refusal.code: refusal
    for refusal in (NotXml, WrongMessage, MissingElement, BadValue, OtherCurrency, SumsDiffer, DuplicateEntry)
}


@transaction.atomic
def load_statement(*, content: bytes, file_name: str, stamp: Stamp) -> BankStatement:
    """Keep a bank's statement with all its lines and ask for it to be matched.

    Raises StatementLoadedBefore with the first one, one of UNREADABLE, SeveralStatements or UnknownBankAccount.
    """
    assert stamp.by is not None
    read, digest = _read(content), sha256(content).hexdigest()
    if not BankAccount.objects.filter(number=read.account, party="").exists():
        raise UnknownBankAccount(number=read.account)
    take(Lock.BANK_STATEMENTS)
    _refuse_again(Q(sha256=digest) | Q(account_number=read.account, statement_id=read.identification))
    statement = BankStatement.objects.create(
        sha256=digest,
        file_name=file_name[-120:],
        content=elements.source_of(content),
        account_number=read.account,
        statement_id=read.identification,
        from_day=read.opened_on,
        to_day=read.closed_on,
        opening_fen=read.opening_fen,
        closing_fen=read.closing_fen,
        loaded_by=stamp.by,
    )
    rows = [row for entry in read.entries for row in _rows(entry)]
    insert_many([_placed(row, statement=statement, line=line) for line, row in enumerate(rows, start=1)])
    audit.record(stamp=stamp, verb="load_statement", subject=f"bank_statement:{statement.pk}", sha256=digest)
    matching.ask(statement=statement, stamp=stamp)
    return statement


def _refuse_again(same: Q) -> None:
    if first := BankStatement.objects.filter(same).defer("content").first():
        raise StatementLoadedBefore(first=first.pk, day=first.loaded_at)


def _read(content: bytes) -> camt053.Statement:
    try:
        statements = camt053.read(content)
    except elements.Unreadable as error:
        raise UNREADABLE[error.code](line=error.line, detail=error.detail) from error
    if len(statements) > 1:
        raise SeveralStatements(number=len(statements))
    return statements[0]


def _rows(entry: camt053.Entry) -> Iterator[BankEntry]:
    """Yield a row for each payment of a line; one alone, with the reason, for a line whose payments cannot be used."""
    sign = 1 if entry.credit else -1
    if not entry.details:
        yield _row(entry, fen=sign * entry.fen)
    for detail in entry.details:
        yield _row(
            entry,
            fen=sign * detail.fen,
            end_to_end_id=detail.end_to_end_id,
            text=detail.remittance[:400],
            counterparty=detail.counterparty[:70],
            counterparty_number=detail.counterparty_account[:34],
        )


def _row(entry: camt053.Entry, *, fen: int, **about: str) -> BankEntry:
    return BankEntry(
        fen=fen,
        booked_on=entry.booked_on,
        value_on=entry.valued_on,
        is_reversal=entry.reversal,
        reference=entry.reference[:35],
        defect=entry.problem,
        **about,
    )


def _placed(row: BankEntry, *, statement: BankStatement, line: int) -> BankEntry:
    row.statement, row.line = statement, line
    return row
