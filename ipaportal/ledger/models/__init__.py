from ipaportal.ledger.models.accounts import Account
from ipaportal.ledger.models.entries import Entry, Posting
from ipaportal.ledger.models.holds import Hold

__all__ = ["Account", "Entry", "Hold", "Posting"]
