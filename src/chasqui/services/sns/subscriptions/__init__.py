"""Subscriptions: made, confirmed, changed, ended."""
