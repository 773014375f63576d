"""The exchange's pages, and the addresses that gateways ask."""
