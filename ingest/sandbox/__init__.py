"""Reading HDF5 in child processes, which may hang or crash."""
