"""What may be done with a table, in the words of the database."""

READ = "SELECT"
ADD = "SELECT, INSERT"
CHANGE = "SELECT, INSERT, UPDATE"
FREE = "SELECT, INSERT, UPDATE, DELETE"


def then(*columns: str) -> str:
    """Added, and changed afterwards in these columns only."""
    return f"{ADD}, UPDATE ({', '.join(columns)})"
