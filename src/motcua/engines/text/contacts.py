"""Telephone numbers and tax codes."""

from __future__ import annotations

import re

import phonenumbers

from motcua.engines.text.normal import normalise
from motcua.engines.text.people import personal_number
from motcua.engines.text.refusal import Refused

_TAX_WEIGHTS = (31, 29, 23, 19, 17, 13, 7, 5, 3)


def phone(text: str, *, mobile: bool = False) -> str:
    """A telephone number in E.164 (`+84912345678`); without a country code it is Vietnamese.

    With `mobile`, only numbers that can receive a text message. Raises Refused.
    """
    written = normalise(text)
    try:
        parsed = phonenumbers.parse(written, "VN")
    except phonenumbers.NumberParseException:
        raise _phone_refused(written) from None
    if not phonenumbers.is_valid_number(parsed):
        raise _phone_refused(written)
    kinds = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)
    if mobile and phonenumbers.number_type(parsed) not in kinds:
        raise Refused(
            "phone-mobile",
            f"“{written}” không phải số di động nên không nhận được tin nhắn. Hãy nhập số di động.",
            f"“{written}” is not a mobile number, so it receives no messages. Enter a mobile number.",
        )
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def phone_display(number: str) -> str:
    """`+84912345678` as people here write it: `0912 345 678`; foreign numbers stay international."""
    parsed = phonenumbers.parse(number, "VN")
    domestic = parsed.country_code == 84
    style = phonenumbers.PhoneNumberFormat
    return str(phonenumbers.format_number(parsed, style.NATIONAL if domestic else style.INTERNATIONAL))


def tax_code(text: str) -> str:
    """A tax code as it is printed: 10 digits, `0314409058-002` for a branch, or a personal number.

    The tenth digit checks the first nine. Since Circular 86/2024/TT-BTC a person's tax code is the
    personal number. Raises Refused.
    """
    digits = re.sub(r"[\s.\-]", "", normalise(text))
    if len(digits) == 12 and digits.isascii() and digits.isdigit():
        return personal_number(digits).number
    if not re.fullmatch(r"[0-9]{10}([0-9]{3})?", digits):
        raise Refused(
            "tax-code-length",
            "Mã số thuế gồm 10 chữ số (đơn vị phụ thuộc: thêm 3 chữ số) hoặc là số định danh 12 chữ số.",
            "A tax code has 10 digits (a branch: 3 more), or is a personal number of 12 digits.",
        )
    check = 10 - sum(int(d) * w for d, w in zip(digits, _TAX_WEIGHTS, strict=False)) % 11
    if check != int(digits[9]) or digits[10:] == "000":
        raise Refused(
            "tax-code-check",
            f"Mã số thuế “{digits}” sai chữ số kiểm tra. Hãy so lại với giấy chứng nhận đăng ký.",
            f"The tax code “{digits}” fails its check digit. Compare it with the registration.",
        )
    return digits[:10] + (f"-{digits[10:]}" if digits[10:] else "")


def _phone_refused(written: str) -> Refused:
    return Refused(
        "phone",
        f"“{written}” không phải số điện thoại. Ví dụ đúng: 0912 345 678 hoặc +84 912 345 678.",
        f"“{written}” is no telephone number. Write it like 0912 345 678 or +84 912 345 678.",
    )
