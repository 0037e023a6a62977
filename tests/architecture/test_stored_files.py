"""A purge deletes no bytes that a row still names: every column with a hash is a file's, or not."""

from django.apps import apps

from compliance.queries.retention import FILE_COLUMNS

# Hashes of what stands in or beside the row, of a token, or of bytes that were read and not kept.
NO_FILES = {
    ("purchasing_disclosure", "sha256"),
    ("compliance_attestation", "content_sha256"),
    ("compliance_audititem", "row_sha256"),
    ("compliance_audituniverse", "population_sha256"),
    ("compliance_campaign", "content_sha256"),
    ("compliance_evidence", "content_sha256"),
    ("compliance_healthrecord", "line_sha256"),
    ("compliance_incentiverequest", "given_sha256"),
    ("compliance_knownbackup", "manifest_sha256"),
    ("compliance_obligationlibrary", "content_sha256"),
    ("compliance_policyapproval", "content_sha256"),
    ("compliance_policyversion", "sha256"),
    ("compliance_purge", "items_sha256"),
    ("compliance_purgeapproval", "items_sha256"),
    ("compliance_purgeitem", "sha256"),
    ("compliance_recordinterface", "secret_sha256"),
    ("credentialing_agendaitem", "packet_sha256"),
    ("credentialing_attestation", "content_sha256"),
    ("credentialing_auditsample", "population_sha256"),
    ("credentialing_decision", "packet_sha256"),
    ("credentialing_inquiry", "token_sha256"),
    ("credentialing_inquiryreminder", "token_sha256"),
    ("credentialing_minutes", "content_sha256"),
    ("credentialing_roster", "snapshot_sha256"),
    ("credentialing_rosterline", "content_sha256"),
    ("purchasing_award", "sha256"),
    ("purchasing_grouporder", "snapshot_sha256"),
    ("purchasing_grouporderevent", "snapshot_sha256"),
    ("purchasing_recall", "file_sha256"),
    ("purchasing_tradedocument", "content_sha256"),
}


def test_says_of_every_hash_whether_it_names_a_stored_file():
    found = {
        (model._meta.db_table, field.column)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if "sha256" in field.column
    }
    assert found - set(FILE_COLUMNS) - NO_FILES == set(), "add it to FILE_COLUMNS, or here"
    assert (set(FILE_COLUMNS) | NO_FILES) - found == set(), "these are no columns any more"
    assert set(FILE_COLUMNS) & NO_FILES == set()
