"""What may come after a signature: further signatures and their evidence, and nothing else."""

# mypy: disable-error-code="no-untyped-call"
from __future__ import annotations

from pyhanko.sign.diff_analysis import (
    CatalogModificationRule,
    DocInfoRule,
    DSSCompareRule,
    FormUpdatingRule,
    MetadataUpdateRule,
    ModificationLevel,
    ObjectStreamRule,
    SigFieldCreationRule,
    SigFieldModificationRule,
    StandardDiffPolicy,
    XrefStreamRule,
)
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import SignatureCoverageLevel

_EVIDENCE_AT_MOST = ModificationLevel.LTA_UPDATES

SIGNATURES_ONLY = StandardDiffPolicy(
    global_rules=[
        CatalogModificationRule(),
        *(
            rule().as_qualified(_EVIDENCE_AT_MOST)
            for rule in (DocInfoRule, XrefStreamRule, ObjectStreamRule, DSSCompareRule, MetadataUpdateRule)
        ),
    ],
    form_rule=FormUpdatingRule(field_rules=[SigFieldCreationRule(), SigFieldModificationRule()]),
)
"""PyHanko's own policy lets ordinary form fields be filled in between two signatures; then a number in a decision
could change under the first one. Here only signature fields may be added and signed."""


def covers(signature: EmbeddedPdfSignature, *, last: bool) -> bool:
    """Whether all that came after is signatures (but after the last one, evidence only)."""
    signature.compute_integrity_info(diff_policy=SIGNATURES_ONLY)
    if signature.coverage == SignatureCoverageLevel.ENTIRE_FILE:
        return True
    if signature.coverage != SignatureCoverageLevel.ENTIRE_REVISION or not _ends_in_a_revision(signature):
        return False
    allowed = _EVIDENCE_AT_MOST if last else ModificationLevel.FORM_FILLING
    level = getattr(signature.diff_result, "modification_level", ModificationLevel.OTHER)
    return bool(level <= allowed)


def _ends_in_a_revision(signature: EmbeddedPdfSignature) -> bool:
    """Whether what follows the signed bytes is a revision, not loose bytes that a reader might "repair"."""
    covered = int(signature.byte_range[2]) + int(signature.byte_range[3])
    pdf = signature.reader.stream.getvalue()
    follows = pdf[covered:].rstrip()
    last_revision = signature.reader.last_startxref or 0
    return not follows or (last_revision >= covered and follows.endswith(b"%%EOF"))
