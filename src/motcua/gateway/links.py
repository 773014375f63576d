"""Ways to gateways: what they have in common, and the way from this one to itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from motcua.gateway.batches import Message
from motcua.gateway.bodies import Body, body_in_memory
from motcua.gateway.faults import Fault, at_client
from motcua.gateway.outbox import Outbox
from motcua.gateway.seals import Seal

if TYPE_CHECKING:
    from motcua.gateway.core import Core


class LinkBase:
    """What both ways have in common: an outbox for each member that sends over it."""

    def __init__(self, core: Core, gateway: str) -> None:
        self.core = core
        self.gateway = gateway
        self._requests: dict[str, Outbox] = {}
        self._answers: dict[str, Outbox] = {}

    def requests_of(self, member: str) -> Outbox:
        """Where requests of a member's systems are put."""
        found = self._requests.get(member)
        if found is None:
            found = self._requests[member] = self._outbox(member, waits=False)
        return found

    def answers_of(self, member: str) -> Outbox:
        """Where answers of a member's services are put."""
        found = self._answers.get(member)
        if found is None:
            found = self._answers[member] = self._outbox(member, waits=True)
        return found

    def _outbox(self, member: str, *, waits: bool) -> Outbox:
        core = self.core
        return Outbox(
            core.loop,
            core.journal,
            lambda: core.seal(member),
            self,
            core.clock,
            core.settings.largest_logged,
            core.note_signature,
            waits=waits,
        )

    def send_batch(self, seal: Seal, payload: bytes, messages: list[Message]) -> None:
        raise NotImplementedError

    def send_body(self, exchange: int, is_answer: bool, body: Body) -> None:
        raise NotImplementedError

    def send_fault(self, exchange: int, fault: Fault) -> None:
        raise NotImplementedError

    def _withdraw(self, exchange: int) -> bool:
        """Take a request back that has not left yet."""
        return any(each.withdraw(exchange) for each in self._requests.values())

    def failed(self, messages: list[Message], error: Exception) -> None:
        for each in messages:
            self.send_fault(each.exchange, logging_failed("ServerProxy", error))


class LocalLink(LinkBase):
    """From this gateway to itself: signed and kept as over the network, without the network."""

    def __init__(self, core: Core) -> None:
        super().__init__(core, core.settings.code)
        self._bodies: dict[tuple[int, bool], Body] = {}

    def send_body(self, exchange: int, is_answer: bool, body: Body) -> None:
        self._bodies[exchange, is_answer] = body

    def send_batch(self, seal: Seal, payload: bytes, messages: list[Message]) -> None:
        for each in messages:
            body = self._bodies.pop((each.exchange, each.is_answer), None)
            if body is None:
                body = body_in_memory(each.body)
            if each.is_answer:
                self.core.consumer.answered(self, seal.member, each, body)
            else:
                self.core.provider.serve(self, seal.member, each, body)

    def send_fault(self, exchange: int, fault: Fault) -> None:
        self.core.consumer.failed(self, exchange, fault)

    def cancel(self, exchange: int) -> None:
        if not self._withdraw(exchange):
            self.core.provider.cancel(self, exchange)


def logging_failed(where: str, error: object) -> Fault:
    return Fault(
        f"Server.{where}.LoggingFailed", f"the message log cannot take the message: {error}", 503, 30
    )


def network_error(gateway: str, why: object) -> Fault:
    return at_client("NetworkError", f"the gateway {gateway} cannot be reached: {why}", 502)
