"""Whether a file follows the NeXus definitions; the catalogue takes it in either case."""
