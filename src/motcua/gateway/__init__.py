"""The exchange gateway: a process of its own between the systems of agencies, speaking X-Road's REST protocol.

It stands beside the systems, knows no database and no Django, and learns who may call whom from one signed file
(`configuration`), so that it works on while everything else is down.
"""
