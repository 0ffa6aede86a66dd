"""`/admin` of a town: all tables, for those who know their way; piccolo-admin's front-end over our own rules."""
