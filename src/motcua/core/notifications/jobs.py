"""Carrying messages out."""

from __future__ import annotations

from motcua.core import clock, jobs
from motcua.core.errors import Unavailable, UserError
from motcua.core.notifications.channels import channels
from motcua.core.notifications.models import Delivery, DeliveryState


@jobs.task(name="notifications.deliver")
def deliver(delivery_id: int) -> None:
    """Send once. A carrier that is down is tried again; an address that cannot be right is noted."""
    delivery = Delivery.objects.select_for_update().select_related("message").get(pk=delivery_id)
    if delivery.state != DeliveryState.WAITING:
        return
    try:
        channels.get(delivery.channel).send(delivery.address, delivery.message.subject, delivery.message.body)
    except Unavailable:
        raise
    except UserError as wrong:
        delivery.state, delivery.reason = DeliveryState.FAILED, wrong.text()
    else:
        delivery.state, delivery.sent_at = DeliveryState.SENT, clock.now()
    delivery.save(update_fields=["state", "reason", "sent_at"])
