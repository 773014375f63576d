"""What keeps documents verifiable, and their signers warned, when nobody looks."""

from motcua.core import jobs
from motcua.core.documents import archiving, expiry, succession, trust


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


@jobs.task(name="documents.renew", every="40 2 * * *", lock="documents.renew")
def renew(timestamp: int = 0) -> None:
    """Results whose time-stamp or algorithms end within a year get a newer time-stamp; the rest of a long queue in
    another job at once."""
    archiving.schedule_unknown()
    if archiving.renew_due() == archiving.BATCH:
        jobs.defer("documents.renew", queueing_lock="documents.renew")
