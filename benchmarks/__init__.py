"""Benches: each module has `run() -> dict` of named figures; see `motcua bench`."""
