"""
Simulated months of an IPA's life against a model that recomputes every cent.

`model` and `journal` know nothing of the portal: they use the standard library alone.
"""
