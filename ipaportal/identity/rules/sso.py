"""When an address that a sign-in server vouches for leads to an account by itself."""

from collections.abc import Collection


def may_link_by_address(email: str, *, verified: bool, domains: Collection[str]) -> bool:
    """
    Whether a server's word about an address is enough: verified, and of a domain that is its own.

    Letters beyond ASCII are not taken: some become ASCII ones when they are made small.
    """
    name, at, domain = email.rpartition("@")
    known = {one.lower() for one in domains}
    return bool(verified and name and at and email.isascii() and domain.lower() in known)
