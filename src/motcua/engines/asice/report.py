"""What verification of a container finds."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import Enum, StrEnum

from motcua.engines.cades import CadesReport
from motcua.engines.xades import XadesReport


class Kind(StrEnum):
    ASIC_E = "ASiC-E"
    ASIC_S = "ASiC-S"


class Reason(Enum):
    """Why a container is not valid: X-Road's name for it, and the sentence in both languages."""

    NOT_A_CONTAINER = (
        "InvalidContainer",
        "Tệp không phải là gói ASiC đọc được.",
        "This file is not a readable ASiC container.",
    )
    UNSIGNED = (
        "NoSignature",
        "Gói không có chữ ký hay dấu thời gian.",
        "The container holds neither signature nor time-stamp.",
    )
    ALTERED = (
        "InvalidSignatureValue",
        "Nội dung đã bị thay đổi sau khi ký.",
        "The content was changed after it was signed.",
    )
    MALFORMED = (
        "MalformedSignature",
        "Chữ ký hoặc bằng chứng kèm theo không đúng định dạng.",
        "The signature or what comes with it does not have the form it should.",
    )
    INVALID_HASH_CHAIN_REF = (
        "MalformedSignature.InvalidHashChainRef",
        "Chuỗi băm dẫn đến chỗ không có.",
        "The hash chain leads to what is not there.",
    )
    HASH_CHAIN_UNUSED_INPUTS = (
        "MalformedSignature.HashChainUnusedInputs",
        "Thông điệp không phải là thông điệp đã đưa vào chuỗi băm.",
        "The message is not the one that the hash chain was made over.",
    )
    INVALID_TIME_STAMP = (
        "InvalidTimestamp",
        "Dấu thời gian không hợp lệ.",
        "The time-stamp is not valid.",
    )
    NOT_TRUSTED = (
        "InvalidCertificate",
        "Chứng thư của người ký không chứng minh được là tin cậy vào lúc ký.",
        "The signer's certificate is not proven to be trusted at the time of signing.",
    )
    NOT_COVERED = (
        "UnsignedContent",
        "Gói có tệp không được ký.",
        "The container holds a file that nobody signed.",
    )

    @property
    def code(self) -> str:
        return self.value[0]

    def text(self, lang: str = "vi") -> str:
        return self.value[1] if lang == "vi" else self.value[2]


@dataclass(frozen=True, slots=True)
class ContainerReport:
    """A container: valid when every file is signed or time-stamped, every proof holds and is trusted."""

    valid: bool
    """Without trust to ask, this says only that all digests and signatures hold: see `trust_checked`."""
    reason: Reason | None
    finding: str
    """Details for experts."""
    kind: Kind | None
    trust_checked: bool
    signatures: tuple[XadesReport | CadesReport, ...]
    stamped_at: dt.datetime | None
    """The time proven by the container's own time-stamp."""
    files: tuple[str, ...]
    """What is proven, by name."""
    absent: tuple[str, ...]
    """Signed too, but not kept in the container (X-Road can leave bodies out)."""
    warnings: tuple[str, ...]
