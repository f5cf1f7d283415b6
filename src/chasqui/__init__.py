"""Chasqui: one durable server that speaks AWS' protocols for integration."""

__version__ = "0.1.0"
