"""From judged files to rows of the catalogue, a batch a transaction."""
