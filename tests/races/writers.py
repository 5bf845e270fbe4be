"""Writers as processes of their own: ``python -m tests.races.writers WRITERS EACH`` on the database of DATABASE_URL.

Each takes one fen again and again from the city's vouchers in turn, until EACH of its redemptions are accepted, and
prints the key of each one as soon as it was told so.
"""

from __future__ import annotations

import os
import sys
from datetime import date
from itertools import cycle, islice

DAY = date(2026, 2, 10)


def main(writers: int, each: int) -> int:
    """Fork the writers before anything is connected, and return the sum of their exit codes."""
    import django

    django.setup()
    children = []
    for writer in range(writers):
        child = os.fork()
        if not child:
            write(writer, each)
            os._exit(0)
        children.append(child)
    return sum(os.waitpid(child, 0)[1] for child in children)


def write(writer: int, each: int) -> None:
    from accounts.stamps import Stamp
    from vouchers.models import Provider, Voucher
    from vouchers.services.redeeming import redeem

    stamp = Stamp(by=None, booked_on=DAY, as_of=DAY)
    provider = Provider.objects.get()
    vouchers = cycle(Voucher.objects.select_related("resident", "programme"))
    for number, voucher in enumerate(islice(vouchers, each)):
        row = redeem(
            resident=voucher.resident,
            programme=voucher.programme,
            provider=provider,
            fen=1,
            day=DAY,
            key=f"writer-{writer}-{number}",
            stamp=stamp,
        )
        os.write(sys.stdout.fileno(), f"{row.key}\n".encode())


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
