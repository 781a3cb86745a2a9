"""What a facility says of its paths and techniques, and the pages to try it."""
