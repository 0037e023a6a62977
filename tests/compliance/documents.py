"""C-CDA documents by hand: small, and enough."""

SECTIONS = {"Encounter": "46240-8", "Procedure": "47519-4", "Immunization": "11369-6",
            "Condition": "11450-4"}  # fmt: skip
CPT = "2.16.840.1.113883.6.12"
OIDS = {"Encounter": CPT, "Procedure": CPT, "Immunization": "2.16.840.1.113883.12.292",
        "Condition": "2.16.840.1.113883.6.90"}  # fmt: skip
TAGS = {"Encounter": "encounter", "Procedure": "procedure",
        "Immunization": "substanceAdministration", "Condition": "act"}  # fmt: skip


def an_entry(
    kind: str, ref: str, when: str, code: str = "", npi: str = "", status: str = "",
    mood: str = "EVN", *, negated: bool = False,
) -> str:  # fmt: skip
    """A section with one entry."""
    coded = f'codeSystem="{OIDS[kind]}" code="{code}"'
    inner = {
        "Immunization": f"<consumable><manufacturedProduct><manufacturedMaterial><code {coded}/>"
        "</manufacturedMaterial></manufacturedProduct></consumable>",
        "Condition": f"<entryRelationship><observation><value {coded}/></observation>"
        "</entryRelationship>",
    }.get(kind, f"<code {coded}/>")
    by = f'root="2.16.840.1.113883.4.6" extension="{npi}"' if npi else 'nullFlavor="UNK"'
    return (
        f'<component><section><code code="{SECTIONS[kind]}"/><entry><{TAGS[kind]} '
        f'moodCode="{mood}" negationInd="{str(negated).lower()}">'
        + (f'<id root="1.2.3" extension="{ref}"/>' if ref else '<id nullFlavor="UNK"/>')
        + (f'<statusCode code="{status}"/>' if status else "")
        + f'{inner}<effectiveTime><low value="{when}"/></effectiveTime>'
        f"<performer><assignedEntity><id {by}/></assignedEntity></performer>"
        f"</{TAGS[kind]}></entry></section></component>"
    )


def a_document(
    *sections: str, patient_id: str = "p-1", as_of: str = "20261001120000+0000"
) -> bytes:
    """Ann's document, of these sections."""
    known = f'<id root="1.2.3.4" extension="{patient_id}"/>' if patient_id else ""
    mbi = '<id root="2.16.840.1.113883.4.927" extension="1EG4TE5MK73"/>' if patient_id else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?><ClinicalDocument xmlns="urn:hl7-org:v3">'
        f'<effectiveTime value="{as_of}"/><recordTarget><patientRole>{known}{mbi}<patient><name>'
        "<given>Ann</given><family>Example</family></name>"
        '<administrativeGenderCode code="F"/><birthTime value="19520505"/></patient></patientRole>'
        "</recordTarget><component><structuredBody>"
        + "".join(sections)
        + "</structuredBody></component></ClinicalDocument>"
    ).encode()


def ends_deep(depth: int) -> bytes:
    return b"<x>" * depth + b"</x>" * depth
