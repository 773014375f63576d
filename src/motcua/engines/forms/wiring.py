"""Which condition depends on which answer: the order of evaluation, and what a change touches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from motcua.engines.forms.components import Component, Condition, Question, Repeat
from motcua.engines.forms.errors import FormError

_SPECIAL = frozenset({"this", "parent", "i"})


class Wiring:
    """The dependency graph of a form.

    `order`: components with `conditional.hide` and computed questions, each after all that it depends on.
    `outside`: names that conditions and notes use and no question gives; the service must give them as facts.
    """

    def __init__(
        self,
        components: list[Component],
        conditions: list[tuple[Condition, Component]],
        noted: Iterable[str] = (),
    ) -> None:
        self._questions = [one for one in components if isinstance(one, Question)]
        self._below: dict[str, list[Question | Repeat]] = {}
        for one in components:
            if isinstance(one, Question | Repeat):
                for beginning in beginnings(one.template):
                    self._below.setdefault(beginning, []).append(one)
        self._kept = {one.template: one for one in self._questions}
        words = {word for template in self._below for word in template.replace("[]", "").split(".")}
        noted_roots = {name.partition(".")[0] for name in noted}
        self.outside: frozenset[str] = frozenset(noted_roots - words - _SPECIAL)
        for condition, component in conditions:
            condition.refers = self._resolve(condition, component)
            condition.roots = tuple({name.partition(".")[0] for name in condition.expression.names})
        self._nodes = [one for one in components if one.hide or (isinstance(one, Question) and one.computed)]
        self._needs = {node: self._needed_by(node) for node in self._nodes}
        self.order = self._sorted()
        self._touched: dict[str, frozenset[Component]] = {}

    def touched_by(self, template: str) -> frozenset[Component]:
        """Everything in `order` whose outcome may change with the answer at `template`, directly or not."""
        known = self._touched.get(template)
        if known is None:
            touched = {node for node in self._nodes if any(touch(ref, template) for ref in refers(node))}
            for node in self.order:  # dependencies come first, so that one pass is enough
                if touched & self._needs[node]:
                    touched.add(node)
            known = self._touched[template] = frozenset(touched)
        return known

    def _resolve(self, condition: Condition, component: Component) -> frozenset[str]:
        resolved = set()
        for name in condition.expression.names:
            inside = self._within(name, component.repeat)
            if inside is not None:
                resolved.add(inside)
            elif name.partition(".")[0] not in _SPECIAL:
                self.outside |= {name.partition(".")[0]}
        return frozenset(resolved)

    def _within(self, name: str, repeat: Repeat | None) -> str | None:
        """The template that `name` means, seen from a place of `repeat`; inner lists are searched first."""
        head, _, rest = name.partition(".")
        if head == "parent" and repeat is not None and rest:
            return self._within(rest, repeat.repeat)
        while True:
            start = f"{repeat.template}[]." if repeat else ""
            wanted = start + (rest if head == "this" and rest else name)
            if wanted in self._below or any(beginning in self._kept for beginning in beginnings(wanted)):
                return wanted
            if repeat is None:
                return None
            repeat = repeat.repeat

    def _needed_by(self, node: Component) -> frozenset[Component]:
        needed: set[Component] = set()
        for reference in refers(node):
            above = [self._kept[one] for one in beginnings(reference)[:-1] if one in self._kept]
            for one in (*above, *self._below.get(reference, ())):
                needed.update(one.guards)
                if isinstance(one, Question) and one.computed:
                    needed.add(one)
        return frozenset(needed)

    def _sorted(self) -> list[Component]:
        """Depth first, with a stack of our own: a chain of conditions may be longer than Python's."""
        order: list[Component] = []
        done: set[Component] = set()
        for first in self._nodes:
            way: list[Component] = []
            rest: list[Iterator[Component]] = []
            following: Component | None = first if first not in done else None
            while following is not None or way:
                if following is None:
                    rest.pop()
                    order.append(way.pop())
                    done.add(order[-1])
                elif following in way:
                    raise _circle([*way[way.index(following) :], following])
                elif following not in done:
                    way.append(following)
                    rest.append(iter(sorted(self._needs[following], key=lambda one: one.number)))
                following = next(rest[-1], None) if rest else None
        return order


def refers(node: Component) -> frozenset[str]:
    """The facts that decide whether `node` shows, or what it computes to."""
    found = node.hide.refers if node.hide else frozenset()
    return found | node.computed.refers if isinstance(node, Question) and node.computed else found


def beginnings(template: str) -> list[str]:
    """`witnesses[].name` → `witnesses`, `witnesses[]`, `witnesses[].name`: all that names it or leads to it."""
    ends = [place for place, mark in enumerate(template) if mark in ".[" and place]
    return [template[:end] for end in ends] + [template]


def touch(reference: str, template: str) -> bool:
    """Does an expression that says `reference` see the answer at `template`?"""
    if template.startswith(reference):
        return len(template) == len(reference) or template[len(reference)] in ".["
    return reference.startswith(template) and reference[len(template)] in ".["


def _circle(components: list[Component]) -> FormError:
    names = " → ".join(one.id for one in components)
    return FormError(
        f"conditions go in a circle: {names}; let one of them depend on something else",
        components[0].id,
        components[0].where,
    )
