from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from motcua.engines import forms
from motcua.engines.forms import Form, FormError

Make = Callable[..., Form]


def field(key: str, **more: Any) -> dict[str, Any]:
    return {"type": "textfield", "key": key, "id": key.replace(".", "_"), "label": key.capitalize(), **more}


def test_a_form_knows_its_pages_and_the_path_of_every_answer(birth: Form) -> None:
    assert [page.id for page in birth.pages({})][:2] == ["g_requester", "g_child"]
    assert {"child.name", "parents.mother.residence", "witnesses[].name"} <= set(birth.fields)


def test_one_form_speaks_both_languages(birth: Form) -> None:
    assert birth.pages({}, "vi")[1].title == "Trẻ được khai sinh"
    assert birth.pages({}, "en")[1].title == "The child"


def test_a_group_s_prefill_reaches_its_questions_under_their_keys(birth: Form) -> None:
    assert birth.prefills["parents.mother.born"] == "mother.born"
    assert birth.prefills["child.born"] == "notice.born"


def test_names_that_no_question_gives_are_named_for_the_service_to_give(birth: Form) -> None:
    assert birth.outside == {"today"}


@pytest.mark.parametrize(
    ("component", "said"),
    [
        ({"type": "hologram", "id": "x"}, "component type 'hologram' is not taken"),
        ({"type": "iframe", "id": "x"}, "pages of others cannot stand in a form"),
        (field("my key"), "must be a name of letters"),
        (field("today"), "has a meaning of its own"),
        (field("x", label=""), "needs a label"),
        (field("x", properties={"motcua:kindd": "phone"}), "motcua:kind?"),
        (field("x", properties={"motcua:kind": "money"}), "stands on number"),
        (field("x", properties={"motcua:optional": "maybe"}), "must be true or false"),
        (field("x", properties={"motcua:error.requierd": "!"}), "speaks for no rule"),
        (field("x", properties={"motcua:check": "=x = 1"}), "needs motcua:error.check"),
        (field("x", conditional={"hide": "y = 1"}), 'begins with "="'),
        (field("x", conditional={"hide": "=y = "}), "is no FEEL expression"),
        (field("x", conditional={"hide": "=x = null"}), "in a circle: x → x"),
        (field("x", validate={"pattern": "(a+)+$"}), "repeats a repetition"),
        (field("x", validate={"pattern": "(ab|cd)*"}), "repeats alternatives"),
        (field("x", validate={"pattern": "["}), "no regular expression"),
        (field("x", validate={"maxLength": "many"}), "must be a number or an =expression"),
        (field("x", validate={"required": True}, properties={"motcua:optional": "true"}), "both required"),
        ({"type": "radio", "key": "x", "id": "x", "label": "X"}, "where the choices come from"),
        (
            {"type": "radio", "key": "x", "id": "x", "label": "X", "values": [{"value": 1}]},
            "non-empty string",
        ),
        (
            {"type": "datetime", "key": "x", "id": "x", "label": "X", "subtype": "century"},
            "must be one of date",
        ),
        ({"type": "group", "id": "x", "label": "X"}, 'a list "components"'),
    ],
)
def test_what_is_wrong_in_a_file_is_named_with_its_component(
    form_of: Make, component: dict[str, Any], said: str
) -> None:
    with pytest.raises(FormError) as refused:
        form_of(field("first"), component)
    assert said in refused.value.message
    assert refused.value.path.startswith("components[1]")
    assert refused.value.component_id == "x" or component.get("key") in ("my key", "today")


def test_two_components_cannot_keep_the_same_answer(form_of: Make) -> None:
    with pytest.raises(FormError, match="already keeps the answer"):
        form_of(field("child.name"), field("child", id="other"))


def test_conditions_in_a_circle_are_shown_with_their_way(form_of: Make) -> None:
    with pytest.raises(FormError, match="a → b → c → a"):
        form_of(
            field("a", conditional={"hide": "=b = null"}),
            field("b", conditional={"hide": "=c = null"}),
            field("c", conditional={"hide": "=a = null"}),
        )


def test_a_long_chain_of_conditions_is_no_circle(form_of: Make) -> None:
    chain = [field(f"f{n}", conditional={"hide": f"=f{n + 1} = null"}) for n in range(1500)]
    form = form_of(*chain, field("f1500"))
    assert len(form.order) == 1500


def test_a_text_missing_in_one_language_is_named(form_of: Make) -> None:
    with pytest.raises(FormError, match="missing in: en"):
        form_of(field("x", label="x.label"), texts={"vi": {"x.label": "Tên"}, "en": {}})


def test_a_list_that_is_not_there_is_named(form_of: Make) -> None:
    with pytest.raises(FormError, match="no list 'planets'"):
        form_of(field("x", properties={"motcua:source": "planets"}), sources={})


def test_a_file_that_is_no_json_is_told_with_line_and_column() -> None:
    with pytest.raises(FormError, match="line 1, column 2"):
        forms.load(b"{]")


def test_a_file_of_the_form_js_editor_is_taken_with_its_layout_and_buttons() -> None:
    schema = {
        "type": "default",
        "schemaVersion": 19,
        "exporter": {"name": "form-js", "version": "1.23.0"},
        "components": [
            {"type": "textfield", "key": "a", "label": "A", "layout": {"row": "Row_1", "columns": None}},
            {"type": "spacer", "height": 60},
            {"type": "separator", "id": "s"},
            {"type": "button", "action": "submit", "label": "Send", "key": "send"},
            {"type": "html", "id": "h", "content": "<p onclick='x()'>Hi<script>alert(1)</script></p>"},
            {
                "type": "table",
                "id": "t",
                "label": "T",
                "dataSource": "=rows",
                "columns": [{"key": "n", "label": "N"}],
            },
        ],
    }
    form = forms.load(json.dumps(schema).encode())
    view = form.view("start", {}, lang="en", given={"rows": [{"n": "<b>"}]})
    assert [one.kind for one in view.fields] == ["text", "html", "html", "html"]
    assert view.fields[2].value == "<p>Hi</p>"
    assert "<td>&lt;b&gt;</td>" in view.fields[3].value


def test_a_text_id_that_no_language_has_is_taken_for_a_slip(form_of: Make) -> None:
    with pytest.raises(FormError, match=r"there is no text 'child\.nmae'; 'child\.name'"):
        form_of(field("x", label="child.nmae"), texts={"vi": {"child.name": "Tên"}})


def test_a_slip_in_a_note_is_named_too(form_of: Make) -> None:
    form = form_of(field("child.name"), {"type": "text", "id": "t", "text": "{{child.name}} {{chlid.name}}"})
    assert form.outside == {"chlid"}
