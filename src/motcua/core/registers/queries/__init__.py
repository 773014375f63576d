"""Reading the registers. Every look says who, why and in which case, and the person can see it."""

from motcua.core.registers.queries.books import (
    BIRTH_NOTICES,
    BIRTHS,
    CIVIL_STATUS,
    DEATHS,
    MARRIAGES,
    Entry,
    Marriage,
    birth_notice,
    civil_entries_of,
    civil_entry,
    entry_of_case,
    entry_view,
    marriage_of,
    number_request,
)
from motcua.core.registers.queries.people import (
    POPULATION,
    Person,
    children_of,
    household_of,
    person,
    search_people,
)
from motcua.core.registers.queries.records import describe, find, history, in_force, read, search

SOCIAL = "social_protection"

__all__ = [
    "BIRTHS",
    "BIRTH_NOTICES",
    "CIVIL_STATUS",
    "DEATHS",
    "MARRIAGES",
    "POPULATION",
    "SOCIAL",
    "Entry",
    "Marriage",
    "Person",
    "birth_notice",
    "children_of",
    "civil_entries_of",
    "civil_entry",
    "describe",
    "entry_of_case",
    "entry_view",
    "find",
    "history",
    "household_of",
    "in_force",
    "marriage_of",
    "number_request",
    "person",
    "read",
    "search",
    "search_people",
]
