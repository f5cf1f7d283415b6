"""The HTTP client of deliveries: HTTP/1.1, bounded in time and size, to addresses that are allowed."""
