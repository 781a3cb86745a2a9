"""A Django database backend: PostgreSQL, in a private cluster that starts with the first connection."""
