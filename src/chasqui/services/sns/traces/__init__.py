"""What became of messages: traces, delivery-status logs, and who writes them."""
