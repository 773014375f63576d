"""From the checked value of service.yaml to the parts of a pack."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from motcua.core.services.pack import parts as p
from motcua.core.services.pack.credentials import credential_of
from motcua.core.services.pack.expressions import Expression
from motcua.core.services.pack.files import Files
from motcua.core.services.pack.pack import Pack
from motcua.core.services.pack.sources import parsed
from motcua.engines import bpmn, dmn, forms
from motcua.engines.working_time import Limit, Unit

_UNITS = {
    ("days", "working"): Unit.WORKING_DAYS,
    ("days", "calendar"): Unit.CALENDAR_DAYS,
    ("hours", "working"): Unit.WORKING_HOURS,
    ("hours", "calendar"): Unit.HOURS,
}


class Rules:
    """The lists of service.yaml as rules with compiled expressions."""

    def __init__(self, value: Mapping[str, Any]) -> None:
        self.limits = tuple(_limit(line) for line in value["time_limit"])
        self.fees = tuple(_fee(line) for line in value["fees"])
        self.rates = tuple(
            p.RateLine(
                line["key"], line["province"], line["amount"], p.Validity.of(line), line["source"],
                p.day_of(line["verified_on"]), p.Words.of(line.get("title")),
            )
            for line in value.get("rates", ())
        )  # fmt: skip
        self.prefill = tuple(_prefill(line) for line in value["prefill"])
        self.derive = tuple(
            p.DeriveRule(line["path"], Expression(line["value"])) for line in value.get("derive", ())
        )
        self.papers = tuple(_paper(line) for line in value["papers"])
        self.effects = tuple(_effect(line) for line in value["effects"])
        self.decisions = {
            name: p.DecisionUse(name, *use.split("#", 1)) for name, use in value["decisions"].items()
        }
        self.gears = {
            name: p.GearRule(name, p.Gear(line["gear"]), line["legal_basis"], p.Validity.of(line))
            for name, line in value["gears"].items()
        }


def pack(
    rules: Rules,
    value: Mapping[str, Any],
    texts: Mapping[str, Mapping[str, str]],
    files: Files,
    digest: str,
    form: forms.Form,
    process: bpmn.Definition,
    models: Mapping[str, dmn.Model],
) -> Pack:
    """Put the parts together."""
    version, authority = value["version"], value["authority"]
    proactive = value.get("proactive") or {"level": 0, "trigger": None}
    because = value.get("because")
    eligibility = value["eligibility"]
    return Pack(
        code=value["code"],
        slug=value["slug"],
        names=p.Words.of(value["name"]),
        summary=p.Words.of(value["summary"]),
        known_as={lang: tuple(names) for lang, names in value["known_as"].items()},
        field=value["field"],
        life_events=tuple(value.get("life_events", ())),
        level=value["authority_level"],
        in_force_from=_required_day(version["in_force_from"]),
        published_by=p.Words.of(version["published_by"]),
        publishing_decision=version["decision"],
        legal_basis=tuple(
            p.LegalBasis(
                line["ref"], p.Words.of(line["title"]), line.get("articles", ""), p.Validity.of(line)
            )
            for line in value["legal_basis"]
        ),
        transition=value["transition"],
        online=value["online"],
        because=p.Words.of(because["note"] if because else None),
        because_kind=because["kind"] if because else "",
        channels=tuple(value["channels"]),
        applicants=tuple(value["applicants"]["who"]),
        assurance=value["applicants"]["level"],
        represented=value.get("represented", True),
        competent=Expression(authority["competent"]),
        competent_kind=authority["kind"],
        receiving=authority["receives"],
        limits=rules.limits,
        fee_rules=rules.fees,
        rate_lines=rules.rates,
        prefill=rules.prefill,
        derive=rules.derive,
        paper_rules=rules.papers,
        decisions=rules.decisions,
        eligibility=None if eligibility is None else _name_of(eligibility, value["decisions"]),
        gears=rules.gears,
        result=_result(value["result"]),
        effect_rules=rules.effects,
        objection=p.Words.of(value["objection"]),
        proactive_level=proactive["level"],
        proactive_trigger=proactive.get("trigger"),
        remind_after_days=(proactive.get("remind_after") or {}).get("days"),
        bundle=value.get("bundle"),
        cost=p.Cost(
            p.Burden(**value["cost"]["on_paper"]),
            p.Burden(**value["cost"]["online"]),
            value["cost"]["hour"],
            value["cost"]["source"],
            p.day_of(value["cost"]["verified_on"]),
        ),
        texts=texts,
        files=files,
        digest=digest,
        manifest=value,
        form=form,
        process=process,
        models=models,
        credential=credential_of(value),
    )


def _limit(line: Mapping[str, Any]) -> p.LimitRule:
    amount = "days" if "days" in line else "hours"
    return p.LimitRule(
        _expression(line, "when"),
        Limit.parse(str(line[amount]), _UNITS[amount, line["unit"]]),
        p.Words.of(line.get("note")),
        line["source"],
        p.day_of(line["verified_on"]),
        p.Validity.of(line),
    )


def _fee(line: Mapping[str, Any]) -> p.FeeRule:
    return p.FeeRule(
        line["line"],
        p.Words.of(line["title"]),
        _expression(line, "when"),
        Expression(line["amount"]),
        _expression(line, "exempt"),
        p.Words.of(line.get("exempt_note")),
        line["pay"],
        line["account"],
        line["source"],
        p.day_of(line["verified_on"]),
        p.Validity.of(line),
    )


def _prefill(line: Mapping[str, Any]) -> p.PrefillRule:
    name, arguments = parsed(line["from"])
    return p.PrefillRule(
        line["path"], line["from"], name, Expression(f"[{arguments}]"), p.Words.of(line.get("label")),
        line.get("on_doubt", ""),
    )  # fmt: skip


def _paper(line: Mapping[str, Any]) -> p.PaperRule:
    return p.PaperRule(
        line["id"],
        p.Words.of(line["name"]),
        _expression(line, "when"),
        _expression(line, "unless"),
        tuple(line.get("one_of", ())),
        line["original"],
        tuple(line["accept"]),
        line.get("source", ""),
        p.day_of(line.get("verified_on")),
        tuple(line.get("proof", ())),
        _expression(line, "proof_of"),
    )


def _effect(line: Mapping[str, Any]) -> p.EffectRule:
    return p.EffectRule(
        line["id"],
        line["register"],
        line.get("write") or line["request"],
        line.get("book", ""),
        _expression(line, "when"),
        _expression(line, "key"),
        _expression(line, "valid_from"),
        {name: Expression(text) for name, text in line["data"].items()},
    )


def _result(value: Mapping[str, Any]) -> p.Result:
    return p.Result(
        value["kind"],
        p.Words.of(value["title"]),
        value["template"],
        value["number_pattern"],
        tuple(
            p.Signer(line.get("position", ""), tuple(line.get("forms", ())), line.get("seal", ""))
            for line in value["signed_by"]
        ),
        value["automatic"],
        tuple(value["renditions"]),
        value.get("reissue_on"),
        {name: Expression(text) for name, text in value["data"].items()},
    )


def _expression(line: Mapping[str, Any], key: str) -> Expression | None:
    return Expression(line[key]) if key in line else None


def _name_of(use: str, decisions: Mapping[str, str]) -> str:
    return next((name for name, one in decisions.items() if one == use), use)


def _required_day(text: str) -> Any:
    return p.day_of(text)
