"""Proof of the served minds on a machine without a GPU: real servers with models that need no hub."""
