"""Banks, and made-up revenue accounts for a demonstration's agencies."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

from motcua.core.organisations.models import Agency, AgencyKind
from motcua.core.payments.models import Bank, RevenueAccount

HERE = Path(__file__).parent
TREASURY_BANK = "970415"


def load(progress: Callable[[str], None] = lambda _: None) -> None:
    """Enter the banks (source: data/bank_bins.csv, from `vietnam-qr-pay` 1.5.1, MIT) and the accounts."""
    if Bank.objects.exists():
        return
    progress("ngân hàng, tài khoản thu")
    with (HERE / "bank_bins.csv").open(encoding="utf-8") as file:
        Bank.objects.bulk_create(
            (
                Bank(
                    bin=row["bin"],
                    short_name=row["short_name"],
                    name=row["name"],
                    receives_vietqr=int(row["vietqr_status"] or 0) >= 1,
                )
                for row in csv.DictReader(file)
                if row["bin"]
            ),
            ignore_conflicts=True,
        )
    committees = Agency.objects.filter(kind__in=[AgencyKind.COMMUNE_COMMITTEE, AgencyKind.PROVINCE_COMMITTEE])
    RevenueAccount.objects.bulk_create(
        RevenueAccount(
            agency=agency,
            bank_id=TREASURY_BANK,
            number=f"3511{agency.pk:08}",
            holder=agency.name,
        )
        for agency in committees.order_by("id")
    )
