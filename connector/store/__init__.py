"""Our own database: the ledger, its history, and what is remembered about the platforms. SQLite or PostgreSQL."""
