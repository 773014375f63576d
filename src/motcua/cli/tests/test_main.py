"""The command as a person or a script meets it: what it lists, how it ends, what it says."""

import importlib.util
import subprocess
import sys

import click
import pytest

from motcua.cli import main
from motcua.config.home import HomeError


def test_every_listed_command_has_its_module() -> None:
    absent = [
        name
        for name, each in main.COMMANDS.items()
        if importlib.util.find_spec(each.target.split(":")[0]) is None
    ]
    assert absent == []


def test_help_names_every_command_and_imports_none(capsys: pytest.CaptureFixture[str]) -> None:
    code = "from motcua.cli import main; import sys; main.main(['--help']); sys.exit('django' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert all(name in done.stdout for name in main.COMMANDS)


def test_an_unknown_command_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["no-such-thing"]) == main.WRONG_USE
    assert "No such command" in capsys.readouterr().err


def test_an_expected_error_is_one_plain_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    @click.command()
    def failing() -> None:
        raise HomeError("The folder is closed. Open it.")

    monkeypatch.setattr(main.LazyGroup, "get_command", lambda *_: failing)
    assert main.main(["failing"]) == main.FAULT
    assert capsys.readouterr().err == "Error: The folder is closed. Open it.\n"


def test_an_unexpected_error_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    @click.command()
    def failing() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(main.LazyGroup, "get_command", lambda *_: failing)
    with pytest.raises(ZeroDivisionError):
        main.main(["failing"])


def test_a_command_says_how_it_went(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(main.LazyGroup, "get_command", lambda *_: click.Command("x", callback=lambda: 1))
    assert main.main(["x"]) == 1


def test_a_bench_that_is_not_known_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["bench", "nonsense"]) == main.WRONG_USE
    assert "There is no bench 'nonsense'" in capsys.readouterr().err
