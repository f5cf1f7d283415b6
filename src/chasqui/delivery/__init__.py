"""What brings messages to targets outside the store: the outbox, its policies of retries, the HTTP client."""
