"""Credentialing events: what is verified of whom, by whom, and what a person signed."""

from django.db import models
from django.db.models import Q

from credentialing.rules.elements import RULES, SOURCES
from credentialing.rules.events import OVER, WORDS, Status


class CredentialingEvent(models.Model):
    """
    One cycle of one practitioner or facility, from its opening to a decision; never reopened.

    `status` repeats the newest of its `EventStep`s; only `actions.steps` writes either.
    """

    class Kind(models.TextChoices):
        INITIAL = "initial", "initial"
        RECREDENTIALING = "recred", "recredentialing"
        OFF_CYCLE = "offcycle", "off cycle"
        PROVISIONAL = "provisional", "provisional"

    practitioner = models.ForeignKey(
        "credentialing.Practitioner", models.PROTECT, null=True, blank=True, related_name="cycles"
    )
    facility = models.ForeignKey(
        "credentialing.Facility", models.PROTECT, null=True, blank=True, related_name="cycles"
    )
    kind = models.CharField(max_length=11, choices=Kind)
    status = models.CharField(
        max_length=19, choices=[(s.value, WORDS[s]) for s in Status], default=Status.INVITED
    )
    opened_at = models.DateTimeField()
    opened_by_id = models.BigIntegerField(null=True, blank=True)
    opened_by_name = models.CharField(max_length=200)
    # Whose work it is; who gave it to whom, and when, stands in the audit's events.
    owner = models.ForeignKey(
        "identity.User", models.PROTECT, null=True, blank=True, related_name="files"
    )
    # The day a decision is planned for: windows are judged by it until there is a meeting.
    planned_decision_date = models.DateField(null=True, blank=True)
    decision_date = models.DateField(null=True, blank=True)
    # Last day of the month by which the next cycle has to be decided.
    next_due_date = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["-opened_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(practitioner__isnull=False, facility__isnull=True)
                | Q(practitioner__isnull=True, facility__isnull=False),
                name="credentialing_event_of_one",
            ),
            models.UniqueConstraint(
                fields=["practitioner", "facility"],
                condition=~Q(status__in=sorted(OVER)),
                nulls_distinct=False,
                name="credentialing_one_open_event",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} credentialing of {self.practitioner or self.facility}"


class EventStep(models.Model):
    """One step of an event: from where to where, who, why; append-only, the clocks read it."""

    event = models.ForeignKey(CredentialingEvent, models.PROTECT, related_name="steps")
    from_status = models.CharField(max_length=19, blank=True)
    to_status = models.CharField(max_length=19)
    at = models.DateTimeField()
    by_id = models.BigIntegerField(null=True, blank=True)
    by_name = models.CharField(max_length=200)
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["event", "-at", "-id"], name="credentialing_step_newest")]

    def __str__(self) -> str:
        return f"{self.from_status} → {self.to_status}"


class Element(models.Model):
    """One thing to verify in an event: of a credential where its rule names a kind of them."""

    event = models.ForeignKey(CredentialingEvent, models.PROTECT, related_name="elements")
    code = models.CharField(max_length=20, choices=[(r.code, r.name) for r in RULES.values()])
    credential = models.ForeignKey(
        "credentialing.Credential", models.PROTECT, null=True, blank=True, related_name="elements"
    )
    added_at = models.DateTimeField()
    # Set when a newer version of the credential took its place, or the claim was withdrawn.
    dropped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["event", "code", "credential"],
                condition=Q(dropped_at__isnull=True),
                nulls_distinct=False,
                name="credentialing_element_once",
            )
        ]

    def __str__(self) -> str:
        name = RULES[self.code].name
        if not self.credential_id:
            return name
        kind = self.credential.get_kind_display()
        told = str(self.credential)
        return (
            f"{name}: {told.removeprefix(kind).strip() if kind.lower() == name.lower() else told}"
        )


class Verification(models.Model):
    """
    What a source said of an element: immutable; counts once a named person has reviewed it.

    `as_of_date` is the day of the source's own data, `performed_at` when it was asked.
    """

    class Method(models.TextChoices):
        WEB = "web", "website of the source"
        FILE = "file", "file of the source"
        LETTER = "letter", "written answer"
        VERBAL = "verbal", "by telephone"
        DOCUMENT = "document", "document"

    class Result(models.TextChoices):
        CLEAN = "clean", "found, nothing adverse"
        ADVERSE = "adverse", "found, with something adverse"
        NOT_FOUND = "not_found", "not found"
        MISMATCH = "mismatch", "does not match"
        UNAVAILABLE = "unavailable", "the source gives no answer"
        ERROR = "error", "could not be asked"

    element = models.ForeignKey(Element, models.PROTECT, related_name="verifications")
    source = models.CharField(max_length=20, choices=[(s.code, s.name) for s in SOURCES.values()])
    method = models.CharField(max_length=8, choices=Method)
    asked = models.CharField("what was asked for", max_length=300, blank=True)
    as_of_date = models.DateField("day of the source's data")
    performed_at = models.DateTimeField()
    result = models.CharField(max_length=11, choices=Result)
    # What the source said of the expiry, where it has one.
    expires_date = models.DateField(null=True, blank=True)
    problems = models.JSONField(default=list, blank=True)
    note = models.CharField(max_length=1000, blank=True)
    # Of a telephone call: who answered, with title.
    spoke_with = models.CharField(max_length=200, blank=True)
    evidence_sha256 = models.CharField(max_length=64, blank=True)
    evidence_name = models.CharField(max_length=255, blank=True)
    collected_by_id = models.BigIntegerField(null=True, blank=True)
    collected_by_name = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["-performed_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(method="verbal") | ~Q(spoke_with=""),
                name="credentialing_verbal_names_who",
            ),
            models.CheckConstraint(
                condition=Q(recorded_at__gte=models.F("performed_at")),
                name="credentialing_verified_in_the_past",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_source_display()}: {self.get_result_display()}"


class Review(models.Model):
    """A named person read a verification and signed for it, or refused it; immutable."""

    verification = models.OneToOneField(Verification, models.PROTECT, related_name="review")
    is_accepted = models.BooleanField()
    text = models.CharField(max_length=500, blank=True)
    reviewed_by_id = models.BigIntegerField()
    reviewed_by_name = models.CharField(max_length=200)
    reviewed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(is_accepted=True) | ~Q(text=""),
                name="credentialing_refusal_has_words",
            )
        ]

    def __str__(self) -> str:
        return f"{'accepted' if self.is_accepted else 'refused'} by {self.reviewed_by_name}"


class Inquiry(models.Model):
    """
    A letter to an employer, peer, carrier, school or hospital, with an address to answer at.

    Of the address only a hash is kept. It answers once, until its last day. Without an answer it
    is asked again, and given up in the end: then a person withdraws it or asks somebody else.
    """

    element = models.ForeignKey(Element, models.PROTECT, related_name="inquiries")
    recipient_name = models.CharField(max_length=200)
    recipient_email = models.EmailField()
    question = models.CharField(max_length=1000)
    token_sha256 = models.CharField(max_length=64, unique=True)
    sent_at = models.DateTimeField()
    sent_by_id = models.BigIntegerField(null=True, blank=True)
    sent_by_name = models.CharField(max_length=200)
    expires_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    given_up_at = models.DateTimeField(null=True, blank=True)
    # Under which name the portal was reached: the clock writes addresses by it.
    home_url = models.CharField(max_length=200, blank=True, db_default="")
    verification = models.OneToOneField(
        Verification, models.PROTECT, null=True, blank=True, related_name="inquiry"
    )

    class Meta:
        ordering = ["-sent_at", "-pk"]
        verbose_name_plural = "inquiries"
        indexes = [
            models.Index(
                fields=["sent_at"],
                condition=Q(answered_at=None, withdrawn_at=None, given_up_at=None),
                name="credentialing_open_letter",
            ),
            models.Index(
                fields=["element"],
                condition=Q(answered_at=None, withdrawn_at=None, given_up_at__isnull=False),
                name="credentialing_given_up",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True, verification__isnull=True)
                | Q(answered_at__isnull=False, verification__isnull=False),
                name="credentialing_answer_is_kept",
            )
        ]

    def __str__(self) -> str:
        return f"to {self.recipient_name}"


class Discrepancy(models.Model):
    """
    A source and the application disagree: the applicant is told, and may correct or contest it.

    NCQA CR 1: the right to review what was gathered and to correct what is wrong.
    """

    class Outcome(models.TextChoices):
        CORRECTED = "corrected", "the application was corrected"
        SOURCE_WRONG = "source_wrong", "the source was wrong"
        EXPLAINED = "explained", "explained, both stand"
        STANDS = "stands", "no answer, the source stands"

    element = models.ForeignKey(Element, models.PROTECT, related_name="discrepancies")
    verification = models.ForeignKey(
        Verification, models.PROTECT, null=True, blank=True, related_name="discrepancies"
    )
    what = models.CharField("what differs", max_length=200)
    application_says = models.CharField(max_length=500)
    source_says = models.CharField(max_length=500)
    sent_at = models.DateTimeField()
    sent_by_id = models.BigIntegerField(null=True, blank=True)
    sent_by_name = models.CharField(max_length=200)
    due_date = models.DateField("last day to answer")
    reply = models.CharField(max_length=2000, blank=True)
    replied_at = models.DateTimeField(null=True, blank=True)
    replied_by_name = models.CharField(max_length=200, blank=True)
    outcome = models.CharField(max_length=12, choices=Outcome, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by_id = models.BigIntegerField(null=True, blank=True)
    closed_by_name = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-sent_at", "-pk"]
        verbose_name_plural = "discrepancies"
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome="", closed_at__isnull=True)
                | (~Q(outcome="") & Q(closed_at__isnull=False)),
                name="credentialing_discrepancy_closed",
            )
        ]

    def __str__(self) -> str:
        return self.what
