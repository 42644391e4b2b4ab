"""In place of the `tensorflow` package: the import alias, private paths, and running scripts under them."""
