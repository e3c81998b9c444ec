"""When is work done? Jobs meet only through the database."""
