import uuid
from pathlib import Path

import django.db.models.deletion
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

TRUTHS = Path(__file__).with_suffix(".sql").read_text()
CHANGES_ONCE = ("meeting", "attendance", "agendaitem", "motion", "condition")
ADDED_ONLY = ("pledge", "recusal", "vote", "decision", "decisionletter", "minutes")
UNDO = "".join(
    [f"DROP TRIGGER changes_once ON credentialing_{name};" for name in CHANGES_ONCE]
    + [f"DROP TRIGGER refuse_change ON credentialing_{name};" for name in ADDED_ONLY]
    + [
        f"DROP TRIGGER refuse_truncate ON credentialing_{name};"
        for name in (*CHANGES_ONCE, *ADDED_ONLY, "discussion")
    ]
    + [
        "DROP TRIGGER in_the_room ON credentialing_vote;",
        "DROP FUNCTION credentialing_vote_in_the_room();",
        "DROP TRIGGER stays ON credentialing_discussion;",
        "DROP FUNCTION credentialing_discussion_stays();",
    ]
)


class Migration(migrations.Migration):
    dependencies = [
        ("credentialing", "0005_screening"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Attendance",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("arrived_at", models.DateTimeField()),
                ("left_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["arrived_at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="CommitteeEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_context", pghistory.utils.JSONField(null=True)),
                ("pgh_context_id", models.UUIDField(null=True)),
                ("id", models.BigIntegerField()),
                ("name", models.CharField(max_length=100)),
                (
                    "least_voting",
                    models.PositiveSmallIntegerField(
                        default=3, verbose_name="voting members needed at least"
                    ),
                ),
                (
                    "needs_majority",
                    models.BooleanField(
                        default=True, verbose_name="more than half of the voting seats"
                    ),
                ),
                (
                    "needs_chair",
                    models.BooleanField(default=True, verbose_name="the chair or a deputy"),
                ),
                (
                    "needs_external",
                    models.BooleanField(
                        default=True, verbose_name="a practitioner from outside the IPA"
                    ),
                ),
                (
                    "lock_days",
                    models.PositiveSmallIntegerField(
                        default=3, verbose_name="days before it that the agenda locks"
                    ),
                ),
                ("protection_text", models.CharField(blank=True, max_length=500)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Condition",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.CharField(max_length=300)),
                ("due_date", models.DateField()),
                ("met_at", models.DateTimeField(blank=True, null=True)),
                (
                    "met_text",
                    models.CharField(blank=True, max_length=300, verbose_name="how it was met"),
                ),
                ("met_by_name", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "ordering": ["due_date", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Decision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("approved", "approved"),
                            ("approved_conditions", "approved with conditions"),
                            ("denied", "denied"),
                        ],
                        max_length=19,
                    ),
                ),
                ("text", models.CharField(max_length=1000, verbose_name="reasons")),
                (
                    "reason_code",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("threshold", "does not meet a criterion for joining the network"),
                            ("quality", "concerns about quality of care"),
                            ("conduct", "professional conduct"),
                            ("sanctions", "sanctions or limits of a licence"),
                            ("history", "malpractice history"),
                            ("false", "what the application says is not so"),
                        ],
                        max_length=10,
                    ),
                ),
                ("level", models.CharField(max_length=10)),
                ("packet_sha256", models.CharField(max_length=64)),
                ("decision_date", models.DateField()),
                ("decided_at", models.DateTimeField()),
                ("decided_by_id", models.BigIntegerField(blank=True, null=True)),
                ("decided_by_name", models.CharField(max_length=200)),
                ("notice_due_date", models.DateField(verbose_name="letter due by")),
                ("next_due_date", models.DateField(blank=True, null=True)),
                ("ends_date", models.DateField(blank=True, null=True)),
                ("lapse", models.CharField(blank=True, max_length=300)),
            ],
            options={
                "ordering": ["-decision_date", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="DecisionLetter",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("content", models.JSONField()),
                ("pdf_sha256", models.CharField(max_length=64)),
                (
                    "channel",
                    models.CharField(
                        choices=[("portal", "portal and e-mail"), ("certified", "certified mail")],
                        default="portal",
                        max_length=9,
                    ),
                ),
                (
                    "tracking",
                    models.CharField(blank=True, max_length=60, verbose_name="tracking number"),
                ),
                ("due_date", models.DateField()),
                ("issued_date", models.DateField()),
                ("issued_at", models.DateTimeField()),
                ("issued_by_id", models.BigIntegerField(blank=True, null=True)),
                ("issued_by_name", models.CharField(max_length=200)),
            ],
            options={
                "ordering": ["-issued_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="Discussion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("text_encrypted", models.BinaryField()),
                ("written_by_id", models.BigIntegerField(blank=True, null=True)),
                ("written_by_name", models.CharField(max_length=200)),
                ("written_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["written_at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Meeting",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("starts_at", models.DateTimeField()),
                (
                    "mode",
                    models.CharField(
                        choices=[
                            ("in_person", "in person"),
                            ("video", "by video"),
                            ("telephone", "by telephone"),
                        ],
                        max_length=9,
                    ),
                ),
                (
                    "place",
                    models.CharField(
                        blank=True, max_length=200, verbose_name="where, or the address of the call"
                    ),
                ),
                ("planned_by_name", models.CharField(max_length=200)),
                ("planned_at", models.DateTimeField()),
                ("rule", models.JSONField(default=dict)),
                ("locked_at", models.DateTimeField(blank=True, null=True)),
                ("locked_by_name", models.CharField(blank=True, max_length=200)),
                ("opened_at", models.DateTimeField(blank=True, null=True)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                ("cancelled_at", models.DateTimeField(blank=True, null=True)),
                ("cancel_reason", models.CharField(blank=True, max_length=300)),
            ],
            options={
                "ordering": ["-starts_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="Minutes",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.PositiveSmallIntegerField(default=1)),
                ("content", models.TextField()),
                ("content_sha256", models.CharField(max_length=64)),
                ("signed_by_id", models.BigIntegerField(blank=True, null=True)),
                ("signed_by_name", models.CharField(max_length=200)),
                ("signed_at", models.DateTimeField()),
            ],
            options={
                "verbose_name_plural": "minutes",
                "ordering": ["meeting", "version"],
            },
        ),
        migrations.CreateModel(
            name="Motion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("approved", "approve"),
                            ("approved_conditions", "approve with conditions"),
                            ("denied", "deny"),
                            ("deferred", "defer"),
                        ],
                        max_length=19,
                    ),
                ),
                ("text", models.CharField(max_length=1000, verbose_name="reasons")),
                (
                    "reason_code",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("threshold", "does not meet a criterion for joining the network"),
                            ("quality", "concerns about quality of care"),
                            ("conduct", "professional conduct"),
                            ("sanctions", "sanctions or limits of a licence"),
                            ("history", "malpractice history"),
                            ("false", "what the application says is not so"),
                        ],
                        max_length=10,
                    ),
                ),
                ("conditions", models.JSONField(default=list)),
                ("made_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                ("is_carried", models.BooleanField(blank=True, null=True)),
                ("result", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "ordering": ["made_at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Pledge",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.TextField()),
                ("signed_date", models.DateField()),
                ("recorded_by_id", models.BigIntegerField(blank=True, null=True)),
                ("recorded_by_name", models.CharField(max_length=200)),
                ("recorded_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["-signed_date", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="Recusal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.CharField(max_length=300)),
                ("recorded_by_name", models.CharField(max_length=200)),
                ("recorded_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="Seat",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("chair", "chair"),
                            ("deputy", "deputy chair"),
                            ("member", "member"),
                            ("staff", "staff, without a vote"),
                        ],
                        default="member",
                        max_length=6,
                    ),
                ),
                ("specialty", models.CharField(blank=True, max_length=100)),
                (
                    "is_external",
                    models.BooleanField(
                        default=False, verbose_name="practises outside the IPA's own staff"
                    ),
                ),
                ("effective_date", models.DateField()),
                (
                    "end_date",
                    models.DateField(blank=True, null=True, verbose_name="first day no longer"),
                ),
            ],
            options={
                "ordering": ["committee", "role", "name", "pk"],
            },
        ),
        migrations.CreateModel(
            name="SeatEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_context", pghistory.utils.JSONField(null=True)),
                ("pgh_context_id", models.UUIDField(null=True)),
                ("id", models.BigIntegerField()),
                ("name", models.CharField(max_length=200)),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("chair", "chair"),
                            ("deputy", "deputy chair"),
                            ("member", "member"),
                            ("staff", "staff, without a vote"),
                        ],
                        default="member",
                        max_length=6,
                    ),
                ),
                ("specialty", models.CharField(blank=True, max_length=100)),
                (
                    "is_external",
                    models.BooleanField(
                        default=False, verbose_name="practises outside the IPA's own staff"
                    ),
                ),
                ("effective_date", models.DateField()),
                (
                    "end_date",
                    models.DateField(blank=True, null=True, verbose_name="first day no longer"),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Vote",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "choice",
                    models.CharField(
                        choices=[("for", "for"), ("against", "against"), ("abstain", "abstains")],
                        max_length=7,
                    ),
                ),
                ("voted_at", models.DateTimeField()),
                ("recorded_by_id", models.BigIntegerField(blank=True, null=True)),
                ("recorded_by_name", models.CharField(max_length=200)),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="AgendaItem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "level",
                    models.CharField(
                        choices=[
                            ("unfinished", "not finished"),
                            ("clean", "clean"),
                            ("discussion", "needs discussion"),
                        ],
                        max_length=10,
                    ),
                ),
                ("reasons", models.JSONField(default=list)),
                ("late_reason", models.CharField(blank=True, max_length=300)),
                ("added_by_name", models.CharField(max_length=200)),
                ("added_at", models.DateTimeField()),
                ("packet", models.TextField(blank=True)),
                ("packet_sha256", models.CharField(blank=True, max_length=64)),
                ("frozen_at", models.DateTimeField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "end_kind",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("decided", "decided"),
                            ("deferred", "deferred"),
                            ("pulled", "taken off"),
                        ],
                        max_length=8,
                    ),
                ),
                ("end_reason", models.CharField(blank=True, max_length=1000)),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="agenda_items",
                        to="credentialing.credentialingevent",
                    ),
                ),
            ],
            options={
                "ordering": ["-level", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Committee",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100, unique=True)),
                (
                    "least_voting",
                    models.PositiveSmallIntegerField(
                        default=3, verbose_name="voting members needed at least"
                    ),
                ),
                (
                    "needs_majority",
                    models.BooleanField(
                        default=True, verbose_name="more than half of the voting seats"
                    ),
                ),
                (
                    "needs_chair",
                    models.BooleanField(default=True, verbose_name="the chair or a deputy"),
                ),
                (
                    "needs_external",
                    models.BooleanField(
                        default=True, verbose_name="a practitioner from outside the IPA"
                    ),
                ),
                (
                    "lock_days",
                    models.PositiveSmallIntegerField(
                        default=3, verbose_name="days before it that the agenda locks"
                    ),
                ),
                ("protection_text", models.CharField(blank=True, max_length=500)),
            ],
            options={
                "ordering": ["name"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("least_voting__gte", 2)),
                        name="credentialing_two_or_more_decide",
                    )
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="committee",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "credentialing_committeeevent" ("id", "least_voting", "lock_days", "name", "needs_chair", "needs_external", "needs_majority", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "protection_text") VALUES (NEW."id", NEW."least_voting", NEW."lock_days", NEW."name", NEW."needs_chair", NEW."needs_external", NEW."needs_majority", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, clock_timestamp(), \'insert\', NEW."id", NEW."protection_text"); RETURN NULL;',
                    hash="a7a2d80e063b4dead9ef1c7846770b158afae680",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_1f75b",
                    table="credentialing_committee",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="committee",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "credentialing_committeeevent" ("id", "least_voting", "lock_days", "name", "needs_chair", "needs_external", "needs_majority", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "protection_text") VALUES (NEW."id", NEW."least_voting", NEW."lock_days", NEW."name", NEW."needs_chair", NEW."needs_external", NEW."needs_majority", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, clock_timestamp(), \'update\', NEW."id", NEW."protection_text"); RETURN NULL;',
                    hash="fc1d2058c413b4dc1702e4ba3c9e69b960a76eec",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_71484",
                    table="credentialing_committee",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="committee",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "credentialing_committeeevent" ("id", "least_voting", "lock_days", "name", "needs_chair", "needs_external", "needs_majority", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "protection_text") VALUES (OLD."id", OLD."least_voting", OLD."lock_days", OLD."name", OLD."needs_chair", OLD."needs_external", OLD."needs_majority", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, clock_timestamp(), \'delete\', OLD."id", OLD."protection_text"); RETURN NULL;',
                    hash="c3b77e5a8e34288b9e1799102b04d132fd2dd603",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_3ad81",
                    table="credentialing_committee",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddField(
            model_name="committeeevent",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="events",
                to="credentialing.committee",
            ),
        ),
        migrations.AddField(
            model_name="decision",
            name="event",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="decision",
                to="credentialing.credentialingevent",
            ),
        ),
        migrations.AddField(
            model_name="condition",
            name="decision",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="conditions",
                to="credentialing.decision",
            ),
        ),
        migrations.AddField(
            model_name="decisionletter",
            name="decision",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="letter",
                to="credentialing.decision",
            ),
        ),
        migrations.AddField(
            model_name="discussion",
            name="item",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="discussions",
                to="credentialing.agendaitem",
            ),
        ),
        migrations.AddField(
            model_name="meeting",
            name="committee",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="meetings",
                to="credentialing.committee",
            ),
        ),
        migrations.AddField(
            model_name="discussion",
            name="meeting",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="discussions",
                to="credentialing.meeting",
            ),
        ),
        migrations.AddField(
            model_name="attendance",
            name="meeting",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="attendances",
                to="credentialing.meeting",
            ),
        ),
        migrations.AddField(
            model_name="agendaitem",
            name="meeting",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="items",
                to="credentialing.meeting",
            ),
        ),
        migrations.AddField(
            model_name="minutes",
            name="meeting",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="minutes",
                to="credentialing.meeting",
            ),
        ),
        migrations.AddField(
            model_name="motion",
            name="item",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="motions",
                to="credentialing.agendaitem",
            ),
        ),
        migrations.AddField(
            model_name="decision",
            name="motion",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="decision",
                to="credentialing.motion",
            ),
        ),
        migrations.AddField(
            model_name="recusal",
            name="item",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="recusals",
                to="credentialing.agendaitem",
            ),
        ),
        migrations.AddField(
            model_name="seat",
            name="committee",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="seats",
                to="credentialing.committee",
            ),
        ),
        migrations.AddField(
            model_name="seat",
            name="practitioner",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="seats",
                to="credentialing.practitioner",
            ),
        ),
        migrations.AddField(
            model_name="seat",
            name="user",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="seats",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="recusal",
            name="seat",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="recusals",
                to="credentialing.seat",
            ),
        ),
        migrations.AddField(
            model_name="pledge",
            name="seat",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="pledges",
                to="credentialing.seat",
            ),
        ),
        migrations.AddField(
            model_name="motion",
            name="mover",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="credentialing.seat",
            ),
        ),
        migrations.AddField(
            model_name="motion",
            name="seconder",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="credentialing.seat",
            ),
        ),
        migrations.AddField(
            model_name="attendance",
            name="seat",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="attendances",
                to="credentialing.seat",
            ),
        ),
        migrations.AddField(
            model_name="seatevent",
            name="committee",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="credentialing.committee",
            ),
        ),
        migrations.AddField(
            model_name="seatevent",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="events",
                to="credentialing.seat",
            ),
        ),
        migrations.AddField(
            model_name="seatevent",
            name="practitioner",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="credentialing.practitioner",
            ),
        ),
        migrations.AddField(
            model_name="seatevent",
            name="user",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="vote",
            name="motion",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="votes",
                to="credentialing.motion",
            ),
        ),
        migrations.AddField(
            model_name="vote",
            name="seat",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="votes",
                to="credentialing.seat",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="committeeevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="51a81033bccbbb8ce27470d04446ae489c5f91af",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_3712a",
                    table="credentialing_committeeevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="meeting",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("opened_at__isnull", True), ("locked_at__isnull", False), _connector="OR"
                ),
                name="credentialing_open_is_locked",
            ),
        ),
        migrations.AddConstraint(
            model_name="meeting",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("closed_at__isnull", True), ("opened_at__isnull", False), _connector="OR"
                ),
                name="credentialing_closed_was_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="agendaitem",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)),
                fields=("event",),
                name="credentialing_on_one_agenda",
            ),
        ),
        migrations.AddConstraint(
            model_name="agendaitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("end_kind", ""), ("ended_at__isnull", True)),
                    models.Q(
                        ("ended_at__isnull", False), models.Q(("end_kind", ""), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="credentialing_item_end_has_a_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="minutes",
            constraint=models.UniqueConstraint(
                fields=("meeting", "version"), name="credentialing_minutes_version"
            ),
        ),
        migrations.AddIndex(
            model_name="decision",
            index=models.Index(fields=["next_due_date"], name="credentialing_next_due"),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(("text", ""), _negated=True),
                name="credentialing_decision_says_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("motion__isnull", False),
                    models.Q(
                        ("decided_by_id__isnull", False),
                        ("level", "clean"),
                        ("outcome", "approved"),
                    ),
                    _connector="OR",
                ),
                name="credentialing_alone_only_clean",
            ),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("outcome", "denied"), _negated=True),
                    ("next_due_date__isnull", True),
                    _connector="OR",
                ),
                name="credentialing_denied_has_no_next",
            ),
        ),
        migrations.AddConstraint(
            model_name="seat",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("end_date__isnull", True),
                    ("end_date__gt", models.F("effective_date")),
                    _connector="OR",
                ),
                name="credentialing_seat_span",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="seat",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "credentialing_seatevent" ("committee_id", "effective_date", "end_date", "id", "is_external", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "practitioner_id", "role", "specialty", "user_id") VALUES (NEW."committee_id", NEW."effective_date", NEW."end_date", NEW."id", NEW."is_external", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, clock_timestamp(), \'insert\', NEW."id", NEW."practitioner_id", NEW."role", NEW."specialty", NEW."user_id"); RETURN NULL;',
                    hash="ece88df15ae6821cb7c2566447f4efe7cfa7330e",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_744ee",
                    table="credentialing_seat",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="seat",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "credentialing_seatevent" ("committee_id", "effective_date", "end_date", "id", "is_external", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "practitioner_id", "role", "specialty", "user_id") VALUES (NEW."committee_id", NEW."effective_date", NEW."end_date", NEW."id", NEW."is_external", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, clock_timestamp(), \'update\', NEW."id", NEW."practitioner_id", NEW."role", NEW."specialty", NEW."user_id"); RETURN NULL;',
                    hash="dba67c0ce4d28337268e6138747a0a4fae30c933",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_be2c4",
                    table="credentialing_seat",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="seat",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "credentialing_seatevent" ("committee_id", "effective_date", "end_date", "id", "is_external", "name", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "practitioner_id", "role", "specialty", "user_id") VALUES (OLD."committee_id", OLD."effective_date", OLD."end_date", OLD."id", OLD."is_external", OLD."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, clock_timestamp(), \'delete\', OLD."id", OLD."practitioner_id", OLD."role", OLD."specialty", OLD."user_id"); RETURN NULL;',
                    hash="97e88be79ef7723186b3e9eda53cb509816ee427",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_046fd",
                    table="credentialing_seat",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="recusal",
            constraint=models.UniqueConstraint(
                fields=("item", "seat"), name="credentialing_recused_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="recusal",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True),
                name="credentialing_recusal_says_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="motion",
            constraint=models.UniqueConstraint(
                condition=models.Q(("closed_at__isnull", True)),
                fields=("item",),
                name="credentialing_one_open_motion",
            ),
        ),
        migrations.AddConstraint(
            model_name="motion",
            constraint=models.CheckConstraint(
                condition=models.Q(("text", ""), _negated=True),
                name="credentialing_motion_says_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="motion",
            constraint=models.CheckConstraint(
                condition=models.Q(("mover", models.F("seconder")), _negated=True),
                name="credentialing_another_seconds",
            ),
        ),
        migrations.AddConstraint(
            model_name="motion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "denied"), _negated=True),
                    models.Q(("reason_code", ""), _negated=True),
                    _connector="OR",
                ),
                name="credentialing_denial_has_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="attendance",
            constraint=models.UniqueConstraint(
                condition=models.Q(("left_at__isnull", True)),
                fields=("meeting", "seat"),
                name="credentialing_present_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="attendance",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("left_at__isnull", True),
                    ("left_at__gte", models.F("arrived_at")),
                    _connector="OR",
                ),
                name="credentialing_attendance_span",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="seatevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="b6d4589e063e1eccd5a0c29842de24c13b970c2a",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_11b88",
                    table="credentialing_seatevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="vote",
            constraint=models.UniqueConstraint(
                fields=("motion", "seat"), name="credentialing_vote_once"
            ),
        ),
        migrations.RunSQL(TRUTHS, UNDO),
    ]
