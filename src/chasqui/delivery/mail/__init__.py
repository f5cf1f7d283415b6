"""E-mail: messages as RFC 5322 wants them, the relay that sends them, and the embedded mailbox that keeps them
instead."""
