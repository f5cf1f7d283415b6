"""Delivery to targets outside of this server: the outbox, which retries, and the clients that it hands messages to:
HTTP, mail, text messages, push notifications."""
