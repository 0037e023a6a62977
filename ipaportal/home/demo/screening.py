"""The demo's exclusion lists: small, invented, and vouched for; one probable and one possible."""

import csv
import io
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.utils import timezone

from credentialing.actions.screening_lists import accept_list, read_list, receive_list
from credentialing.actions.screening_runs import advance_run, start_run
from credentialing.models import ListVersion, Practitioner, ScreeningRun
from ipaportal.core.actors import Actor
from ipaportal.home.demo.network import ALVAREZ, STATE

LEIE = (
    "LASTNAME,FIRSTNAME,MIDNAME,BUSNAME,GENERAL,SPECIALTY,UPIN,NPI,DOB,ADDRESS,CITY,STATE,ZIP,"
    "EXCLTYPE,EXCLDATE,REINDATE,WAIVERDATE,WVRSTATE"
)
SAM = (
    "Classification,Name,First,Middle,Last,City,State / Province,Excluding Agency,Exclusion Type,"
    "Active Date,Termination Date,SAM Number"
)
STATE_LIST = (
    "last_name,first_name,middle_name,provider_type,license_number,date_of_suspension,active_period"
)
NOBODIES = ("Quillfeather", "Oxenbridge", "Vandermoot", "Thistlewick", "Pemberlane", "Umberfold")
WORDS = "An invented list of the demo; a real one has thousands of rows."
DAYS_OLD = 3


def screen_network(*, specialist: Actor, compliance: Actor, now: datetime) -> bool:
    """Load the lists that are missing and screen everybody once; whether there was work."""
    if ScreeningRun.objects.filter(state=ScreeningRun.State.DONE).exists():
        return False
    today = timezone.localdate(now)
    for code, data in _files(today):
        _load(code, data, specialist, compliance, now)
    run = ScreeningRun.objects.first() or start_run(actor=specialist, now=now)
    while advance_run(actor=Actor.system("clock"), run_id=run.pk, now=now):
        pass
    return True


def _load(code: str, data: bytes, brings: Actor, vouches: Actor, now: datetime) -> None:
    version = ListVersion.objects.filter(list_key=code).first()
    if version is None:
        version = receive_list(
            actor=brings,
            list_code=code,
            source_date=timezone.localdate(now) - timedelta(days=DAYS_OLD),
            name=f"{code}-demo.csv",
            data=data,
            now=now,
        )
    if version.status == ListVersion.Status.RECEIVED:
        version = read_list(actor=Actor.system("clock"), version_id=version.pk, now=now)
    if version.status == ListVersion.Status.DOUBTED:
        accept_list(actor=vouches, version_id=version.pk, text=WORDS, now=now)


def _files(today: date) -> Iterable[tuple[str, bytes]]:
    probable, possible = namesakes()
    newest = today + timedelta(days=20 - DAYS_OLD)
    rows = [_leie(name, "Quentin", "NV", date(1990 + place, 5, 20))
            for place, name in enumerate(NOBODIES)]  # fmt: skip
    rows.append(_leie(probable.last_name, probable.first_name, STATE, date(2019, 3, 20),
                      specialty=probable.specialty))  # fmt: skip
    rows.append(_leie(possible.last_name, possible.first_name[:1], "NV", newest))
    yield "LEIE", _csv(LEIE, rows)
    firm = ["Firm", "Oxenbridge Supply LLC", "", "", "", "Reno", "NV", "HHS", "Ineligible"]
    yield "SAM", _csv(SAM, [[*firm, "05/20/2015", "Indefinite", "S4DEMO1"]])
    held = ["Thistlewick", "Quentin", "", "Physician", "D00001", "05/20/2015", "Indefinite"]
    yield STATE, _csv(STATE_LIST, [held])


def namesakes() -> tuple[Practitioner, Practitioner]:
    """Two doctors whose surname nobody shares, so that each is found once."""
    people = Practitioner.objects.exclude(participations__practice__name=ALVAREZ)
    known = Counter(Practitioner.objects.values_list("last_name", flat=True))
    alone = [one for one in people.distinct().order_by("npi") if known[one.last_name] == 1]
    chosen = [*alone, *people.distinct().order_by("npi")]
    return chosen[0], chosen[1]


def _leie(last: str, first: str, state: str, since: date, specialty: str = "") -> list[str]:
    work = specialty or "NURSE/NURSES AIDE"
    return [last.upper(), first.upper(), " ", "", "IND- LIC HC SERV PRO", work, "", "0" * 10, "",
            "1 EXAMPLE ST", "EXAMPLE", state, "00000", "1128b4", f"{since:%Y%m%d}",
            "00000000", "00000000", ""]  # fmt: skip


def _csv(head: str, rows: Iterable[list[str]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(head.split(","))
    writer.writerows(rows)
    return text.getvalue().encode()
