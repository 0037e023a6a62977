"""Makes evidence of how people are linked to the sign-in server of the IPA's own."""

from django.db import migrations

WITNESS = "SELECT audit_witness('identity_ssoidentityevent');"
UNWITNESS = """
DROP TRIGGER leaves ON identity_ssoidentityevent;
DROP FUNCTION identity_ssoidentityevent_leaves();
"""


class Migration(migrations.Migration):
    dependencies = [("home", "0001_evidence"), ("identity", "0005_sso_identities")]
    operations = [migrations.RunSQL(WITNESS, UNWITNESS)]
