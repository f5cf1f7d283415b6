"""The store on PostgreSQL: many nodes, one database."""

from chasqui.store.postgres.store import PostgresStore, open_postgres

__all__ = ["PostgresStore", "open_postgres"]
