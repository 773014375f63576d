"""The state's data and services in the words of GovStack's building blocks, on a port of their own, off by default.

The same actions and queries as everywhere else; only the words differ. Who calls is told by our own gateway in the
header `Information-Mediator-Client`, so nothing but the gateway may reach this port.
"""
