"""How well files describe themselves: readiness, reports, the league of instruments."""
