"""Deliveries to what is outside of this server: couriers between the outbox and the clients."""
