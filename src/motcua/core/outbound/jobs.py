"""What is done by night."""

from motcua.core import jobs
from motcua.core.outbound import answers


@jobs.task(name="outbound.tidy", lock="outbound.tidy", every="20 3 * * *")
def tidy(timestamp: int = 0) -> int:
    """Forget answers of other systems that are too old for any purpose."""
    return answers.tidy()
