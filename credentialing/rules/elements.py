"""What has to be verified of whom, from which sources: one table, with citations."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from credentialing.rules import facility_types
from credentialing.rules.provider_types import provider_type


@dataclass(frozen=True)
class Source:
    """Whom we may believe: the primary source, one that NCQA recognises, or a contracted agent."""

    code: str
    name: str
    trust: str = "primary"


# What this source answers is confidential: only that it was asked is kept and shown.
NPDB = "npdb"
SOURCES = {
    source.code: source
    for source in (
        Source("board_of_state", "State licensing board"),
        Source("fsmb", "Federation of State Medical Boards", "recognised"),
        Source("npdb", "NPDB (query date only; the answer is kept elsewhere)", "recognised"),
        Source("dea", "DEA Diversion Control"),
        Source("ntis", "NTIS DEA file", "recognised"),
        Source("dea_copy", "Copy of the registration", "recognised"),
        Source("csr_agency", "State controlled-substance agency"),
        Source("school", "School or programme"),
        Source("ama", "AMA or AOA physician profile", "recognised"),
        Source("ecfmg", "ECFMG", "recognised"),
        Source("clearinghouse", "National Student Clearinghouse", "recognised"),
        Source("abms", "ABMS or its agent", "recognised"),
        Source("specialty_board", "Specialty board"),
        Source("application", "Application or curriculum vitae"),
        Source("employer", "Employer"),
        Source("peer", "Peer"),
        Source("carrier", "Malpractice carrier"),
        Source("certificate", "Certificate of insurance", "recognised"),
        Source("leie", "OIG LEIE"),
        Source("sam", "SAM.gov exclusions"),
        Source("medicaid", "State Medicaid agency"),
        Source("cms", "CMS"),
        Source("nppes", "NPPES"),
        Source("hospital", "Hospital medical-staff office"),
        Source("state_agency", "State agency"),
        Source("accreditor", "Accrediting body"),
        Source("our_visit", "Our own site visit"),
        Source("agent", "Contracted verification organisation", "agent"),
    )
}


@dataclass(frozen=True)
class ElementRule:
    """One thing to verify; `credential` is the kind of credential each of which is verified."""

    code: str
    name: str
    group: str
    sources: tuple[str, ...]
    citation: str
    credential: str = ""
    is_sure: bool = True


CR3 = "NCQA CR 3"
CR7 = "NCQA CR 7"
_RULES = (
    ElementRule("licence", "State licence", "primary", ("board_of_state", "agent"),
                f"{CR3}; 42 CFR 422.204(b)(2)(ii)", credential="licence"),
    ElementRule("licence_sanctions", "Sanctions and limits of licences", "primary",
                ("board_of_state", "fsmb", "npdb", "agent"), CR3),
    ElementRule("dea", "DEA registration", "current", ("dea", "ntis", "dea_copy", "ama"),
                CR3, credential="dea"),
    ElementRule("dea_exempt", "Why no DEA registration, and who prescribes", "current",
                ("application", "dea"), f"{CR3}; which words are enough is the IPA's policy",
                is_sure=False),
    ElementRule("supervision", "Supervising or collaborating physician", "current",
                ("application", "board_of_state", "peer"),
                "state law, unverified: what the IPA requires stands under its policies",
                is_sure=False),
    ElementRule("csr", "State controlled-substance registration", "current",
                ("csr_agency", "dea_copy"), CR3, credential="csr"),
    ElementRule("education", "Highest education and training", "lasting",
                ("school", "board_of_state", "abms", "ama", "ecfmg", "clearinghouse", "agent"),
                CR3),
    ElementRule("board", "Board certification", "primary",
                ("abms", "specialty_board", "ama", "board_of_state", "agent"), CR3,
                credential="board"),
    ElementRule("work_history", "Work history of five years", "work_history",
                ("application", "employer"), CR3),
    ElementRule("coverage", "Malpractice cover", "current", ("carrier", "certificate"),
                "contract custom, $1M / $3M; NCQA asks for dates and amounts only",
                credential="coverage", is_sure=False),
    ElementRule("malpractice_history", "Malpractice history of five years", "primary",
                ("npdb", "carrier", "agent"), CR3),
    ElementRule("federal_sanctions", "Medicare and Medicaid exclusions", "primary",
                ("leie", "sam", "medicaid", "npdb", "agent"),
                f"{CR3}; 42 CFR 422.204(b)(4); 42 CFR 1001.1901"),
    ElementRule("opt_out", "Medicare opt-out", "primary", ("cms",), "42 CFR 422.220"),
    ElementRule("npi", "NPI", "primary", ("nppes",), "45 CFR 162.410"),
    ElementRule("privileges", "Hospital privileges or admitting arrangement", "primary",
                ("hospital", "application", "agent"), "our policy", is_sure=False),
    ElementRule("peer_reference", "Peer reference", "primary", ("peer",), "our policy",
                is_sure=False),
    ElementRule("attestation", "Signed application", "attestation", ("application",),
                f"{CR3}; 42 CFR 422.204(b)(2)(i)"),
    ElementRule("fac_licence", "Facility licence", "facility", ("state_agency", "agent"), CR7,
                credential="fac_licence"),
    ElementRule("ccn", "Medicare certification", "facility", ("cms", "state_agency"),
                f"{CR7}; 42 CFR 422.204(b)(3)", credential="ccn"),
    ElementRule("accreditation", "Accreditation", "facility", ("accreditor",), CR7,
                credential="accreditation"),
    ElementRule("quality_check", "Survey or site visit", "survey",
                ("state_agency", "cms", "our_visit"), CR7),
    ElementRule("clia", "CLIA certificate", "facility", ("cms", "certificate"), "42 CFR 493",
                credential="clia"),
    ElementRule("liability", "Liability cover", "current", ("carrier", "certificate"),
                "contract custom", credential="liability", is_sure=False),
    ElementRule("facility_sanctions", "Exclusions of the facility and its owners", "facility",
                ("leie", "sam", "medicaid"), f"{CR7}; 42 CFR 422.204(b)(4)"),
)  # fmt: skip
RULES = {rule.code: rule for rule in _RULES}

_EVERYBODY = ("licence", "licence_sanctions", "education", "work_history", "coverage",
              "malpractice_history", "federal_sanctions", "opt_out", "npi",
              "attestation")  # fmt: skip


def elements_of_practitioner(kind: str, claims: Collection[str]) -> Iterator[ElementRule]:
    """
    What has to be verified of a practitioner of a kind.

    `claims` are the kinds of credential that they say they hold: a board certificate is verified
    where claimed; a DEA registration is expected of whoever may prescribe, unless they said why
    they hold none.
    """
    known = provider_type(kind)
    codes = list(_EVERYBODY)
    if "dea_exempt" in claims and "dea" not in claims:
        codes.append("dea_exempt")
    elif known is None or known.prescribes or "dea" in claims:
        codes.append("dea")
    codes += [code for code in ("supervision", "csr", "board") if code in claims]
    if known is not None and known.is_physician:
        codes += ["privileges", "peer_reference"]
    return (RULES[code] for code in RULES if code in codes)


def elements_of_facility(kind: str, claims: Collection[str]) -> Iterator[ElementRule]:
    """
    What has to be verified of a facility: accredited, or else surveyed or visited.

    A CMS certification where its kind has numbers or it claims one, CLIA where it tests.
    """
    known = facility_types.BY_CODE[kind]
    codes = ["fac_licence", "liability", "facility_sanctions"]
    codes.append("accreditation" if "accreditation" in claims else "quality_check")
    if known.ccn_ranges or known.ccn_letters or "ccn" in claims:
        codes.append("ccn")
    if kind == "lab" or "clia" in claims:
        codes.append("clia")
    return (RULES[code] for code in RULES if code in codes)
