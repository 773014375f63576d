"""A national portal to try things with: it hands in applications by the signed API and keeps what it is told.

Its key and its book of progress are files of `$MOTCUA_HOME/sandbox/`, as another party's would be elsewhere.
`$MOTCUA_HOME/sandbox/national_portal.down` makes it silent.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from joserfc.jwk import ECKey

from motcua.core.errors import Unavailable
from motcua.core.signed_requests import HEADER, sign
from motcua.systems.intake.models import Partner
from motcua.systems.intake.telling import portals

CODE = "dichvucong.gov.vn"
PATH = "/api/v1/intake/applications"


@portals.register("sandbox_national_portal")
class SandboxNationalPortal:
    def tell(self, progress: dict[str, Any]) -> None:
        if (_folder() / "national_portal.down").exists():
            raise Unavailable(
                "Cổng quốc gia (bản thử) không trả lời.", "The sandbox national portal is down."
            )
        with (_folder() / "national_portal.jsonl").open("a", encoding="utf-8") as book:
            book.write(json.dumps(progress, ensure_ascii=False) + "\n")


def register() -> Partner:
    """Make the sandbox portal known to this installation."""
    return Partner.objects.get_or_create(
        code=CODE,
        defaults={
            "name": "Cổng Dịch vụ công quốc gia (bản thử)",
            "public_key": key().as_dict(private=False),
            "channel_plugin": "sandbox_national_portal",
            "legal_basis": "Quyết định 29/2026/QĐ-TTg",
        },
    )[0]


def signed(application: dict[str, Any], path: str = PATH) -> tuple[bytes, dict[str, str]]:
    """Body and headers of a request as the portal sends it."""
    body = json.dumps(application, ensure_ascii=False).encode()
    return body, {
        HEADER: sign(body, method="POST", path=path, key=key(), signer=CODE),
        "Content-Type": "application/json",
    }


def signed_question(path: str) -> dict[str, str]:
    """Headers of a GET request as the portal sends it."""
    return {HEADER: sign(b"", method="GET", path=path, key=key(), signer=CODE)}


def told() -> list[dict[str, Any]]:
    """What the portal has been told, in order."""
    try:
        text = (_folder() / "national_portal.jsonl").read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    return [json.loads(line) for line in text.splitlines()]


def key() -> ECKey:
    """The portal's own key; made at first use."""
    file = _folder() / "national_portal.jwk"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(json.dumps(ECKey.generate_key("P-256").as_dict(private=True)), encoding="ascii")
    return ECKey.import_key(json.loads(file.read_text(encoding="ascii")))


def _folder() -> Path:
    folder = Path(settings.MOTCUA_HOME) / "sandbox"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
