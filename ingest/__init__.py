"""From a NeXus file to catalogue rows."""
