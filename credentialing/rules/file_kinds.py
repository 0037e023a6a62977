"""Kinds of file that documents may be, told by their first bytes, never by their name."""

MAX_BYTES = 25 << 20
_MARKS = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
)


def kind_of_bytes(data: bytes) -> str | None:
    """The content type of a file's bytes, or None if it is no document that is kept."""
    return next((kind for mark, kind in _MARKS if data.startswith(mark)), None)
