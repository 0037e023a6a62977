"""Lists and people for tests of screening: one person on a small list, and who decides."""

from datetime import UTC, date, datetime, timedelta

from credentialing.actions.screening_lists import accept_list, read_list, receive_list
from credentialing.actions.screening_runs import advance_run, start_run
from credentialing.models import ListVersion, Participation, ScreeningMatch, ScreeningRun
from credentialing.models.secrets import keep_birth_date
from ipaportal.core.actors import Actor
from tests.credentialing.test_formats_exclusions import OLD, leie
from tests.factories import make_ipa, make_practice, make_practitioner

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
TODAY = NOON.date()
CLOCK = Actor.system("clock")
CARA = Actor(911, "Cara", frozenset({("credentialing_specialist", 1)}))
NADIA = Actor(912, "Nadia", frozenset({("network_admin", 1)}))
OSEI = Actor(913, "Osei", frozenset({("compliance_officer", 1)}))
BORN = date(1960, 1, 2)
NEWEST = {"LASTNAME": "NEWEST", "FIRSTNAME": "ZOE", "EXCLDATE": "20261120", "NPI": "0000000000"}
SAM_HEAD = (
    "Classification,Name,First,Middle,Last,City,State / Province,Excluding Agency,Exclusion Type,"
    "Active Date,Termination Date,SAM Number"
)
SAM = f"{SAM_HEAD}\nFirm,NOBODY LLC,,,,RENO,NV,HHS,Ineligible,05/20/2010,Indefinite,S1\n"
HIT = {"LASTNAME": "ALVAREZ", "FIRSTNAME": "ANA", "MIDNAME": " ", "NPI": "0000000000"}


def load(code="LEIE", data=None, *, day=date(2026, 11, 1), by=CARA, now=NOON, **more):
    """Receive and read a list, and vouch for it where its size is in doubt."""
    data = leie(OLD, NEWEST) if data is None else data
    version = receive_list(
        actor=by, list_code=code, source_date=day, name=f"{code}.csv", data=data, now=now, **more
    )
    version = read_list(actor=CLOCK, version_id=version.pk, now=now)
    if version.status == ListVersion.Status.DOUBTED:
        version = accept_list(actor=OSEI, version_id=version.pk, text="a test's list", now=now)
    return version


def load_both(*rows, now=NOON, day=date(2026, 11, 1)):
    """The two lists without which nobody is clear."""
    load("SAM", SAM.replace("S1", f"S{now:%d%H%M}").encode(), day=day, now=now)
    return load(data=leie(OLD, NEWEST, *rows), day=day, now=now)


def screen(now=NOON) -> ScreeningRun:
    """Run a screening to its end."""
    run = start_run(actor=CARA, now=now)
    while advance_run(actor=CLOCK, run_id=run.pk, now=now):
        pass
    run.refresh_from_db()
    return run


def make_match(who, now: datetime, name: str) -> ScreeningMatch:
    """A screening that is done, and a possible match that waits to be decided."""
    row = {"LASTNAME": who.last_name, "FIRSTNAME": who.first_name, "NPI": "0" * 10, "DOB": ""}
    day = now.date()
    rows = [OLD, {**NEWEST, "EXCLDATE": f"{day:%Y%m%d}"}, {**row, "MIDNAME": " ", "STATE": "NV"}]
    version = load(data=leie(*rows), day=day, now=now)
    ListVersion.objects.filter(pk=version.pk).update(name=name[:255])
    screen(now)
    return ScreeningMatch.objects.select_related("entry").get()


def later(days: int) -> datetime:
    return NOON + timedelta(days=days)


def make_ana(*, birth_date: date | None = BORN):
    """Ana Alvarez, who takes part through Bell Clinic."""
    make_ipa()
    ana, bell = make_practitioner(), make_practice()
    keep_birth_date(ana, birth_date)
    ana.save()
    plan = type(bell.party).objects.create(kind="payer", name="SUN Health", code="SUN")
    Participation.objects.create(
        practitioner=ana,
        practice=bell,
        payer_party=plan,
        effective_date=date(2025, 1, 1),
        fact_no=1,
        recorded_at=NOON,
    )
    return ana, bell


def result_of(run: ScreeningRun, key: str) -> str:
    return run.results.get(subject_key=key).outcome


def only_match() -> ScreeningMatch:
    return ScreeningMatch.objects.get()
