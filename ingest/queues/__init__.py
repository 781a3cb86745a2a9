"""Inboxes, the queue of each facility, and what to do with messages that fail."""
