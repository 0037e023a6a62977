"""Which papers a file needs: a matrix of kind of document and kind of provider."""

from dataclasses import dataclass
from enum import StrEnum

from credentialing.rules.provider_types import PROVIDER_TYPES


class Need(StrEnum):
    """Whether a paper has to be there."""

    REQUIRED = "required"
    CONDITIONAL = "conditional"
    OPTIONAL = "optional"


@dataclass(frozen=True)
class DocumentKind:
    """One kind of paper; `when` says in words when a conditional one is needed."""

    code: str
    name: str
    expires: bool = False
    when: str = ""
    of_facility: bool = False


DOCUMENT_KINDS = (
    DocumentKind("licence", "State licence", expires=True),
    DocumentKind("dea", "DEA registration", expires=True, when="a DEA registration is claimed"),
    DocumentKind("csr", "State controlled-substance registration", expires=True,
                 when="one is claimed"),
    DocumentKind("board", "Board certificate", when="board certification is claimed"),
    DocumentKind("coverage", "Malpractice certificate of insurance", expires=True),
    DocumentKind("cv", "Curriculum vitae with months"),
    DocumentKind("diploma", "Diploma or certificate of training"),
    DocumentKind("ecfmg", "ECFMG certificate", when="the medical school is outside the U.S."),
    DocumentKind("supervision", "Supervision or collaboration agreement", expires=True,
                 when="the provider practises under supervision"),
    DocumentKind("explanation", "Explanation of a disclosure", when="a disclosure is answered yes"),
    DocumentKind("gap", "Explanation of a gap", when="a gap is longer than a year"),
    DocumentKind("w9", "Form W-9"),
    DocumentKind("facility_licence", "Facility licence", expires=True, of_facility=True),
    DocumentKind("accreditation", "Accreditation letter", expires=True, of_facility=True,
                 when="the facility is accredited"),
    DocumentKind("survey", "Survey or site-visit report", of_facility=True,
                 when="the facility is not accredited"),
    DocumentKind("clia", "CLIA certificate", expires=True, of_facility=True,
                 when="the facility tests specimens"),
    DocumentKind("liability", "Liability certificate of insurance", expires=True, of_facility=True),
    DocumentKind("other", "Other"),
)  # fmt: skip
KIND_BY_CODE = {one.code: one for one in DOCUMENT_KINDS}
_ALWAYS = ("licence", "coverage", "cv")
_CLAIMED = ("dea", "csr", "board", "explanation", "gap")


def document_needs(provider_type: str) -> dict[str, Need]:
    """What a practitioner of a kind has to bring, by kind of document."""
    kind = next((one for one in PROVIDER_TYPES if one.code == provider_type), None)
    needs = dict.fromkeys(_ALWAYS, Need.REQUIRED) | dict.fromkeys(_CLAIMED, Need.CONDITIONAL)
    if kind is None or not kind.prescribes:
        del needs["dea"], needs["csr"]
    if kind is None or kind.is_physician:
        needs["ecfmg"] = Need.CONDITIONAL
    if kind is not None and kind.is_supervised:
        needs["supervision"] = Need.CONDITIONAL
    return {**needs, "diploma": Need.OPTIONAL, "w9": Need.OPTIONAL, "other": Need.OPTIONAL}


def facility_document_needs() -> dict[str, Need]:
    """What a facility has to bring, by kind of document."""
    always = ("facility_licence", "liability", "w9")
    claimed = ("accreditation", "survey", "clia")
    return (
        dict.fromkeys(always, Need.REQUIRED)
        | dict.fromkeys(claimed, Need.CONDITIONAL)
        | {"other": Need.OPTIONAL}
    )
