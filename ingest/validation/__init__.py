"""Whether a file follows the NeXus definitions, told apart from whether the catalogue can use it."""
