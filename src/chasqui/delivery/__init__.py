"""Delivery to what is outside: clients that hand a message over, and say what became of it."""
