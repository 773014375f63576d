"""What the demonstration tells of its accounts can be read whole on any terminal."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from motcua.cli.demo import _tell_accounts
from motcua.cli.demonstration import accounts
from motcua.core.identity.demo import PASSWORD, demo_secret
from motcua.systems.eid import holders


@pytest.mark.parametrize("width", [40, 80])
def test_no_key_is_cut_on_a_narrow_terminal(width: int) -> None:
    shown = io.StringIO()
    _tell_accounts("http://127.0.0.1:8000", Console(file=shown, width=width, highlight=False))
    told = shown.getvalue()
    assert "…" not in told
    for username, who in accounts.WHO:
        assert f"{username}  {who}\n  TOTP {demo_secret(username)}\n" in told
    assert PASSWORD in told


def test_every_line_fits_eighty_columns_and_the_passcode_of_the_sandbox_eid_is_named() -> None:
    lines = list(accounts.lines("http://127.0.0.1:8000"))
    assert max(map(len, lines)) <= 80
    assert any("/dang-nhap/ → VNeID" in line and holders.passcode() in line for line in lines)
