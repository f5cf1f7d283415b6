"""The store on PostgreSQL: many nodes, one database."""
