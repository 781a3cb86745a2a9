"""A Django database backend: PostgreSQL in a private cluster that starts when first used."""
