"""Playing a process in tests: one object that keeps state and data as a caller's row would."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from motcua.engines import bpmn

NOON = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)  # Monday 09:00 in Hà Nội


class Play:
    """An instance under test; each act goes through stored JSON, as it would through a database."""

    def __init__(
        self, source: bytes, data: Mapping[str, Any] | None = None, at: str | None = None, **env: Any
    ) -> None:
        self.definition = bpmn.load(source)
        self.env = bpmn.PlainEnvironment(**env)
        self.now = NOON
        self.seen: list[bpmn.Effect] = []
        self._keep(bpmn.start(self.definition, data or {}, self.now, self.env, at))

    def _keep(self, step: bpmn.Step) -> bpmn.Step:
        self.step = step
        self.state = bpmn.State.from_json(json.loads(json.dumps(step.state.to_json())))
        assert self.state == step.state
        self.data = json.loads(json.dumps(step.data))
        self.seen.extend(step.effects)
        return step

    def _token(self, element_id: str) -> int:
        waiting = [token for token in self.state.tokens if token.element == element_id]
        assert waiting, f"{element_id} does not wait; {self.waiting} do"
        return next((token for token in waiting if token.wait is not bpmn.Wait.INSIDE), waiting[0]).id

    @property
    def waiting(self) -> list[str]:
        """The elements where tokens wait, in the order of their tokens, guards left out."""
        return [token.element for token in self.state.tokens if not token.host]

    @property
    def trail(self) -> list[str]:
        """The elements passed so far."""
        return [effect.element_id for effect in self.seen if isinstance(effect, bpmn.Passed)]

    @property
    def ended(self) -> str | None:
        return self.state.ended

    def of(self, kind: type[Any]) -> list[Any]:
        """The effects of one kind in the last step."""
        return self.step.of(kind)

    def do(self, element_id: str, **output: Any) -> "Play":
        token = self._token(element_id)
        self._keep(bpmn.complete(self.definition, self.state, self.data, token, output, self.now, self.env))
        return self

    def fail(self, element_id: str, code: str, words: str = "") -> "Play":
        token = self._token(element_id)
        self._keep(bpmn.fail(self.definition, self.state, self.data, token, code, words, self.now, self.env))
        return self

    def retry(self, element_id: str, **mended: Any) -> "Play":
        data = {**self.data, **mended}
        token = self._token(element_id)
        self._keep(bpmn.retry(self.definition, self.state, data, token, self.now, self.env))
        return self

    def message(self, name: str, key: object = "", **payload: Any) -> bool:
        step = bpmn.message(self.definition, self.state, self.data, name, key, payload, self.now, self.env)
        if step is not None:
            self._keep(step)
        return step is not None

    def signal(self, name: str, **payload: Any) -> bool:
        step = bpmn.signal(self.definition, self.state, self.data, name, payload, self.now, self.env)
        if step is not None:
            self._keep(step)
        return step is not None

    def later(self, **time: float) -> "Play":
        self.now += timedelta(**time)
        self._keep(bpmn.fire_due(self.definition, self.state, self.data, self.now, self.env))
        return self

    def cancel(self) -> "Play":
        self._keep(bpmn.cancel(self.definition, self.state, self.data, self.now, self.env))
        return self
