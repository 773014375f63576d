"""Events between members: topics, subscriptions, events, and how far each event came with each subscriber."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from motcua.core import clock
from motcua.core.keys import new_uuid
from motcua.core.sealing.fields import SealedJSON, SealedText
from motcua.systems.exchange.models.members import Decided, Group, Subsystem


class Topic(models.Model):
    """What its owner tells others, in the shape of a JSON Schema. `publishers` may tell too; `open_to` need not ask."""

    id = models.BigAutoField(primary_key=True)
    code = models.TextField(unique=True)
    owner = models.ForeignKey(Subsystem, models.PROTECT, related_name="topics")
    title = models.TextField()
    description = models.TextField(default="", blank=True)
    legal_basis = models.TextField()
    schema = models.JSONField(default=dict)
    shape = models.IntegerField(default=1, help_text="number of the schema; it grows with each change")
    register = models.TextField(default="", blank=True, help_text="the register whose changes it tells")
    keep_days = models.IntegerField(default=30)
    per_minute = models.IntegerField(default=60_000, help_text="the most that is taken; then publishers wait")
    most_waiting = models.IntegerField(default=1_000_000)
    gap_seconds = models.IntegerField(default=60, help_text="how long an event waits for one before it")
    active = models.BooleanField(default=True)
    made_at = models.DateTimeField(default=clock.now)
    publishers = models.ManyToManyField(Subsystem, related_name="+", blank=True)
    open_to = models.ManyToManyField(Group, related_name="+", blank=True)

    def __str__(self) -> str:
        return self.title


class TopicShape(models.Model):
    """A shape that events of a topic had from a moment on: what was told earlier can still be read by its own."""

    id = models.BigAutoField(primary_key=True)
    topic = models.ForeignKey(Topic, models.CASCADE, related_name="shapes")
    number = models.IntegerField()
    schema = models.JSONField(default=dict)
    since = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["topic", "number"], name="exchange_shape_once")]

    def __str__(self) -> str:
        return f"{self.topic_id}: {self.number}"


class SubscriptionMode(models.TextChoices):
    PULL = "pull", "Bên nhận tự lấy"
    PUSH = "push", "Gửi đến địa chỉ bên nhận"


class Subscription(Decided):
    """A system hears a topic. `secret` signs what is pushed; `in_flight` is how much it takes before it says it did."""

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid, unique=True)
    topic = models.ForeignKey(Topic, models.PROTECT, related_name="subscriptions")
    subsystem = models.ForeignKey(Subsystem, models.PROTECT, related_name="subscriptions")
    why = models.TextField()
    mode = models.TextField(choices=SubscriptionMode.choices, default=SubscriptionMode.PULL)
    address = models.TextField(default="", blank=True)
    secret = SealedText(default="", blank=True)
    in_flight = models.IntegerField(default=100)
    lease_seconds = models.IntegerField(default=60)
    attempts = models.IntegerField(default=8)
    key_secret = SealedText(default="", blank=True)
    heard_from = models.BigIntegerField(
        default=0, help_text="the last position that was told before it heard"
    )
    drawn_to = models.BigIntegerField(default=0, help_text="by NATS: the last position drawn for it")
    drawn_seq = models.BigIntegerField(default=0, help_text="by NATS: so far its stream was read")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["topic", "subsystem"],
                condition=~Q(state="refused"),
                name="exchange_subscription_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.subsystem} ← {self.topic}"


class Event(models.Model):
    """One thing told. The row's id is its position; within a key, positions follow the order of telling."""

    id = models.BigAutoField(primary_key=True)
    uuid = models.UUIDField(default=new_uuid)
    topic = models.ForeignKey(Topic, models.PROTECT, related_name="events")
    key = models.TextField()
    sequence = models.BigIntegerField(null=True)
    place = models.BigIntegerField(null=True, help_text="the sequence; without one the position orders")
    payload = SealedJSON(default=dict)
    publisher = models.ForeignKey(Subsystem, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=clock.now)
    about = SealedText(
        default="", blank=True, help_text="the record's own key: each subscriber is given its own"
    )
    shape = models.IntegerField(default=1, help_text="number of the topic's shape that it was checked by")
    carried_at = models.DateTimeField(null=True, help_text="handed to its subscribers, or into the stream")
    stream_seq = models.BigIntegerField(null=True, help_text="by NATS: its place in the stream")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["topic", "uuid"], name="exchange_event_once")]
        indexes = [
            models.Index(fields=["topic", "at"], name="exchange_event_by_time"),
            models.Index(fields=["id"], condition=Q(carried_at=None), name="exchange_event_to_carry"),
            models.Index(
                fields=["topic", "stream_seq"],
                condition=Q(stream_seq__isnull=False),
                name="exchange_event_in_stream",
            ),
        ]

    def __str__(self) -> str:
        return str(self.uuid)


class KeyPlace(models.Model):
    """The last number in an unbroken row of one key, where its publisher numbers events."""

    id = models.BigAutoField(primary_key=True)
    topic = models.ForeignKey(Topic, models.CASCADE, related_name="+")
    key = models.TextField()
    sequence = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["topic", "key"], name="exchange_key_place")]

    def __str__(self) -> str:
        return f"{self.key}: {self.sequence}"


class DeliveryState(models.TextChoices):
    WAITING = "waiting", "Chờ giao"
    TAKEN = "taken", "Đang giao"
    DONE = "done", "Đã nhận"
    DEAD = "dead", "Không giao được"
    DROPPED = "dropped", "Đã bỏ"


class Delivery(models.Model):
    """One event for one subscriber, with its receipt."""

    id = models.BigAutoField(primary_key=True)
    subscription = models.ForeignKey(Subscription, models.CASCADE, related_name="deliveries")
    event = models.ForeignKey(Event, models.CASCADE, related_name="deliveries")
    key = models.TextField()
    place = models.BigIntegerField()
    state = models.TextField(choices=DeliveryState.choices, default=DeliveryState.WAITING)
    due_at = models.DateTimeField(default=clock.now)
    taken_until = models.DateTimeField(null=True)
    receipt = models.UUIDField(null=True)
    attempts = models.IntegerField(default=0)
    fault = models.TextField(default="", blank=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subscription", "event"], name="exchange_delivery_once")
        ]
        indexes = [
            models.Index(
                fields=["subscription", "key", "place"],
                condition=Q(state__in=["waiting", "taken"]),
                name="exchange_delivery_open",
            ),
            models.Index(
                fields=["subscription", "due_at"],
                condition=Q(state="waiting"),
                name="exchange_delivery_due",
            ),
            models.Index(
                fields=["subscription", "id"], condition=Q(state="dead"), name="exchange_delivery_dead"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} → {self.subscription_id}: {self.state}"
