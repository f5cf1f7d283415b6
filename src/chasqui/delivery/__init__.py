"""Delivery to targets outside: the outbox, which retries, and clients for HTTP, mail, text messages and push."""
