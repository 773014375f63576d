"""Events: told once, given to every subscriber at least once, in the order of their key, with a receipt."""

from motcua.systems.exchange.bus.delivering import (
    Taken,
    acknowledge,
    drop,
    receipts,
    redeliver,
    reject,
    replay,
    take,
)
from motcua.systems.exchange.bus.publishing import publish
from motcua.systems.exchange.bus.subscribing import (
    change_secret,
    decide_subscription,
    declare_topic,
    subscribe,
    unsubscribe,
)

__all__ = [
    "Taken",
    "acknowledge",
    "change_secret",
    "decide_subscription",
    "declare_topic",
    "drop",
    "publish",
    "receipts",
    "redeliver",
    "reject",
    "replay",
    "subscribe",
    "take",
    "unsubscribe",
]
