"""What is sent back to whoever sent a file of claims: the same bytes whenever it is asked for."""

from datetime import datetime

from compliance.formats import acknowledgements
from compliance.formats.acknowledgements import Answer, Batch
from compliance.models import Claim, ClaimFile
from compliance.rules.claims import ACCEPTED, REASONS, State
from ipaportal.core.files import read_stored
from ipaportal.core.x12_writing import Interchange
from ipaportal.identity.models import Party


def _interchange(file: ClaimFile, made: datetime, group: str, version: str) -> Interchange:
    ipa = Party.objects.filter(kind="ipa").first()
    sender = (ipa.code if ipa and ipa.code else "IPA")[:15].upper()
    return Interchange(sender, file.sender or "SENDER", made, file.pk % 10**9, group, version)


def answer_999(file: ClaimFile) -> bytes:
    """What a 999 says of the file; the same bytes whenever it is asked for."""
    head = _interchange(file, file.read_at, "FA", acknowledgements.VERSION_999)
    groups = acknowledgements.groups_of(read_stored(file.sha256))
    faults = [code for _, code, _ in file.problems]
    return b"".join(acknowledgements.write_999(head, one, faults) for one in groups)


def answer_277ca(file: ClaimFile) -> bytes:
    """What became of each claim of the file when it was read, as a 277CA says it."""
    rows = Claim.objects.filter(file=file).order_by("pk").prefetch_related("steps")
    batches: dict[tuple[str, str], list[Answer]] = {}
    for row in rows:
        first = row.steps.all()[0]
        rejected = first.state == State.REJECTED
        reason = REASONS.get(first.reason)
        words = f"{reason.words}. {first.words or reason.remedy}" if rejected and reason else ""
        answer = Answer(
            row.ref, row.number, "", "", row.member_ref,
            reason.status if rejected and reason else ACCEPTED, row.charge_cents, row.first_day,
            row.last_day, not rejected, words,
        )  # fmt: skip
        batches.setdefault((row.billing_name, row.billing_npi), []).append(answer)
    return acknowledgements.write_277ca(
        _interchange(file, file.read_at, "HN", acknowledgements.VERSION_277),
        payer=(file.payer.party.name, file.payer.party.code or f"{file.payer_id}"),
        sender=(file.sender, file.sender),
        file_ref=file.control or f"{file.pk}",
        received_on=file.received_at.date(),
        batches=[Batch(*key, tuple(found)) for key, found in batches.items()],
    )
