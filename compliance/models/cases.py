"""
Cases: what was reported or happened, who works on it, whom it names, and all that was done.

Behind a wall of their own (`core/scopes.cases_of`): nobody sees a case that accuses them, and
staff's role, which passes row security, holds none of these tables. What people wrote is
encrypted, each text for its row. Keys are drawn, so that no gap in numbers tells of a case.
"""

import uuid

from django.db import models
from django.db.models import Q

from compliance.rules.cases import EVENTS, KINDS, OUTCOMES, PARTS, SOURCES, STATES, Clocked
from ipaportal.core.encryption import decrypt, encrypt, place


class Drawn(models.Model):
    """A row whose key is drawn, not counted."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)

    class Meta:
        abstract = True


class Case(Drawn):
    """One case, by a number that is drawn; its days count, its history is in its events."""

    number = models.CharField(max_length=12, unique=True)
    kind = models.CharField(max_length=9, choices=list(KINDS.items()))
    source = models.CharField(max_length=7, choices=list(SOURCES.items()))
    state = models.CharField(max_length=6, choices=list(STATES.items()), default="new")
    is_urgent = models.BooleanField(default=False)
    outcome = models.CharField(max_length=15, choices=list(OUTCOMES.items()), blank=True)
    title_encrypted = models.BinaryField()
    text_encrypted = models.BinaryField()
    received_date = models.DateField()
    clock_date = models.DateField()
    acknowledged_date = models.DateField(null=True, blank=True)
    triaged_date = models.DateField(null=True, blank=True)
    closed_date = models.DateField(null=True, blank=True)
    opened_by_id = models.BigIntegerField(null=True, blank=True)
    opened_by_name = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-received_date", "number"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="closed", closed_date__isnull=False, outcome__gt="")
                | (~Q(state="closed") & Q(closed_date__isnull=True, outcome="")),
                name="compliance_case_closed_with_outcome",
            ),
            # Who wrote without a name has none here either.
            models.CheckConstraint(
                condition=~Q(source="hotline") | Q(opened_by_id__isnull=True, opened_by_name=""),
                name="compliance_hotline_names_nobody",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def title(self) -> str:
        return decrypt(self.title_encrypted, place("compliance_case", "title_encrypted", self.pk))

    @title.setter
    def title(self, text: str) -> None:
        where = place("compliance_case", "title_encrypted", self.pk)
        self.title_encrypted = encrypt(text, where)

    @property
    def text(self) -> str:
        return decrypt(self.text_encrypted, place("compliance_case", "text_encrypted", self.pk))

    @text.setter
    def text(self, text: str) -> None:
        self.text_encrypted = encrypt(text, place("compliance_case", "text_encrypted", self.pk))

    @property
    def clocked(self) -> Clocked:
        """What its clocks read."""
        return Clocked(
            self.source, self.clock_date, self.is_urgent, self.acknowledged_date,
            self.triaged_date, self.closed_date,
        )  # fmt: skip


class CaseHandler(Drawn):
    """Somebody who works on a case: its owner, or a helper; officers see it anyway."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="handlers")
    user_id = models.BigIntegerField()
    user_name = models.CharField(max_length=200)
    is_owner = models.BooleanField()
    given_at = models.DateTimeField()
    given_by_id = models.BigIntegerField(null=True, blank=True)
    given_by_name = models.CharField(max_length=200)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["given_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(is_owner=True, ended_at=None),
                name="compliance_case_one_owner",
            ),
            models.UniqueConstraint(
                fields=["case", "user_id"],
                condition=Q(ended_at=None),
                name="compliance_case_handles_once",
            ),
        ]

    def __str__(self) -> str:
        return self.user_name


class CasePerson(Drawn):
    """Somebody whom a case names; whom it accuses sees nothing of it, by account or practice."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="people")
    part = models.CharField(max_length=8, choices=list(PARTS.items()))
    name_encrypted = models.BinaryField()
    user_id = models.BigIntegerField(null=True, blank=True, db_index=True)
    practitioner = models.ForeignKey(
        "credentialing.Practitioner", models.PROTECT, null=True, blank=True, related_name="+"
    )
    party = models.ForeignKey(
        "identity.Party", models.PROTECT, null=True, blank=True, related_name="+"
    )
    named_at = models.DateTimeField()
    named_by_id = models.BigIntegerField(null=True, blank=True)
    named_by_name = models.CharField(max_length=200)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["named_at", "id"]

    def __str__(self) -> str:
        return f"{self.get_part_display()}"

    @property
    def name(self) -> str:
        where = place("compliance_caseperson", "name_encrypted", self.pk)
        return decrypt(self.name_encrypted, where)

    @name.setter
    def name(self, text: str) -> None:
        where = place("compliance_caseperson", "name_encrypted", self.pk)
        self.name_encrypted = encrypt(text, where)


class CaseTask(Drawn):
    """One thing to do about a case, by somebody who works on it, until a day."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="tasks")
    text_encrypted = models.BinaryField()
    owner_id = models.BigIntegerField()
    owner_name = models.CharField(max_length=200)
    due_date = models.DateField()
    given_at = models.DateTimeField()
    given_by_name = models.CharField(max_length=200)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by_id = models.BigIntegerField(null=True, blank=True)
    done_by_name = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["due_date", "given_at"]

    def __str__(self) -> str:
        return f"{self.owner_name}, until {self.due_date}"

    @property
    def text(self) -> str:
        where = place("compliance_casetask", "text_encrypted", self.pk)
        return decrypt(self.text_encrypted, where)

    @text.setter
    def text(self, text: str) -> None:
        where = place("compliance_casetask", "text_encrypted", self.pk)
        self.text_encrypted = encrypt(text, where)


class CaseLook(Drawn):
    """That an unusual look led to a case; seen by whoever may see the case, and nobody else."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="looks")
    look = models.OneToOneField("compliance.UnusualLook", models.PROTECT, related_name="+")
    linked_at = models.DateTimeField()
    linked_by_id = models.BigIntegerField()
    linked_by_name = models.CharField(max_length=200)

    class Meta:
        ordering = ["linked_at"]

    def __str__(self) -> str:
        return f"a look that led to {self.case_id}"


class CaseFile(Drawn):
    """A file of a case, by the hash of its bytes; a reporter's has no name of theirs."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="files")
    name_encrypted = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    is_from_reporter = models.BooleanField(default=False)
    added_at = models.DateTimeField()
    added_by_id = models.BigIntegerField(null=True, blank=True)
    added_by_name = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["added_at", "id"]

    def __str__(self) -> str:
        return self.sha256[:12]

    @property
    def name(self) -> str:
        where = place("compliance_casefile", "name_encrypted", self.pk)
        return decrypt(self.name_encrypted, where)

    @name.setter
    def name(self, text: str) -> None:
        where = place("compliance_casefile", "name_encrypted", self.pk)
        self.name_encrypted = encrypt(text, where)


class CaseEvent(Drawn):
    """
    One thing that was done; only added. The audit log seals a hash of what it says.

    What a reporter does has the day, not the hour.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="events")
    place = models.PositiveIntegerField()
    kind = models.CharField(max_length=12, choices=list(EVENTS.items()))
    text_encrypted = models.BinaryField()
    by_id = models.BigIntegerField(null=True, blank=True)
    by_name = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        ordering = ["case", "place"]
        constraints = [
            models.UniqueConstraint(fields=["case", "place"], name="compliance_case_event_place")
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} by {self.by_name}"

    @property
    def text(self) -> str:
        where = place("compliance_caseevent", "text_encrypted", self.pk)
        return decrypt(self.text_encrypted, where)

    @text.setter
    def text(self, text: str) -> None:
        where = place("compliance_caseevent", "text_encrypted", self.pk)
        self.text_encrypted = encrypt(text, where)


class HotlineReport(Drawn):
    """The way back to whoever wrote without a name: a keyed digest of the code that they hold."""

    case = models.OneToOneField(Case, models.PROTECT, related_name="report")
    code_digest = models.BinaryField(unique=True)

    def __str__(self) -> str:
        return "mailbox"


class HotlineMessage(Drawn):
    """One message between a reporter and us, with the day and not the hour."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="messages")
    place = models.PositiveIntegerField()
    is_from_reporter = models.BooleanField()
    text_encrypted = models.BinaryField()
    day = models.DateField()

    class Meta:
        ordering = ["case", "place"]
        constraints = [
            models.UniqueConstraint(fields=["case", "place"], name="compliance_hotline_place")
        ]

    def __str__(self) -> str:
        return f"message {self.place}"

    @property
    def text(self) -> str:
        where = place("compliance_hotlinemessage", "text_encrypted", self.pk)
        return decrypt(self.text_encrypted, where)

    @text.setter
    def text(self, text: str) -> None:
        where = place("compliance_hotlinemessage", "text_encrypted", self.pk)
        self.text_encrypted = encrypt(text, where)


class CaseDeputy(models.Model):
    """Who takes over a case about the compliance office, named before there is one."""

    user = models.ForeignKey("identity.User", models.PROTECT, related_name="+")
    place = models.PositiveSmallIntegerField()
    text = models.CharField("as what", max_length=200)
    named_at = models.DateTimeField()
    named_by_id = models.BigIntegerField(null=True, blank=True)
    named_by_name = models.CharField(max_length=200)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["place", "named_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(ended_at=None), name="compliance_deputy_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} as {self.text}"
