"""Everything that is kept encrypted: one list; a test compares it with the models and the code."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """
    A column of encrypted values, and what ties each to its row.

    `row` names the column whose value ends the additional data; empty where all rows share `aad`.
    `texts` names the texts of a JSON column that are encrypted (base64); empty for bytes.
    """

    table: str
    column: str
    row: str = ""
    aad: str = ""
    texts: tuple[str, ...] = ()
    key: str = "id"
    is_of_cases: bool = False  # behind a wall that staff's role does not pass

    @property
    def name(self) -> str:
        return f"{self.table}.{self.column}"


PLACES = (
    Place("capitation_member", "mbi_encrypted", row="uuid"),
    Place("capitation_bankaccount", "account_encrypted", row="id"),
    Place("capitation_returnline", "corrected_encrypted", row="id"),
    Place("credentialing_practitioner", "birth_date_encrypted", row="uuid"),
    Place("credentialing_practitioner", "ssn_encrypted", row="uuid"),
    Place("credentialing_associate", "birth_date_encrypted", row="uuid"),
    Place("credentialing_associate", "ssn_encrypted", row="uuid"),
    Place("credentialing_discussion", "text_encrypted", row="uuid"),
    Place("compliance_healthrecord", "told_encrypted", row="id"),
    Place("compliance_healthlink", "key_encrypted", row="id"),
    Place("compliance_breachrecord", "told_encrypted", row="id", is_of_cases=True),
    Place("compliance_case", "title_encrypted", row="id", is_of_cases=True),
    Place("compliance_case", "text_encrypted", row="id", is_of_cases=True),
    Place("compliance_caseperson", "name_encrypted", row="id", is_of_cases=True),
    Place("compliance_casetask", "text_encrypted", row="id", is_of_cases=True),
    Place("compliance_casefile", "name_encrypted", row="id", is_of_cases=True),
    Place("compliance_caseevent", "text_encrypted", row="id", is_of_cases=True),
    Place("compliance_hotlinemessage", "text_encrypted", row="id", is_of_cases=True),
    # Secrets of authenticator apps and seeds of recovery codes.
    Place("mfa_authenticator", "data", aad="mfa_authenticator.data.secret",
          texts=("secret", "seed")),
)  # fmt: skip

# Encrypted, but gone with the session at the latest: a new key needs nothing done to them.
PASSING = {"django_session.session_data.searches"}
# Keyed hashes, made with the ring's `index` key, which a rotation leaves alone.
HASHES = {
    "capitation_member.mbi_index",
    "capitation_memberidentifier.mbi_index",
    "capitation_remittanceline.mbi_index",
    "compliance_hotlinereport.code_digest",
}
# The evidence's hashes, and the salts that make them say nothing of a row once they are shredded.
EVIDENCE = {
    "audit_checkpoint.root",
    "audit_leaf.digest",
    "audit_salt.salt",
    "audit_sealedleaf.hash",
}
