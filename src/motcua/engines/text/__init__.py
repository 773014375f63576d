"""Vietnamese text: stored form, search keys, order, numbers, money, dates, names and identifiers."""

from motcua.engines.text.collation import ALPHABET, name_sort_key, sort_key
from motcua.engines.text.contacts import phone, phone_display, tax_code
from motcua.engines.text.dates import clock, date, date_in_words, long_date
from motcua.engines.text.normal import fold, normalise
from motcua.engines.text.numbers import money, money_in_words, number, number_in_words
from motcua.engines.text.people import Card, PersonalNumber, Sex, card_qr, personal_number, salutation
from motcua.engines.text.refusal import Refused

__all__ = [
    "ALPHABET",
    "Card",
    "PersonalNumber",
    "Refused",
    "Sex",
    "card_qr",
    "clock",
    "date",
    "date_in_words",
    "fold",
    "long_date",
    "money",
    "money_in_words",
    "name_sort_key",
    "normalise",
    "number",
    "number_in_words",
    "personal_number",
    "phone",
    "phone_display",
    "salutation",
    "sort_key",
    "tax_code",
]
