"""The vocabulary of the field as data: entities, tables, identifiers, money, evidence."""
