"""Whoever adds a column that names a stored file says so where files are deleted."""

from django.apps import apps

from compliance.queries.retention import FILE_COLUMNS

# Digests of something that is no stored file.
NO_FILES = {
    ("credentialing_attestation", "content_sha256"),
    ("credentialing_auditsample", "population_sha256"),
    ("credentialing_agendaitem", "packet_sha256"),
    ("credentialing_decision", "packet_sha256"),
    ("credentialing_minutes", "content_sha256"),
    ("credentialing_inquiry", "token_sha256"),
    ("credentialing_roster", "snapshot_sha256"),
    ("credentialing_rosterline", "content_sha256"),
    ("purchasing_award", "sha256"),
    ("purchasing_grouporder", "snapshot_sha256"),
    ("purchasing_recall", "file_sha256"),
    ("purchasing_tradedocument", "content_sha256"),
    ("compliance_audituniverse", "population_sha256"),
    ("compliance_audititem", "row_sha256"),
    ("compliance_policyversion", "sha256"),
    ("compliance_policyapproval", "content_sha256"),
    ("compliance_campaign", "content_sha256"),
    ("compliance_attestation", "content_sha256"),
    ("compliance_purge", "items_sha256"),
    ("compliance_purgeapproval", "items_sha256"),
    ("compliance_purgeitem", "sha256"),
}


def test_knows_every_column_that_names_a_stored_file():
    found = {
        (model._meta.db_table, field.column)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if field.column.endswith("sha256") and not model._meta.db_table.endswith("event")
    }
    assert found - set(FILE_COLUMNS) == NO_FILES, "does it name a stored file?"
    assert set(FILE_COLUMNS) - found == set()
