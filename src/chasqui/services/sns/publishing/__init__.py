"""From a Publish to the queues: who gets a message, in which transaction, in which form."""
