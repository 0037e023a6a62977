"""What a leaf says, as text: the same in the tree, in an export and to whoever checks one."""

import hashlib

# Nothing but the standard library: this text is a part of the verifier that travels with exports.
FIELDS = ("id", "xid", "recorded_at", "kind", "key", "digest")


def leaf_data(leaf: dict) -> bytes:
    """The bytes that are hashed into the tree: a leaf's fields, divided by tabs."""
    return "\t".join(str(leaf[name]) for name in FIELDS).encode()


def digest_of(salt: bytes, payload: str) -> str:
    """The salted digest of an event, in hex."""
    return hashlib.sha256(salt + payload.encode()).hexdigest()
