"""Invocations: synchronous, asynchronous, streamed, by URL; concurrency, retries, destinations."""
