"""A row of a table is taken out or set twice, and nothing else of the file moves."""

from __future__ import annotations

import pytest

from motcua.core.services import rows
from motcua.core.services.tests.conftest import files_of
from motcua.engines import dmn

TABLE = files_of("tro-cap-huu-tri-xa-hoi")["decisions/eligibility.dmn"].encode()


def ids(source: bytes) -> list[str]:
    return [rule.id for view in dmn.tables(source) for rule in view.rules]


def test_a_row_goes_and_every_other_line_stays() -> None:
    changed = rows.without(TABLE, "from_70_poor")
    assert ids(changed) == [name for name in ids(TABLE) if name != "from_70_poor"]
    kept = set(changed.splitlines())
    assert all(line in kept or b"from_70_poor" in line or b"<" in line for line in TABLE.splitlines())
    assert b"from_70_poor" not in changed
    assert changed.count(b"\n\n") == TABLE.count(b"\n\n"), "no empty line is left behind"


def test_a_copy_stands_below_with_ids_of_its_own() -> None:
    changed = rows.copied(TABLE, "from_75", "from_60")
    names = ids(changed)
    assert names[names.index("from_75") + 1] == "from_60"
    [view] = dmn.tables(changed)
    first, twin = (next(one for one in view.rules if one.id == name) for name in ("from_75", "from_60"))
    assert (first.inputs, first.outputs, first.annotations) == (twin.inputs, twin.outputs, twin.annotations)
    every = [part.split(b'"')[0] for part in changed.split(b' id="')[1:]]
    assert len(every) == len(set(every)), "an id stands once in a file"
    assert rows.without(changed, "from_60") == TABLE


@pytest.mark.parametrize(
    ("name", "told"), [("no_rule", "no rule"), ("from", "no rule"), ('x"><rule id="y', "no rule")]
)
def test_a_row_that_is_not_there_is_told(name: str, told: str) -> None:
    with pytest.raises(dmn.DmnError, match=told):
        rows.without(TABLE, name)


@pytest.mark.parametrize("name", ["from_75", "not a name", "1st", 'a"b', ""])
def test_a_copy_needs_a_plain_name_that_is_free(name: str) -> None:
    with pytest.raises(dmn.DmnError):
        rows.copied(TABLE, "from_75", name)


def test_a_rule_in_a_comment_is_never_taken_for_the_row() -> None:
    hidden = TABLE.replace(
        b'<rule id="from_75">', b'<!-- <rule id="from_75"> old </rule> --><rule id="from_75">', 1
    )
    with pytest.raises(dmn.DmnError, match="neighbours"):
        rows.without(hidden, "from_75")


def test_the_last_row_stays() -> None:
    source = TABLE
    for name in ids(TABLE)[1:]:
        source = rows.without(source, name)
    with pytest.raises(dmn.DmnError, match="at least one"):
        rows.without(source, ids(TABLE)[0])
