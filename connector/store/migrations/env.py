"""What Alembic runs: our metadata on the connection that `upgrade.py` hands over."""

from alembic import context

from connector.store.rows import Table

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Table.metadata, render_as_batch=True, compare_type=True)
with context.begin_transaction():
    context.run_migrations()
