"""Asking other agencies, and telling them: the outbox of questions, and the moment at which an event is told.

Rooms and core apps call `actions.send` and `telling.publish` (to ask and wait: `core.outbound.exchange`); how the words
travel, our gateway and the bus of events, is the business of `systems/exchange` and of the gateway's process.
"""
