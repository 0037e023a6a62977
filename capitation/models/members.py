"""Members and the dated facts about them: coverage, PCP, status, risk."""

from django.db import models

from ipaportal.core.constraints import no_overlap
from ipaportal.core.facts import Fact, span_indexes, superseded_index


class Member(models.Model):
    """A person as one payer knows them. What may change about them is in the facts below."""

    payer = models.ForeignKey("capitation.Payer", models.PROTECT, related_name="members")
    plan_member_id = models.CharField("plan's member number", max_length=40)
    uuid = models.UUIDField(unique=True)
    # Medicare Beneficiary Identifier: encrypted, found by a keyed hash (core.encryption).
    mbi_encrypted = models.BinaryField(null=True)
    mbi_index = models.BinaryField(null=True, max_length=32)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["payer", "plan_member_id"], name="capitation_member_number"
            )
        ]
        indexes = [
            models.Index(fields=["mbi_index"], name="capitation_member_mbi"),
            models.Index(
                fields=["plan_member_id"],
                name="capitation_member_prefix",
                opclasses=["varchar_pattern_ops"],
            ),
        ]

    def __str__(self) -> str:
        return self.plan_member_id


class MemberFact(Fact):
    """A fact about a member, with the file line or the person it came from."""

    member = models.ForeignKey(Member, models.PROTECT, related_name="%(class)s_facts")
    file = models.ForeignKey("capitation.PlanFile", models.PROTECT, null=True, related_name="+")
    line_no = models.IntegerField(null=True)

    class Meta:
        abstract = True


class MemberIdentifier(MemberFact):
    """
    Another way a plan names a member: a later number, an MBI, or a number and an MBI together.

    An empty number or MBI says nothing; where both are given, they mean the member together only.
    """

    payer = models.ForeignKey("capitation.Payer", models.PROTECT, related_name="+")
    number = models.CharField("plan's member number", max_length=40, blank=True)
    # The keyed hash of an MBI (core.encryption): enough to find by, nothing to read.
    mbi_index = models.BinaryField(max_length=32, default=b"")
    recorded_by = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member", "number", "mbi_index"],
                condition=models.Q(superseded_no__isnull=True),
                name="capitation_identifier_once",
            ),
            models.CheckConstraint(
                condition=~models.Q(number="", mbi_index=b""),
                name="capitation_identifier_says_something",
            ),
        ]
        indexes = [
            models.Index(fields=["payer", "number"], name="capitation_identifier_number"),
            models.Index(fields=["payer", "mbi_index"], name="capitation_identifier_mbi"),
        ]

    def __str__(self) -> str:
        return f"member {self.member_id} as {self.number or 'an MBI'}"


class MemberProfile(MemberFact):
    """Name, birth date, sex and home; empty where the plan did not say."""

    last_name = models.CharField(max_length=100, blank=True)
    first_name = models.CharField(max_length=100, blank=True)
    # Lower-case "last first", for search by prefix.
    search_name = models.CharField(max_length=201, blank=True)
    birth_date = models.DateField(null=True)
    sex = models.CharField(max_length=1, blank=True)
    county_code = models.CharField(max_length=5, blank=True)
    address = models.CharField(max_length=200, blank=True)
    city = models.CharField(max_length=100, blank=True)
    state = models.CharField(max_length=2, blank=True)
    zip_code = models.CharField(max_length=10, blank=True)
    phone = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints = [
            no_overlap(
                name="capitation_one_profile",
                key="member_id",
                start="effective_date",
                end="end_date",
            )
        ]
        indexes = [
            models.Index(fields=["member"], name="capitation_profile_member"),
            models.Index(
                fields=["search_name"],
                name="capitation_profile_name",
                opclasses=["varchar_pattern_ops"],
                condition=models.Q(superseded_no__isnull=True),
            ),
            models.Index(fields=["fact_no"], name="capitation_profile_fact"),
            superseded_index("capitation_profile_ended"),
        ]

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}"


class CoverageSpan(MemberFact):
    """Days a member is covered under a contract, in one of the plan's products."""

    contract = models.ForeignKey("capitation.Contract", models.PROTECT, related_name="+")
    plan_code = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints = [
            no_overlap(
                name="capitation_one_coverage",
                key="member_id",
                start="effective_date",
                end="end_date",
            )
        ]
        indexes = [
            models.Index(fields=["member"], name="capitation_coverage_member"),
            models.Index(fields=["contract", "fact_no"], name="capitation_coverage_fact"),
            superseded_index("capitation_coverage_ended"),
            *span_indexes("capitation_coverage", "contract"),
        ]

    def __str__(self) -> str:
        return f"member {self.member_id} covered from {self.effective_date}"


class PcpAssignment(MemberFact):
    """A member's days with one PCP, with who asked for it and why."""

    practitioner = models.ForeignKey("credentialing.Practitioner", models.PROTECT, related_name="+")
    reason = models.CharField(max_length=200, blank=True)
    assigned_by = models.CharField(max_length=200)

    class Meta:
        constraints = [
            no_overlap(
                name="capitation_one_pcp", key="member_id", start="effective_date", end="end_date"
            )
        ]
        indexes = [
            models.Index(fields=["member"], name="capitation_pcp_member"),
            models.Index(fields=["practitioner"], name="capitation_pcp_practitioner"),
            models.Index(fields=["fact_no"], name="capitation_pcp_fact"),
            superseded_index("capitation_pcp_ended"),
            *span_indexes("capitation_pcp"),
        ]

    def __str__(self) -> str:
        return f"member {self.member_id} with PCP {self.practitioner_id}"


class MemberStatus(MemberFact):
    """Days a member had a status that matters to payment, such as hospice."""

    class Code(models.TextChoices):
        HOSPICE = "hospice", "hospice"
        ESRD = "esrd", "end-stage renal disease"
        MEDICAID = "medicaid", "Medicaid"
        LTI = "lti", "long-term institutional"
        DISABLED = "disabled", "disabled"

    status = models.CharField(max_length=20, choices=Code)

    class Meta:
        verbose_name_plural = "member statuses"
        indexes = [
            models.Index(fields=["member"], name="capitation_status_member"),
            models.Index(fields=["fact_no"], name="capitation_status_fact"),
            superseded_index("capitation_status_ended"),
            *span_indexes("capitation_status"),
        ]

    def __str__(self) -> str:
        return f"member {self.member_id}: {self.status}"


class MemberCounty(MemberFact):
    """Days a member lived in a county, by the code the plan uses; rates may depend on it."""

    county_code = models.CharField(max_length=5)

    class Meta:
        verbose_name_plural = "member counties"
        constraints = [
            no_overlap(
                name="capitation_one_county",
                key="member_id",
                start="effective_date",
                end="end_date",
            )
        ]
        indexes = [
            models.Index(fields=["member"], name="capitation_county_member"),
            models.Index(fields=["fact_no"], name="capitation_county_fact"),
            superseded_index("capitation_county_ended"),
            *span_indexes("capitation_county"),
        ]

    def __str__(self) -> str:
        return f"member {self.member_id} in county {self.county_code}"


class RiskScore(MemberFact):
    """A member's payment risk score (RAF) for a span."""

    score = models.DecimalField(max_digits=7, decimal_places=4)

    class Meta:
        constraints = [
            no_overlap(
                name="capitation_one_risk", key="member_id", start="effective_date", end="end_date"
            )
        ]
        indexes = [
            models.Index(fields=["member"], name="capitation_risk_member"),
            models.Index(fields=["fact_no"], name="capitation_risk_fact"),
            superseded_index("capitation_risk_ended"),
            *span_indexes("capitation_risk"),
        ]

    def __str__(self) -> str:
        return f"member {self.member_id}: {self.score}"
