"""Files that are wrong, huge or hostile: refused in plain words or decided in bounded time, never a crash."""

from decimal import Decimal
from itertools import count

import pytest

from motcua.engines import dmn
from motcua.engines.dmn.tests.test_deciding import HEAD, model, table

MODEL = "https://www.omg.org/spec/DMN/20230324/MODEL/"


def literal(name: str, text: str, *needs: str) -> str:
    links = "".join(
        f'<informationRequirement><requiredDecision href="#{n}"/></informationRequirement>' for n in needs
    )
    return f"""<decision id="{name}" name="{name}"><variable name="{name}"/>{links}
      <literalExpression><text>{text}</text></literalExpression></decision>"""


def imports(namespace: str) -> str:
    return f'<import namespace="{namespace}" name="x" importType="{MODEL}"/>'


BOMB = "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))


@pytest.mark.parametrize(
    ("source", "part"),
    [
        (b"\0\0\0", "not well-formed XML"),
        (b"<" * 100_000, "not well-formed XML"),
        (b"<a>" * 100_000, "not well-formed XML"),
        (f'<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa">{BOMB}]>{HEAD}&i;</definitions>'.encode(), "file"),
        (f'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>{HEAD}&x;</definitions>'.encode(), "DTD"),
        (f'<!DOCTYPE d SYSTEM "http://127.0.0.1:9/x.dtd">{HEAD}</definitions>'.encode(), "DTD"),
        (b" " * 20_000_001, "at most 20000000"),
    ],
)
def test_what_is_no_plain_xml_is_refused(source: bytes, part: str) -> None:
    with pytest.raises(dmn.DmnError, match=part):
        dmn.load(source)


def test_files_that_import_each_other_without_end_are_refused() -> None:
    numbers = count()

    def another(namespace: str, _location: str | None) -> bytes:
        head = HEAD.replace('namespace="test"', f'namespace="{namespace}"')
        return f"{head}{imports(f'n{next(numbers)}')}</definitions>".encode()

    with pytest.raises(dmn.DmnError, match="levels deep"):
        model(imports("n"), imports=another)


def test_a_chain_of_two_thousand_decisions_is_decided() -> None:
    chain = literal("d0", "1") + "".join(
        literal(f"d{i}", f"d{i - 1} + 1", f"d{i - 1}") for i in range(1, 2000)
    )
    assert model(chain).decide("d1999", {}).value == Decimal(2000)


def test_a_table_with_too_many_cells_is_refused_before_it_is_compiled() -> None:
    with pytest.raises(dmn.DmnError, match="more than 100000 cells"):
        model(table([("&lt; 18", "-", "0")] * 33_334))


def test_knowledge_that_needs_each_other_is_called_in_turns() -> None:
    def knowledge(name: str, text: str, other: str) -> str:
        return f"""<businessKnowledgeModel id="{name}" name="{name}"><variable name="{name}"/>
          <encapsulatedLogic><formalParameter name="n"/><literalExpression><text>{text}</text></literalExpression>
          </encapsulatedLogic><knowledgeRequirement><requiredKnowledge href="#{other}"/></knowledgeRequirement>
          </businessKnowledgeModel>"""

    both = knowledge("even", "n = 0 or odd(n - 1)", "odd") + knowledge(
        "odd", "n != 0 and even(n - 1)", "even"
    )
    link = '<knowledgeRequirement><requiredKnowledge href="#even"/></knowledgeRequirement>'
    asked = literal("d", "[even(6), even(7)]").replace("<variable", f"{link}<variable")
    asked = asked.replace(f'{link}<variable name="d"/>', f'<variable name="d"/>{link}')
    assert model(both + asked).decide("d", {}).value == [True, False]


def test_a_decision_of_too_many_items_is_null_with_a_message() -> None:
    doubled = ", ".join(f"b{i}: [b{i - 1}, b{i - 1}]" for i in range(1, 40))
    outcome = model(literal("d", f"{{b0: [1, 2], {doubled}}}.b39")).decide("d", {})
    assert outcome.value is None
    assert "too many items" in outcome.messages[0]


def test_data_nested_too_deep_is_null_with_a_message() -> None:
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    asked = model(table([("-", "-", "0")])).decide("Fee", {"age": 1, "kind": deep})
    assert asked.value is None
    assert "nested, too deep" in asked.messages[0]
