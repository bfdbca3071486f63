"""Deterministic instruments: arrays in, numbers out."""
