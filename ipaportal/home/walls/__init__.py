"""The database's own walls: what each of its roles may do, whatever the code above asks for."""
