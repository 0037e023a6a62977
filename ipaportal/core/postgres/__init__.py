"""PostgreSQL as Django knows it, but each statement says whose rows it may be about."""
