"""Where the service keeps what it must not lose: a database, and an object store for the tables."""
