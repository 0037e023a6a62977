from ipaportal.ledger.actions.holds import place_hold, release_hold

__all__ = ["place_hold", "release_hold"]
