"""Alembic's entry: runs the revisions on the connection, and in the transaction, that `migrate` hands over."""

from alembic import context

from endgame.storage.tables import SCHEMA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SCHEMA,
    transactional_ddl=True,  # true of our SQLite connections too: the driver never begins or commits by itself
)
with context.begin_transaction():
    context.run_migrations()
