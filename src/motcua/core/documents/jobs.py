"""What keeps documents verifiable, and their signers warned, when nobody looks."""

from urllib.parse import urlsplit

from motcua.core import clock, jobs
from motcua.core.documents import archiving, expiry, reissuing, succession, trust
from motcua.core.documents.checking import following
from motcua.core.documents.checking.keeping import Lists
from motcua.core.outbound import client
from motcua.core.outbound.client import Request
from motcua.core.outbound.destinations import Destination
from motcua.core.outbound.faults import Silent
from motcua.engines.trust_lists import TrustListError


@jobs.task(name="documents.publish_trust", every="*/30 * * * *")
def publish_trust(timestamp: int = 0) -> None:
    """Fresh revocation lists for whoever verifies offline."""
    trust.house().publish()


@jobs.task(name="documents.warn_of_ends", every="10 6 * * *")
def warn_of_ends(timestamp: int = 0) -> None:
    """Certificates that end in 60, 30 or 7 days: their holders and heads of agency are told, once each."""
    expiry.warn()


@jobs.task(name="documents.care_for_authorities", every="20 3 * * *", lock="documents.care_for_authorities")
def care_for_authorities(timestamp: int = 0) -> None:
    """Where the root is here, it does what is due; where it rests, its keepers are told in time."""
    succession.perform()
    expiry.call_the_root()


@jobs.task(name=reissuing.ASK, lock="documents.ask_anew")
def ask_anew(after: int) -> None:
    """The next batch of certificates that were lost with their authority."""
    reissuing.ask_anew(after)


@jobs.task(name="documents.renew", every="40 2 * * *", lock="documents.renew")
def renew(timestamp: int = 0) -> None:
    """Results whose time-stamp or algorithms end within a year get a newer time-stamp; the rest of a long queue in
    another job at once."""
    archiving.schedule_unknown()
    if archiving.renew_due() == archiving.BATCH:
        jobs.defer("documents.renew", queueing_lock="documents.renew")


@jobs.task(name="documents.follow_lists", every="50 4 * * *", lock="documents.follow_lists")
def follow_lists(timestamp: int = 0) -> None:
    """Trust lists of others, fetched anew each night; whoever keeps the authorities is told of one that fails."""
    now = clock.now()
    for one in following.refresh(Lists(trust.house().trust), now, _carefully):
        if one.needs_a_person(now):
            expiry.list_fails.send(followed=one, week=f"{now:%G-%V}")


def _carefully(source: str) -> bytes:
    """By the one client for systems outside: never from an address within, bounded, counted. Raises TrustListError."""
    if not source.startswith("https://"):
        return following.fetch(source)
    parts = urlsplit(source)
    there = Destination(
        str(parts.hostname),
        f"https://{parts.netloc}",
        largest_answer=following.LARGEST_LIST,
        read_seconds=following.PATIENCE,
        total_seconds=2 * following.PATIENCE,
    )
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        reply = client.call(there, Request("GET", path, "trust list", {}, b"", repeatable=True))
    except Silent as wrong:
        raise TrustListError(f"{source}: {wrong}") from wrong
    if reply.status != 200:
        raise TrustListError(f"{source} answers {reply.status}")
    return reply.body
