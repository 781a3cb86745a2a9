"""The HTTP door: beamlines hand in files, by path or upload, and are told what became of them."""
