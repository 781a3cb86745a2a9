"""Exchange of metadata with other catalogues, in both directions."""
