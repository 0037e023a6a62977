"""A sample with one file and its packet, for attackers; `name` stands wherever a text may."""

from datetime import datetime

from credentialing.models import AuditPacket, AuditSample, CredentialingEvent, SampledFile
from ipaportal.core.files import store
from ipaportal.identity.models import Party
from tests.factories import make_practitioner

HEAD = ("Practitioner", "NPI", "Cycle", "Decided on", "Outcome")
ROW = ("code", "element", "source", "performed", "as_of", "holds_until", "rule", "reviewer",
       "result", "why")  # fmt: skip


def make_sample(payer: Party | None, name: str, now: datetime) -> dict[str, object]:
    """A plan's sample, or the IPA's own; gives what addresses may name."""
    who = make_practitioner(990 if payer else 991, "Sampled")
    event = CredentialingEvent.objects.create(
        practitioner=who, kind="initial", status="withdrawn", opened_at=now, opened_by_name="test"
    )
    sample = AuditSample.objects.create(
        kind="plan" if payer else "integrity",
        payer_party=payer,
        first_date=now.date(),
        last_date=now.date(),
        seed="2026",
        population="1\tinitial\t2026-10-01",
        population_sha256="0" * 64,
        drawn_by_name=name[:200],
        drawn_at=now,
    )
    cover = {
        "head": [[label, name] for label in HEAD],
        "rows": [{**dict.fromkeys(ROW, name), "passes": "no"}],
    }
    file = SampledFile.objects.create(sample=sample, event=event, place=1, cover=cover)
    AuditPacket.objects.create(
        sample=sample,
        state="done",
        total=1,
        done=1,
        sha256=store(b"packet").sha256,
        asked_by_name="test",
        asked_at=now,
    )
    return {"sample_id": sample.pk, "sampled_file_id": file.pk}
