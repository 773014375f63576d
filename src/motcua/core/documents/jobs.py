"""What keeps documents verifiable when nobody looks."""

from motcua.core import jobs
from motcua.core.documents import trust


@jobs.task(name="documents.publish_trust", every="*/30 * * * *")
def publish_trust(timestamp: int = 0) -> None:
    """Fresh revocation lists for whoever verifies offline."""
    trust.house().publish()
