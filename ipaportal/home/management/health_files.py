"""Files of health records, as their own reader judges them; for `inspect`."""

from compliance.formats.care_documents import looks_like_document, read_document
from compliance.formats.health_records import looks_like_records, read_records
from ipaportal.core.x12 import Problem

KIND, ONE, DOCUMENT = "fhir-ndjson", "fhir-json", "c-cda"


def judge(data: bytes) -> tuple[str, list[Problem], dict[str, object]] | None:
    """The format, what is wrong, and the figures; None if it is no file of health records."""
    if looks_like_document(data) and b"ClinicalDocument" in data:
        found = read_document(data)
        return DOCUMENT, found.problems, found.figures
    if not looks_like_records(data):
        return None
    found = read_records(data)
    return ONE if found.is_one else KIND, found.problems, found.figures
