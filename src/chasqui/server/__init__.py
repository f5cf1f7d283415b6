"""Sockets, TLS, HTTP/1.1 and HTTP/2, and the way of a request."""
