"""`motcua case`, as an operator and as a machine call it, on a service that ships."""

from __future__ import annotations

import json
import re
from pathlib import Path

from click.testing import CliRunner, Result

from motcua.cli.case import case
from motcua.core.cases.models import Case, DecisionRun, ProcessStep
from motcua.core.cases.tests import people
from motcua.core.cases.tests.conftest import friday, office  # noqa: F401 - fixtures
from motcua.core.cases.tests.test_moving import BIRTH, birth, newer, three  # noqa: F401 - fixtures
from motcua.core.cases.tests.test_the_way_of_a_case import again
from motcua.core.ledger.actor import SYSTEM
from motcua.core.ledger.scope import acting
from motcua.core.services.models import ServiceVersion

MAP = ("--map", "appraise=examine", "--map", "child.name=child.full_name")


def run(*arguments: str | Path) -> tuple[int, Result]:
    """The exit code as the main command gives it: what the command returns, else click's own or 1."""
    result = CliRunner().invoke(case, [str(one) for one in arguments], standalone_mode=False)
    if result.exception is not None:
        return getattr(result.exception, "exit_code", 1), result
    return int(result.return_value or 0), result


def test_running_cases_are_previewed_moved_and_brought_back(
    three: list[Case],  # noqa: F811
    newer: ServiceVersion,  # noqa: F811
) -> None:
    code, preview = run("move", BIRTH, "--to", "2", "--preview")
    assert code == 1
    assert "3 cases: 0 move, 2 would lose answers, 1 stop" in preview.output
    code, preview = run("move", BIRTH, "--to", "2", *MAP, "--preview", "--json")
    assert preview.exception is None, preview.exception
    told = json.loads(preview.output)
    assert (code, told["moves"], told["stops"], told["loses"]) == (0, 3, 0, 0)
    assert [one["case"] for one in told["cases"]] == [each.number for each in three]

    code, moved = run("move", BIRTH, "--to", "2", *MAP)
    assert code == 0
    assert "3 moved" in moved.output
    assert again(three[0]).service_version_id == newer.pk

    found = re.search(r"motcua case back (\S+)", moved.output)
    assert found
    code, back = run("back", found[1], "--json")
    assert back.exception is None, back.exception
    assert (code, json.loads(back.output)["back"]) == (0, 3)
    assert again(three[0]).service_version_id != newer.pk
    assert run("back", found[1])[0] == 1  # there is nothing left to bring back


def test_a_mapping_may_come_from_a_file(
    three: list[Case],  # noqa: F811
    newer: ServiceVersion,  # noqa: F811
    tmp_path: Path,
) -> None:
    file = tmp_path / "mapping.yaml"
    file.write_text("elements: {appraise: examine}\nanswers: {child.name: child.full_name}\n", "utf-8")
    assert run("move", BIRTH, "--to", "2", "--mapping", file, "--preview")[0] == 0
    file.write_text("steps: {appraise: examine}\n", "utf-8")
    assert run("move", BIRTH, "--to", "2", "--mapping", file, "--preview")[0] == 2
    file.write_text("- appraise\n", "utf-8")
    assert run("move", BIRTH, "--to", "2", "--mapping", file, "--preview")[0] == 2


def test_wrong_use_and_wrong_names_are_told_apart(newer: ServiceVersion) -> None:  # noqa: F811
    assert run("move", BIRTH, "--to", "2", "--map", "appraise")[0] == 2
    code, unknown = run("move", BIRTH, "--to", "9", "--preview")
    assert code == 1
    assert "has no version 9; it has: 1, 2" in str(unknown.exception)


def test_replay_says_how_much_came_out_again(three: list[Case]) -> None:  # noqa: F811
    code, result = run("replay", "--json")
    told = json.loads(result.output)
    with acting(SYSTEM):
        assert told["steps"] == ProcessStep.objects.count() > 5
        assert told["decisions"] == DecisionRun.objects.count()
        row = ProcessStep.objects.latest("id")
        row.delete()
        row.pk, row.outcome = None, {**row.outcome, "effects": []}
        row.save(force_insert=True)
    assert (code, told["different"]) == (0, [])
    code, result = run("replay", "--service", BIRTH, "--since", "2026-01-01")
    assert code == 1
    assert f"step case {again(three[2]).number}" in result.output
    assert result.output.strip().endswith("1 different")


def test_nothing_since_tomorrow_is_nothing_to_run_again(office: people.Ward) -> None:  # noqa: F811
    birth(office, "receive", "TRẦN AN")
    code, result = run("replay", "--since", "2099-01-01")
    assert (code, "0 decisions and 0 steps" in result.output) == (0, True)
