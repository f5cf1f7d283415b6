"""Moving house: everything a SQLite data directory holds, into an empty PostgreSQL database, resumable and verified."""

from chasqui.store.moving.house import Moved, MovedTable, Told, move_house
from chasqui.store.moving.target import MoveRefused

__all__ = ["MoveRefused", "Moved", "MovedTable", "Told", "move_house"]
