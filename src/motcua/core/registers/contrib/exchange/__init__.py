"""Any register of another member of the exchange: a GET of its service, by our own gateway.

Options of the source: `service` (INSTANCE/CLASS/MEMBER/SUBSYSTEM/SERVICE), `paths` (what is asked → path below the
service, with `{key}` in it), `purpose` (its code in the exchange's directory), `legal_basis` is the source's own. The
answer is an object of facts, or has one under `data`.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from motcua.core.outbound import exchange
from motcua.core.outbound.destinations import Source, WrongConnections, destination
from motcua.core.outbound.faults import Silent
from motcua.core.registers.connector import Question, register_connectors


@register_connectors.register("exchange")
class OverTheExchange:
    def look(self, source: Source, question: Question) -> dict[str, Any] | None:
        place = f"registers.{source.register}.options"
        paths, service = source.options.get("paths"), source.options.get("service")
        if not isinstance(paths, dict) or not isinstance(service, str):
            raise WrongConnections(f"{place}: `service` and `paths` are needed")
        if question.what not in paths:
            raise Silent(source.destination, "wrong request", f"{question.what} is not asked there")
        said = exchange.get_json(
            destination(source.destination),
            exchange.Service(service),
            str(paths[question.what]).replace("{key}", quote(question.key, safe="")),
            {},
            exchange.Asked(
                user=question.asker,
                issue=str(question.case_id or ""),
                purpose=str(source.options.get("purpose", "")),
                message=question.message,
            ),
            f"{source.register}.{question.what}",
        )
        if said is None:
            return None
        facts = said.get("data", said) if isinstance(said, dict) else None
        if not isinstance(facts, dict):
            raise Silent(source.destination, "wrong answer", "an object of facts is expected")
        return facts
