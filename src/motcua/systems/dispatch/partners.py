"""What is known of those we write to: how each is asked for a document back."""

from __future__ import annotations

from motcua.core.errors import UserError
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.core.words import legible
from motcua.engines.edxml import StatusCode
from motcua.systems.dispatch import rules
from motcua.systems.dispatch.axis import directory
from motcua.systems.dispatch.models import AxisMember, Connection, Form, RecallBy

STATUS = StatusCode.RECALL_ASKED.value


def asked_back_by_status(axis: Connection, organ_id: str) -> bool:
    """Whether that agency on that axis is asked by a status 13; else by a message of business 1.

    On our own axis the member says so that speaks for the agency, elsewhere our connection; where neither does, the
    rule for the form of the interface.
    """
    partner: AxisMember | Connection = axis
    if axis.form == Form.LOCAL:
        with acting(SYSTEM):
            known = directory.agency_of(organ_id)
        partner = known.member if known is not None else axis
    return (partner.recall_by or rules.recall_by(axis.form)) == RecallBy.STATUS


def checked_recalling(by: str, source: str) -> tuple[str, str]:
    """How a partner is asked, and from where that is known. Raises UserError at the field that is to be mended."""
    if by and by not in RecallBy.values:
        raise UserError("Chọn cách yêu cầu thu hồi.", "Choose how a document is asked back.", "recall_by")
    said = legible(source, "recall_source")[:300]
    if by and not said:
        raise UserError(
            "Ghi biết điều này từ đâu: văn bản, tài liệu kỹ thuật, ai trả lời ngày nào.",
            "Say from where that is known: a text, a manual, who answered on which day.",
            "recall_source",
        )
    return by, said if by else ""
