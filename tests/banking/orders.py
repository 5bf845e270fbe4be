"""A settlement of three accounts, as an order to the bank."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from ledger.banking.pain001 import BankAccount, Line, Order

DAY = date(2026, 4, 2)
MOMENT = datetime(2026, 4, 1, 9, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
HUB = BankAccount("上海市财政局（通惠结算中心）", "31050110001", "中国工商银行上海市分行", "102290000001")
MINHANG = BankAccount("闵行区财政局", "31050112001", "中国建设银行上海市分行", "105290000002")
JINGAN = BankAccount("静安区财政局", "31050106001", "中国农业银行上海市分行")

IN_FROM_MINHANG = Line("TH-2026-03-310112", 5000, MINHANG, HUB, DAY, "2026年3月净额结算")
OUT_TO_JINGAN = Line("TH-2026-03-310106", 5000, HUB, JINGAN, DAY, "2026年3月净额结算")


def order(*lines: Line) -> Order:
    return Order("TH-2026-03", MOMENT, HUB.holder, lines or (IN_FROM_MINHANG, OUT_TO_JINGAN))
