"""Lifecycle rules: what they say of an object, and the worker that carries them out."""
