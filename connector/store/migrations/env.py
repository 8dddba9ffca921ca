"""What Alembic runs: our metadata on the connection that `upgrade.py` hands over."""

from alembic import context

from connector.store import rows as rows
from connector.store import text_rows as text_rows
from connector.store.tables import Table

# rows and text_rows are imported for the tables that they put into the metadata
connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Table.metadata, render_as_batch=True, compare_type=True)
with context.begin_transaction():
    context.run_migrations()
