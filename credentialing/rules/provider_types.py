"""Kinds of practitioner: what each is licensed as, and whether they may prescribe."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ProviderType:
    """One kind; `is_supervised` kinds practise with a physician named on their file."""

    code: str
    name: str
    prescribes: bool
    is_physician: bool = False
    is_supervised: bool = False


PROVIDER_TYPES = (
    ProviderType("md", "Physician (MD)", True, is_physician=True),
    ProviderType("do", "Physician (DO)", True, is_physician=True),
    ProviderType("dpm", "Podiatrist", True),
    ProviderType("dds", "Dentist", True),
    ProviderType("od", "Optometrist", True),
    ProviderType("np", "Nurse practitioner", True, is_supervised=True),
    ProviderType("cnm", "Certified nurse midwife", True, is_supervised=True),
    ProviderType("pa", "Physician assistant", True, is_supervised=True),
    ProviderType("dc", "Chiropractor", False),
    ProviderType("psy", "Psychologist", False),
    ProviderType("lcsw", "Clinical social worker", False),
    ProviderType("lmft", "Marriage and family therapist", False),
    ProviderType("pt", "Physical therapist", False),
    ProviderType("ot", "Occupational therapist", False),
    ProviderType("aud", "Audiologist", False),
    ProviderType("rd", "Dietitian", False),
)
BY_CODE = {one.code: one for one in PROVIDER_TYPES}


def provider_type(code: str) -> ProviderType | None:
    """The kind of a code, or None for a practitioner whose kind was not recorded yet."""
    return BY_CODE.get(code)
