"""The store's port on SQLite: one file, one process, one sync a tick."""

from chasqui.store.sqlite.store import SqliteStore, open_store

__all__ = ["SqliteStore", "open_store"]
