"""Counters, and structured logs."""
