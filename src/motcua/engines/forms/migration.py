"""Answers of one version of a form carried into another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from motcua.engines.forms import paths, values
from motcua.engines.forms.components import Question
from motcua.engines.forms.state import template_of

if TYPE_CHECKING:
    from motcua.engines.forms.form import Form


def homes(form: Form, mapping: Mapping[str, str]) -> dict[str, str]:
    """Where questions of another version are found here, old path → new: `motcua:was`, then what `mapping` says."""
    said = {question.was: question.template for question in form.fields.values() if question.was}
    return {**said, **mapping}


def migrate(
    form: Form, answers: Mapping[str, Any], old: Form, mapping: Mapping[str, str]
) -> tuple[dict[str, Any], list[str]]:
    """See Form.migrate. A question is known again by its path, or by the path that `motcua:was` names.

    Empty answers are not missed. Where only the type changed, what can be read in the new type stays.
    """
    moved = homes(form, mapping)
    carried: dict[str, Any] = {}
    lost: list[str] = []
    for path, answer in _leaves(paths.nest(answers), old, ()):
        was = template_of(path)
        target = form.fields.get(moved.get(was, was))
        taken = None if target is None else _taken(target, answer)
        if target is None or taken is None:
            if not values.is_empty(answer):
                lost.append(path)
            continue
        places = tuple(step for step in paths.parse(path) if isinstance(step, int))
        if target.depth > len(places):
            places = (*places, *(0 for _ in range(target.depth - len(places))))
        elif target.depth < len(places):
            if any(places[target.depth :]):
                lost.append(path)
                continue
            places = places[: target.depth]
        paths.put(carried, paths.parse(target.path(places)), taken)
    return carried, lost


def _leaves(answers: Any, old: Form, steps: paths.Steps) -> Iterator[tuple[str, Any]]:
    """Every answer with its path; a mapping or list that is itself an answer is one leaf."""
    path = paths.show(steps)
    if steps and isinstance(old.fields.get(template_of(path)), Question):
        yield path, answers
    elif isinstance(answers, Mapping):
        for key, value in answers.items():
            yield from _leaves(value, old, (*steps, key))
    elif isinstance(answers, list):
        for place, value in enumerate(answers):
            yield from _leaves(value, old, (*steps, place))
    elif steps:
        yield path, answers


def _taken(target: Question, answer: Any) -> Any:
    """The answer in the shape of the target, None when it does not fit."""
    match target.shape:
        case "choice":
            if isinstance(answer, list) and len(answer) == 1:
                answer = answer[0]
            return answer if isinstance(answer, str) and _offered(target, answer) else None
        case "choices":
            chosen = [answer] if isinstance(answer, str) else answer
            fits = isinstance(chosen, list) and all(
                isinstance(one, str) and _offered(target, one) for one in chosen
            )
            return chosen if fits else None
        case "text":
            if isinstance(answer, bool):
                return None
            return str(answer) if isinstance(answer, str | int | float) else None
        case "number":
            if isinstance(answer, str):
                return values.number(answer, "en")
            return answer if isinstance(answer, int | float) and not isinstance(answer, bool) else None
        case "boolean":
            return answer if isinstance(answer, bool) else None
        case "files":
            return answer if isinstance(answer, list) else None
        case _:
            return (
                answer
                if values.feel_value(target, answer) is not None or isinstance(answer, Mapping)
                else None
            )


def _offered(target: Question, value: str) -> bool:
    return not target.option_values or value in target.option_values
