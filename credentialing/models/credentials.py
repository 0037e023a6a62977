"""Credentials: what somebody holds, learned, did and was sued for; superseded, never edited."""

from django.db import models
from django.db.models import F, Q


class KeptQuerySet(models.QuerySet):
    def current(self) -> "KeptQuerySet":
        return self.filter(superseded_at__isnull=True)


class Kept(models.Model):
    """Columns of every statement about somebody: who said it when, and what replaced it."""

    class Source(models.TextChoices):
        SELF = "self", "the provider"
        NPPES = "nppes", "NPPES"
        CAQH = "caqh", "CAQH"
        STAFF = "staff", "staff"

    source = models.CharField(max_length=5, choices=Source, default=Source.STAFF)
    recorded_by_id = models.BigIntegerField(null=True, blank=True)
    recorded_by_name = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)

    objects = KeptQuerySet.as_manager()

    class Meta:
        abstract = True


class Credential(Kept):
    """
    One version of a licence, registration, certificate or cover, of a practitioner or facility.

    Everything that expires is here, so that reminders, the board of expirables and the rosters
    read one table; a renewal is a new row, and the old one is superseded by it.
    """

    class Kind(models.TextChoices):
        LICENCE = "licence", "state licence"
        DEA = "dea", "DEA registration"
        CSR = "csr", "state controlled-substance registration"
        BOARD = "board", "board certification"
        COVERAGE = "coverage", "malpractice cover"
        CAQH = "caqh", "CAQH attestation"
        LIFE_SUPPORT = "life_support", "life-support training"
        FACILITY_LICENCE = "fac_licence", "facility licence"
        CCN = "ccn", "Medicare certification"
        CLIA = "clia", "CLIA certificate"
        ACCREDITATION = "accreditation", "accreditation"
        LIABILITY = "liability", "liability cover"

    class Status(models.TextChoices):
        ACTIVE = "active", "active"
        LIMITED = "limited", "limited or on probation"
        INACTIVE = "inactive", "inactive"
        SURRENDERED = "surrendered", "surrendered or revoked"
        EXEMPT = "exempt", "not needed here"

    practitioner = models.ForeignKey(
        "credentialing.Practitioner",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="credentials",
    )
    facility = models.ForeignKey(
        "credentialing.Facility", models.PROTECT, null=True, blank=True, related_name="credentials"
    )
    kind = models.CharField(max_length=13, choices=Kind)
    state = models.CharField(max_length=2, blank=True)
    number = models.CharField(max_length=60, blank=True)
    issuer = models.CharField("board, carrier or body", max_length=200, blank=True)
    # Licence type, board specialty, schedules, programme: what of the kind it is.
    category = models.CharField(max_length=100, blank=True)
    status = models.CharField(max_length=11, choices=Status, default=Status.ACTIVE)
    issued_date = models.DateField(null=True, blank=True)
    expires_date = models.DateField("last day it holds", null=True, blank=True)
    per_claim_cents = models.BigIntegerField(null=True, blank=True)
    aggregate_cents = models.BigIntegerField(null=True, blank=True)
    note = models.CharField(max_length=500, blank=True)
    document = models.ForeignKey(
        "credentialing.Document", models.PROTECT, null=True, blank=True, related_name="credentials"
    )

    class Meta:
        ordering = ["kind", "state", "number", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(practitioner__isnull=False, facility__isnull=True)
                | Q(practitioner__isnull=True, facility__isnull=False),
                name="credentialing_credential_of_one",
            ),
            models.CheckConstraint(
                condition=Q(issued_date__isnull=True)
                | Q(expires_date__isnull=True)
                | Q(expires_date__gte=F("issued_date")),
                name="credentialing_credential_span",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["licence", "csr", "fac_licence"]) | ~Q(state=""),
                name="credentialing_licence_has_a_state",
            ),
            models.CheckConstraint(
                condition=~Q(kind="dea")
                | Q(status="exempt")
                | Q(number__regex="^[A-Z][A-Z9]\\d{7}$"),
                name="credentialing_dea_is_written_so",
            ),
            models.CheckConstraint(
                condition=~Q(kind="clia") | Q(number__regex="^\\d{2}D\\d{7}$"),
                name="credentialing_clia_is_written_so",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["coverage", "liability"])
                | Q(per_claim_cents__gte=0, aggregate_cents__gte=F("per_claim_cents")),
                name="credentialing_cover_has_limits",
            ),
            models.UniqueConstraint(
                fields=["practitioner", "facility", "kind", "state", "number"],
                condition=Q(superseded_at__isnull=True),
                nulls_distinct=False,
                name="credentialing_credential_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["expires_date"],
                condition=Q(superseded_at__isnull=True, expires_date__isnull=False),
                name="credentialing_expiring",
            )
        ]

    def __str__(self) -> str:
        return " ".join(filter(None, [self.get_kind_display(), self.state, self.number]))


class Education(Kept):
    """A school or a training programme."""

    class Kind(models.TextChoices):
        SCHOOL = "school", "professional school"
        INTERNSHIP = "internship", "internship"
        RESIDENCY = "residency", "residency"
        FELLOWSHIP = "fellowship", "fellowship"
        ECFMG = "ecfmg", "ECFMG certification"

    practitioner = models.ForeignKey(
        "credentialing.Practitioner", models.PROTECT, related_name="educations"
    )
    kind = models.CharField(max_length=10, choices=Kind)
    institution = models.CharField(max_length=200)
    degree = models.CharField("degree or specialty", max_length=100, blank=True)
    started_date = models.DateField(null=True, blank=True)
    completed_date = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["started_date", "pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} at {self.institution}"


class Work(Kept):
    """A time at one place of work; gaps between them are computed, not typed."""

    practitioner = models.ForeignKey(
        "credentialing.Practitioner", models.PROTECT, related_name="works"
    )
    employer = models.CharField(max_length=200)
    position = models.CharField(max_length=100, blank=True)
    started_date = models.DateField()
    ended_date = models.DateField("first day no longer there", null=True, blank=True)
    reason_left = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["started_date", "pk"]
        verbose_name_plural = "works"
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_date__isnull=True) | Q(ended_date__gt=F("started_date")),
                name="credentialing_work_span",
            )
        ]

    def __str__(self) -> str:
        return f"at {self.employer} from {self.started_date}"


class GapExplanation(Kept):
    """What a practitioner did in a gap of their work history."""

    practitioner = models.ForeignKey(
        "credentialing.Practitioner", models.PROTECT, related_name="gap_explanations"
    )
    started_date = models.DateField()
    ended_date = models.DateField()
    text = models.CharField(max_length=1000)
    is_written = models.BooleanField(default=True)

    class Meta:
        ordering = ["started_date", "pk"]

    def __str__(self) -> str:
        return f"from {self.started_date} to {self.ended_date}"


class MalpracticeClaim(Kept):
    """A claim, settlement or judgment."""

    class Outcome(models.TextChoices):
        PENDING = "pending", "pending"
        DISMISSED = "dismissed", "dismissed or dropped"
        SETTLED = "settled", "settled"
        JUDGMENT = "judgment", "judgment"

    practitioner = models.ForeignKey(
        "credentialing.Practitioner", models.PROTECT, related_name="malpractice_claims"
    )
    occurred_date = models.DateField()
    closed_date = models.DateField(null=True, blank=True)
    outcome = models.CharField(max_length=9, choices=Outcome)
    paid_cents = models.BigIntegerField(default=0)
    carrier = models.CharField(max_length=200, blank=True)
    explanation = models.CharField(max_length=2000, blank=True)

    class Meta:
        ordering = ["-occurred_date", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(paid_cents__gte=0), name="credentialing_claim_paid")
        ]

    def __str__(self) -> str:
        return f"claim of {self.occurred_date}"


class Affiliation(Kept):
    """How a practitioner's patients are admitted: own privileges, or who admits for them."""

    class Kind(models.TextChoices):
        PRIVILEGES = "privileges", "admitting privileges"
        ARRANGEMENT = "arrangement", "somebody else admits"
        NONE = "none", "affiliated, does not admit"

    practitioner = models.ForeignKey(
        "credentialing.Practitioner", models.PROTECT, related_name="affiliations"
    )
    facility = models.ForeignKey(
        "credentialing.Facility", models.PROTECT, null=True, blank=True, related_name="affiliations"
    )
    hospital_name = models.CharField(max_length=200)
    kind = models.CharField(max_length=11, choices=Kind)
    admits_through = models.CharField("who admits for them", max_length=200, blank=True)
    staff_category = models.CharField(max_length=60, blank=True)
    started_date = models.DateField(null=True, blank=True)
    expires_date = models.DateField("reappointment due", null=True, blank=True)

    class Meta:
        ordering = ["hospital_name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind="arrangement") | ~Q(admits_through=""),
                name="credentialing_arrangement_names_who",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} at {self.hospital_name}"


class Supervision(Kept):
    """Who supervises a practitioner, or collaborates with them, in which state, since when."""

    class Kind(models.TextChoices):
        SUPERVISING = "supervising", "supervises"
        COLLABORATING = "collaborating", "collaborates"

    practitioner = models.ForeignKey(
        "credentialing.Practitioner", models.PROTECT, related_name="supervisions"
    )
    physician_name = models.CharField(max_length=200)
    physician_npi = models.CharField("NPI", max_length=10)
    kind = models.CharField(max_length=13, choices=Kind)
    state = models.CharField(max_length=2)
    started_date = models.DateField()
    ended_date = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["-started_date", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(physician_npi__regex=r"^[12][0-9]{9}$"),
                name="credentialing_supervisor_npi",
            ),
            models.CheckConstraint(
                condition=Q(ended_date__isnull=True) | Q(ended_date__gte=F("started_date")),
                name="credentialing_supervision_span",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.physician_name} {self.get_kind_display()}"


class Language(Kept):
    """A language in which members can talk in a practitioner's practice, and with whom."""

    class By(models.TextChoices):
        SELF = "self", "the practitioner"
        STAFF = "staff", "staff"
        INTERPRETER = "interpreter", "an interpreter"

    practitioner = models.ForeignKey(
        "credentialing.Practitioner", models.PROTECT, related_name="languages"
    )
    language = models.CharField(max_length=60)
    spoken_by = models.CharField(max_length=11, choices=By)

    class Meta:
        ordering = ["language", "pk"]

    def __str__(self) -> str:
        return self.language


class CallCover(Kept):
    """Who covers for a practitioner, and how patients reach somebody after hours."""

    practitioner = models.ForeignKey(
        "credentialing.Practitioner", models.PROTECT, related_name="call_covers"
    )
    colleague_name = models.CharField(max_length=200)
    colleague_npi = models.CharField("NPI", max_length=10, blank=True)
    specialty = models.CharField(max_length=100, blank=True)
    phone = models.CharField(max_length=20, blank=True)
    after_hours = models.CharField(max_length=500)

    class Meta:
        ordering = ["colleague_name", "pk"]

    def __str__(self) -> str:
        return self.colleague_name
