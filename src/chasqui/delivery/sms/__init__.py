"""Text messages: the port of providers, an HTTP gateway, an SMPP message centre, and the embedded phone."""
