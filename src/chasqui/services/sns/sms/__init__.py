"""Text messages: numbers, settings, the sandbox, what is spent, sending."""
