"""The harvester: what other catalogues serve over OAI-PMH, taken in however they serve it."""
