"""The sealer: every few seconds it chains what has happened."""

from motcua.core import jobs
from motcua.core.ledger import log
from motcua.core.ledger.models import LogName


@jobs.task(name="ledger.seal", lock="ledger.seal", every="* * * * * */3")
def seal(timestamp: int = 0) -> None:
    for name in LogName:
        while log.seal(name):
            pass
