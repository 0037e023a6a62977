"""A room kept free for its issue."""
