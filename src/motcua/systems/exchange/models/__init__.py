"""What the exchange keeps: who takes part, what is offered, what happened, and events."""

from motcua.systems.exchange.models.events import (
    Delivery,
    DeliveryState,
    Event,
    KeyPlace,
    Subscription,
    SubscriptionMode,
    Topic,
    TopicShape,
)
from motcua.systems.exchange.models.members import (
    ApiKey,
    Certificate,
    Gateway,
    Group,
    Member,
    Standing,
    Subsystem,
)
from motcua.systems.exchange.models.offers import (
    AccessRequest,
    Kind,
    Notice,
    Purpose,
    Quota,
    Right,
    Service,
    Version,
    VersionState,
)
from motcua.systems.exchange.models.operating import Call, Difference, Publication, Side

__all__ = [
    "AccessRequest",
    "ApiKey",
    "Call",
    "Certificate",
    "Delivery",
    "DeliveryState",
    "Difference",
    "Event",
    "Gateway",
    "Group",
    "KeyPlace",
    "Kind",
    "Member",
    "Notice",
    "Publication",
    "Purpose",
    "Quota",
    "Right",
    "Service",
    "Side",
    "Standing",
    "Subscription",
    "SubscriptionMode",
    "Subsystem",
    "Topic",
    "TopicShape",
    "Version",
    "VersionState",
]
