"""Lets care watch be told of answers to referrals and readmissions, and read panels by risk."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("compliance", "0021_health_records"),
    ]

    operations = [
        migrations.AlterField(
            model_name="carefact",
            name="kind",
            field=models.CharField(
                choices=[
                    ("encounters", "visits with the PCP"),
                    ("gaps_due", "preventive measures that are due"),
                    ("gaps_open", "of these still open"),
                    ("referrals", "referrals asked for"),
                    ("referrals_denied", "of these denied"),
                    ("appeals", "appeals of denials"),
                    ("appeals_overturned", "of these overturned"),
                    (
                        "acsc_admissions",
                        "admissions for conditions that good care outside hospitals avoids",
                    ),
                    ("grievances", "grievances about access or care"),
                    ("referrals_decided", "referrals that were decided"),
                    ("referrals_late", "of these decided later than the clock allows"),
                    (
                        "referral_hours",
                        "hours from asking to the decision, of all that were decided",
                    ),
                    ("discharges", "discharges from hospital to home or to other care"),
                    ("readmissions", "of these back in hospital, unplanned, within 30 days"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="carereading",
            name="sign",
            field=models.CharField(
                choices=[
                    ("encounters", "Visits"),
                    ("no_visit", "No visit in a year"),
                    ("gaps", "Preventive gaps"),
                    ("denials", "Referrals denied"),
                    ("overturned", "Denials overturned"),
                    ("acsc", "Avoidable admissions"),
                    ("grievances", "Grievances"),
                    ("late_answers", "Late answers"),
                    ("readmitted", "Back within 30 days"),
                    ("panel_risk", "Panel by risk"),
                ],
                max_length=12,
            ),
        ),
    ]
