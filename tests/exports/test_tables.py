"""The ledger as tables: what each says, that text stays text, and that none is ever whole in memory."""

from __future__ import annotations

import csv
import io
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from functools import partial

import pytest
from django.utils.translation import override
from openpyxl import load_workbook
from pyarrow import BufferReader
from pyarrow.parquet import ParquetFile

from ledger.exports import FORMATS, Row, extract
from ledger.exports.extract import legs_of
from ledger.exports.parquet import blocks as parquet_blocks
from ledger.exports.sheets import xlsx_blocks
from ledger.models import Transfer
from tests.support.visits import City, month_of_visits

Blocks = Callable[[Iterable[Row]], Iterator[bytes]]

DAY = date(2026, 1, 5)
AMOUNT_IN_FEN, AMOUNT_IN_YUAN, KEY = 7, 8, 14
WRITERS: dict[str, Blocks] = {
    "hledger": FORMATS["hledger"].blocks,
    "csv": FORMATS["csv"].blocks,
    "xlsx": FORMATS["xlsx"].blocks,
    "parquet": partial(parquet_blocks, rows_a_group=100),
}


def row(number: int = 1, *, key: str = "", fen: int = 12_345) -> Row:
    debit, credit = "310101/health/entitlement", "310112/health/payable/clinic"
    return Row(
        number=number,
        event="redeem",
        occurred_on=DAY,
        booked_on=DAY,
        period=date(2026, 1, 1),
        debit=debit,
        credit=credit,
        fen=fen,
        settles=None,
        voucher="TH123",
        subject=number,
        reverses=None,
        act=f"act-{number}",
        key=key or f"key-{number}",
        recorded_at=datetime(2026, 1, 5, 4, tzinfo=UTC),
        legs=tuple(legs_of(debit, credit, fen)),
    )


def rows(number: int) -> Iterator[Row]:
    return (row(place, fen=place) for place in range(1, number + 1))


def csv_of(found: Iterable[Row]) -> list[list[str]]:
    return list(csv.reader(b"".join(FORMATS["csv"].blocks(found)).decode("utf-8-sig").splitlines()))


def sheets_of(file: bytes) -> list[list[tuple[object, ...]]]:
    return [list(sheet.iter_rows(values_only=True)) for sheet in load_workbook(io.BytesIO(file)).worksheets]


# What each says


@pytest.fixture
def city() -> City:
    city = month_of_visits()
    city.settle()
    return city


@pytest.mark.django_db
def test_every_format_holds_every_transfer_once_in_the_order_booked(city: City) -> None:
    found = extract(period=None, today=date(2026, 2, 10))
    booked = list(Transfer.objects.order_by("booked_on", "pk").values_list("pk", "fen", "key"))

    table = csv_of(found.rows())[1:]
    (sheet,) = sheets_of(b"".join(FORMATS["xlsx"].blocks(found.rows())))
    columns = ParquetFile(BufferReader(b"".join(FORMATS["parquet"].blocks(found.rows())))).read().to_pylist()

    assert [(int(line[0]), int(line[AMOUNT_IN_FEN]), line[KEY]) for line in table] == booked
    assert [(line[0], line[AMOUNT_IN_FEN], line[KEY]) for line in sheet[1:]] == booked
    assert [(line["number"], line["fen"], line["key"]) for line in columns] == booked


@pytest.mark.django_db
def test_a_row_names_its_voucher_and_both_accounts(city: City) -> None:
    january = extract(period=date(2026, 1, 1), today=date(2026, 2, 10))

    visit = next(found for found in january.rows() if found.key.endswith("visit-0"))

    assert (visit.event, visit.voucher) == ("redeem", city.vouchers["310101"].number)
    assert (visit.debit, visit.credit) == ("310101/health/entitlement", "310112/health/payable/clinic-310112")


@pytest.mark.django_db
def test_a_month_without_transfers_is_a_table_without_rows(city: City) -> None:
    march = extract(period=date(2026, 3, 1), today=date(2026, 3, 1))

    (sheet,) = sheets_of(b"".join(FORMATS["xlsx"].blocks(march.rows())))
    columns = ParquetFile(BufferReader(b"".join(FORMATS["parquet"].blocks(march.rows()))))

    assert (len(csv_of(march.rows())), len(sheet), columns.metadata.num_rows) == (1, 1, 0)


@pytest.mark.parametrize(("language", "heading"), [("zh-hans", "金额（分）"), ("en", "Amount in fen")])
def test_tables_are_headed_in_the_language_of_their_reader(language: str, heading: str) -> None:
    with override(language):
        ((sheet,),) = sheets_of(b"".join(FORMATS["xlsx"].blocks([])))
        (table,) = csv_of([])

    assert (sheet[AMOUNT_IN_FEN], table[AMOUNT_IN_FEN]) == (heading, heading)


def test_amounts_are_whole_fen_and_yuan_with_two_decimals() -> None:
    written = [row(fen=10), row(fen=123_400)]

    table = csv_of(written)[1:]
    (sheet,) = load_workbook(io.BytesIO(b"".join(FORMATS["xlsx"].blocks(written)))).worksheets

    assert [(line[AMOUNT_IN_FEN], line[AMOUNT_IN_YUAN]) for line in table] == [("10", "0.10"), ("123400", "1234.00")]
    assert [sheet.cell(3, AMOUNT_IN_FEN + 1).value, sheet.cell(3, AMOUNT_IN_YUAN + 1).value] == [123_400, 1234]
    assert sheet.cell(3, AMOUNT_IN_YUAN + 1).number_format == "#,##0.00"


def test_parquet_keeps_types_that_other_programs_can_add_up() -> None:
    file = ParquetFile(BufferReader(b"".join(parquet_blocks(rows(7), rows_a_group=3))))

    assert str(file.schema_arrow.field("fen").type) == "int64"
    assert str(file.schema_arrow.field("booked_on").type) == "date32[day]"
    assert file.metadata.num_row_groups == 3
    assert sum(file.read(["fen"])["fen"].to_pylist()) == 28


# Text stays text


@pytest.mark.parametrize("key", ["=1+1", "=HYPERLINK(1)", "+1", "-1", "@SUM(A1)"])
def test_no_cell_is_a_formula(key: str) -> None:
    (sheet,) = load_workbook(io.BytesIO(b"".join(FORMATS["xlsx"].blocks([row(key=key)])))).worksheets
    cell = sheet.cell(2, KEY + 1)

    assert csv_of([row(key=key)])[1][KEY] == f"'{key}"
    assert (cell.value, cell.data_type) == (key, "s")


def test_csv_begins_with_a_byte_order_mark_for_excel() -> None:
    assert next(FORMATS["csv"].blocks([])).startswith(b"\xef\xbb\xbf")


# Never whole in memory


def test_a_new_sheet_begins_with_the_headings_before_one_is_full() -> None:
    found = sheets_of(b"".join(xlsx_blocks(rows(7), rows_a_sheet=3)))

    assert [[line[0] for line in sheet[1:]] for sheet in found] == [[1, 2, 3], [4, 5, 6], [7]]
    assert len({sheet[0] for sheet in found}) == 1


def test_sheets_that_are_just_full_are_followed_by_no_empty_one() -> None:
    assert len(sheets_of(b"".join(xlsx_blocks(rows(6), rows_a_sheet=3)))) == 2


@pytest.mark.parametrize("code", FORMATS)
def test_six_times_the_rows_take_no_more_memory(code: str) -> None:
    few, many = (peak_of(WRITERS[code], number) for number in (500, 3_000))

    assert many < 1.3 * few


def peak_of(blocks: Blocks, number: int) -> int:
    """Return the most bytes of Python's memory that were in use at once while an export was thrown away."""
    tracemalloc.start()
    try:
        assert sum(map(len, blocks(rows(number)))) > number
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
