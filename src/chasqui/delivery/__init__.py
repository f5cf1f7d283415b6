<<<<<<< HEAD
"""What brings messages to targets outside the store: the outbox, its policies of retries, the HTTP client."""
=======
"""Delivery to what is outside: clients that hand a message over, and say what became of it."""
>>>>>>> channels
