"""Federated search: one question to many facilities' search APIs, one answer."""
