"""Four levels × certificate revoked before or after signing, through the page, the API and the command."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from django.test import Client

from motcua.core import clock
from motcua.engines.pades import Level
from tests.verification.house import Officer, by_the_api, by_the_command, on_the_page

HOURS = dt.timedelta(hours=1)


@pytest.mark.parametrize(
    ("level", "revoked", "genuine"),
    [
        (Level.B_B, "after", False),
        (Level.B_T, "after", True),
        (Level.B_LT, "after", True),
        (Level.B_LTA, "after", True),
        (Level.B_B, "before", False),
        (Level.B_T, "before", False),
        (Level.B_LT, "before", False),
        (Level.B_LTA, "before", False),
    ],
)
def test_a_time_stamp_decides_what_a_revocation_means(
    level: Level, revoked: str, genuine: bool, officer: Officer, client: Client, tmp_path: Path
) -> None:
    now = clock.now()
    clock.move_sandbox_to(now - 24 * HOURS)
    signed = officer.pdf(level)
    clock.move_sandbox_to(None)
    officer.key.revoked_at = now - (12 if revoked == "after" else 36) * HOURS
    officer.key.revoked_code = "key_compromise"
    officer.key.save()

    page = on_the_page(client, ("quyet-dinh.pdf", signed))
    assert "Văn bản là thật" not in page, "it is not in the register"
    assert ("Chữ ký hợp lệ, không phải kết quả của hệ thống này" in page) is genuine
    assert ("Văn bản không đáng tin" in page) is not genuine
    assert "Chứng thư hiện đã bị thu hồi." in page, "always told, whatever the verdict"
    (said,) = by_the_api(client, ("quyet-dinh.pdf", signed))
    assert said["valid"] is genuine
    assert said["signatures"][0]["certificate_today"] == "revoked"
    assert said["main_indication"] == ("total-passed" if genuine else "total-failed")
    code, (told,) = by_the_command(tmp_path, ("quyet-dinh.pdf", signed))
    assert code == (0 if genuine else 1)
    assert told["signatures"][0]["certificate_today"] == "revoked"


@pytest.mark.parametrize("level", list(Level))
def test_in_force_each_level_is_good(level: Level, officer: Officer, client: Client, tmp_path: Path) -> None:
    signed = officer.pdf(level)
    (said,) = by_the_api(client, ("quyet-dinh.pdf", signed))
    assert said["valid"], said
    assert said["signatures"][0]["signature_level"] == level
    assert said["signatures"][0]["certificate_today"] == "good"
    assert said["signatures"][0]["holder"] == "officer"
    assert bool(said["warnings"]) is (level is Level.B_B), "only a claimed time is worth a warning"
    assert by_the_command(tmp_path, ("quyet-dinh.pdf", signed))[0] == 0
