"""The receipt as a paper: set, sealed for the agency, handed to who paid."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from motcua.core import clock
from motcua.core.documents import actions as documents
from motcua.core.documents.models import Document
from motcua.core.identity.models import Party
from motcua.core.ledger.actor import SYSTEM
from motcua.core.payments.models import Receipt
from motcua.engines.text import money, money_in_words

METHODS = {"counter": "Thu tại quầy", "sandbox_bank": "Chuyển khoản qua ngân hàng (bản thử)"}


def write(receipt: Receipt) -> Document:
    """The receipt's document, made once."""
    if receipt.document_id is not None:
        return Document.objects.get(pk=receipt.document_id)
    obligation = receipt.obligation
    payer = Party.objects.filter(pk=obligation.payer_party_id or 0).first()
    paid_at = receipt.at.astimezone(clock.now().tzinfo)
    draft = documents.draft(
        SYSTEM,
        kind="receipt",
        title="Biên lai điện tử",
        title_en="Electronic receipt",
        template=_template(),
        data={
            "payer": payer.name if payer else "",
            "line": obligation.title,
            "amount": money(receipt.amount),
            "amount_in_words": money_in_words(receipt.amount),
            "method": METHODS.get(receipt.method, receipt.method),
            "paid_at": f"{paid_at:%H:%M %d/%m/%Y}",
            "source": obligation.source,
            "account": f"{obligation.account.number}, {obligation.account.bank.short_name}",
        },
        agency_id=obligation.agency_id,
        case_id=obligation.case_id,
        owner_party_id=obligation.payer_party_id,
        number=receipt.number,
    )
    document = documents.seal_slip(SYSTEM, draft)
    receipt.document_id = document.pk
    receipt.save(update_fields=["document_id"])
    return document


@lru_cache(maxsize=1)
def _template() -> str:
    return (Path(__file__).parent / "receipt.typ").read_text(encoding="utf-8")
