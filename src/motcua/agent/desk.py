"""One round of signing: find the certificate on the token, show what is to be signed, ask the PIN, sign, hand in."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256

from motcua.agent.pin_window import PinWindow
from motcua.agent.site import Outcome, Round, Site
from motcua.engines.pki import KeyStoreError, algorithm_of
from motcua.engines.pki.pkcs11 import Token, TokenAbsent, TokenCertificate, TokenLocked, WrongPin

MOST_TRIES = 3
"""PINs asked in one round; the device itself counts over all of them."""
AskPin = Callable[[str], str | None]
"""Shows a sentence and returns what was typed; None when the officer gives up."""
Say = Callable[[str], None]


class NotSigned(Exception):
    """Nothing was signed; the message says why and what to do. The documents still wait."""


@dataclass(frozen=True, slots=True)
class Desk:
    """The token at this desk and the officer in front of it."""

    token: Token
    ask_pin: AskPin
    say: Say
    window: PinWindow = field(default_factory=lambda: PinWindow(0))

    def sign(self, site: Site, code: str) -> list[Outcome]:
        """Everything that the code opens. Raises NotSigned and SiteError; the page learns of either."""
        round_ = site.open_round(code)
        try:
            signatures = self._signatures(round_)
        except NotSigned as fault:
            site.tell_fault(round_, str(fault))
            raise
        outcomes = site.hand_in(round_, signatures)
        for one in outcomes:
            self.say(f"{'Không ký được: ' + one.fault if one.fault else 'Đã ký'} · {_named(round_, one.id)}")
        return outcomes

    def _signatures(self, round_: Round) -> dict[str, bytes]:
        held = self._certificate(round_)
        self.say(f"{round_.officer}, {round_.agency}: {len(round_.documents)} văn bản chờ ký")
        for document in round_.documents:
            self.say(f"  · {document.title} · {document.number}\n    {spoken_digest(document.to_sign)}")
        algorithm = algorithm_of(held.certificate)
        each = [document.to_sign for document in round_.documents]
        ask = "Nhập mã PIN của thiết bị để ký (Enter để thôi)"
        for _ in range(MOST_TRIES):
            pin = self.window.take(round_.serial, len(each))
            asked = pin is None
            pin = pin or self.ask_pin(ask)
            if not pin:
                raise NotSigned("Ông/bà đã thôi không ký. Văn bản vẫn chờ ký.")
            try:
                made = self.token.sign_all(pin, held.key_id, each, algorithm)
            except WrongPin as fault:
                self.window.forget()
                ask = "Mã PIN không đúng" + (
                    ". CHỈ CÒN MỘT LẦN THỬ trước khi thiết bị bị khóa" if fault.last_try else ""
                )
                continue
            except TokenLocked:
                self.window.forget()
                raise NotSigned(
                    "Thiết bị đã bị khóa vì nhập sai mã PIN nhiều lần. Mang thiết bị đến nơi cấp để mở khóa."
                ) from None
            except TokenAbsent:
                self.window.forget()
                raise NotSigned("Thiết bị bị rút ra khi đang ký. Cắm lại rồi ký lại.") from None
            except KeyStoreError as fault:
                raise NotSigned(f"Thiết bị không ký được: {fault}.") from fault
            if asked:
                self.window.keep(pin, round_.serial, len(each))
            seconds, left = self.window.left
            if seconds:
                self.say(
                    f"Mã PIN còn được giữ {math.ceil(seconds / 60)} phút, {left} chữ ký. "
                    "Dừng máy ký (Ctrl+C) để bỏ ngay."
                )
            return {document.id: one for document, one in zip(round_.documents, made, strict=True)}
        raise NotSigned(
            f"Sai mã PIN {MOST_TRIES} lần nên dừng lại để thiết bị không bị khóa. Văn bản vẫn chờ ký."
        )

    def _certificate(self, round_: Round) -> TokenCertificate:
        try:
            held = self.token.certificate_with_serial(round_.serial)
            others = self.token.certificates() if held is None else []
        except KeyStoreError:
            self.window.forget()
            raise NotSigned("Chưa thấy thiết bị ký. Cắm thiết bị, cài trình điều khiển rồi ký lại.") from None
        if held is None:
            names = ", ".join(sorted({_name(one) for one in others})) or "không ai"
            raise NotSigned(
                f"Thiết bị đang cắm giữ chứng thư của {names}, không phải chứng thư {round_.serial:x} của "
                f"{round_.officer}. Cắm đúng thiết bị rồi ký lại."
            )
        now = dt.datetime.now(dt.UTC)
        if now > held.certificate.not_valid_after_utc:
            raise NotSigned(
                f"Chứng thư đã hết hạn ngày {held.certificate.not_valid_after_utc:%d/%m/%Y}. "
                "Người đứng đầu cơ quan đề nghị gia hạn."
            )
        return held


def spoken_digest(to_sign: bytes) -> str:
    """The digest as page and agent both show it, for comparing: 16 hexadecimal digits in fours."""
    digest = sha256(to_sign).hexdigest()[:16]
    return " ".join(digest[start : start + 4] for start in range(0, 16, 4))


def _named(round_: Round, identifier: str) -> str:
    return next(f"{one.title} {one.number}" for one in round_.documents if one.id == identifier)


def _name(held: TokenCertificate) -> str:
    common = held.certificate.subject.rfc4514_string().split("CN=")
    return common[1].split(",")[0] if len(common) > 1 else held.label
