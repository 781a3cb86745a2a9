"""The demonstration: an invented pair of facilities and the NeXus files they would write."""
