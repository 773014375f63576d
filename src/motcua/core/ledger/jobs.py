"""The sealer: every few seconds it chains what has happened."""

from motcua.core import jobs
from motcua.core.ledger import heads, log
from motcua.core.ledger.models import LogName


@jobs.task(name="ledger.seal", lock="ledger.seal", every="* * * * * */3")
def seal(timestamp: int = 0) -> None:
    for name in LogName:
        while log.seal(name):
            pass


@jobs.task(name="ledger.sweep", lock="ledger.seal", every="17 * * * *")
def sweep(timestamp: int = 0) -> None:
    """Place what a very long transaction left far behind the newest entries."""
    for name in LogName:
        while log.seal(name, sweep=True):
            pass


@jobs.task(name="ledger.say_it_lives", lock="ledger.seal", every="*/10 * * * *")
def say_it_lives(timestamp: int = 0) -> None:
    """Sign the public log's head anew though nothing came, so that silence is not mistaken for a log held back."""
    newest = log.newest_head(LogName.RESULTS)
    if not log.is_halted(LogName.RESULTS):
        heads.sign(
            LogName.RESULTS, newest.size if newest else 0, bytes(newest.root) if newest else heads.EMPTY_ROOT
        )
