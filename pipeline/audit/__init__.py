"""Which clips that bear the target's name are probably something else? See ``stage`` and ``command``."""
