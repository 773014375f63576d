"""Fetching the signed trust lists of others, and saying honestly how each stands. Needs no database.

A list that cannot be fetched, whose signature does not hold, that is out of date or older than the one kept changes
nothing: the last good one goes on until its own end, and the state says why it is not newer.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx
from cryptography import x509

from motcua.core.documents.checking.keeping import Lists
from motcua.engines.trust_lists import TrustList, TrustListError, read_etsi_list

LARGEST_LIST = 32 * 2**20
PATIENCE = 30.0
STATE = "state.json"
SOON = dt.timedelta(days=7)
"""A list that ends so soon, or has ended, is worth a warning when it could not be renewed."""
Fetch = Callable[[str], bytes]


@dataclass(frozen=True, slots=True)
class Followed:
    """How a followed list stands."""

    name: str
    source: str
    operator: str = ""
    issued: str = ""
    until: str = ""
    services: int = 0
    checked_at: str = ""
    good_at: str = ""
    """When it was last fetched and held."""
    fault: str = ""
    """Why it could not be renewed at the last try; empty when it could."""

    @property
    def ends(self) -> dt.datetime | None:
        return dt.datetime.fromisoformat(self.until) if self.until else None

    def needs_a_person(self, now: dt.datetime) -> bool:
        """Whether it fails and will soon trust nobody, or does so already."""
        return bool(self.fault) and (self.ends is None or self.ends <= now + SOON)


def fetch(source: str) -> bytes:
    """A list from a file or an https address, bounded. Raises TrustListError."""
    if not source.startswith("https://"):
        file = Path(source)
        if not file.is_file():
            raise TrustListError(f"{source} is neither a file nor an https address")
        return file.read_bytes()
    try:
        with httpx.stream("GET", source, timeout=PATIENCE, follow_redirects=False) as answer:
            answer.raise_for_status()
            content = b""
            for part in answer.iter_bytes():
                content += part
                if len(content) > LARGEST_LIST:
                    raise TrustListError(f"{source}: more than {LARGEST_LIST >> 20} MB")
    except httpx.HTTPError as wrong:
        raise TrustListError(f"{source} does not answer: {wrong}") from wrong
    return content


def refresh(lists: Lists, now: dt.datetime, ask: Fetch = fetch) -> list[Followed]:
    """Fetch every followed list anew, keep those that hold, and remember how each stands."""
    before = {one.name: one for one in states(lists)}
    found = []
    for entry in lists.entries()["lists"]:
        name = str(entry["file"]).removesuffix(".xml")
        former = before.get(name, Followed(name, str(entry["source"])))
        found.append(_refreshed(lists, entry, former, now, ask))
    lists.folder.mkdir(parents=True, exist_ok=True)
    spare = lists.folder / f"{STATE}.new"
    spare.write_text(
        json.dumps([asdict(one) for one in found], ensure_ascii=False, indent=1), encoding="utf-8"
    )
    spare.replace(lists.folder / STATE)
    return found


def states(lists: Lists) -> list[Followed]:
    """How the followed lists stood at the last refresh; one never refreshed says so by its empty times."""
    file = lists.folder / STATE
    known = (
        {row["name"]: Followed(**row) for row in json.loads(file.read_text("utf-8"))} if file.exists() else {}
    )
    return [
        known.get(name := str(entry["file"]).removesuffix(".xml")) or Followed(name, str(entry["source"]))
        for entry in lists.entries()["lists"]
    ]


def _refreshed(
    lists: Lists, entry: dict[str, object], former: Followed, now: dt.datetime, ask: Fetch
) -> Followed:
    checked = now.isoformat(timespec="seconds")
    try:
        signers = [x509.load_pem_x509_certificate(str(pem).encode()) for pem in entry["signers"]]  # type: ignore[attr-defined]
        content = ask(former.source)
        lists.follow(content, former.name, former.source, signers, now=now)
        listed: TrustList = read_etsi_list(content, signers, now=now)
    except (TrustListError, ValueError, OSError) as wrong:
        return Followed(**asdict(former) | {"checked_at": checked, "fault": str(wrong)})
    return Followed(
        former.name,
        former.source,
        listed.operator,
        listed.issued.isoformat() if listed.issued else "",
        listed.next_update.isoformat() if listed.next_update else "",
        len(listed.services),
        checked,
        checked,
    )
