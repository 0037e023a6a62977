"""Our X12 reader beside pyx12's on the same 834, alternating in one run."""

import io
import time
import tracemalloc
from collections.abc import Callable
from datetime import date, datetime

from capitation.formats import writer_834
from capitation.formats.enrolment_834 import Coverage, Enrolment, EnrolmentMember, PcpChoice
from ipaportal.core.x12 import Reader
from ipaportal.core.x12_writing import Interchange

try:
    from pyx12.x12file import X12Reader
except ImportError:  # pyx12 is a development dependency
    X12Reader = None

MEMBERS = 20_000
ROUNDS = 5


def run(*, members: int | None, say: Callable[[str], object]) -> dict[str, object]:
    """
    Compare the readers: the best of the rounds, in processor time, and the most memory held.

    Processor time, because the machine may be busy with other work while this runs.
    """
    data = enrolment_file(members or MEMBERS)
    text = data.decode()
    say(f"834 of {members or MEMBERS} members, {len(data)} bytes")
    ours, theirs, segments = [], [], 0
    for _ in range(ROUNDS):
        started = time.process_time()
        segments = sum(1 for _ in Reader(data))
        ours.append(time.process_time() - started)
        if X12Reader is not None:
            started = time.process_time()
            their_segments = sum(1 for _ in X12Reader(io.StringIO(text)))
            theirs.append(time.process_time() - started)
            assert their_segments == segments
    peak, peak_of_tenth = _peak_mb(data), _peak_mb(enrolment_file((members or MEMBERS) // 10 or 1))
    return {
        "members": members or MEMBERS,
        "segments": segments,
        "bytes": len(data),
        "compared_to": "pyx12 X12Reader",
        "segments_per_second": round(segments / min(ours)),
        "pyx12_segments_per_second": round(segments / min(theirs)) if theirs else None,
        "ratio_to_pyx12": round(min(theirs) / min(ours), 2) if theirs else None,
        "peak_mb": peak,
        "peak_mb_of_a_tenth": peak_of_tenth,
    }


def _peak_mb(data: bytes) -> float:
    tracemalloc.start()
    for _ in Reader(data):
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return round(peak / (1 << 20), 2)


def enrolment_file(members: int) -> bytes:
    """Write a synthetic 834 with fourteen segments a member."""
    interchange = Interchange(
        sender="EXAMPLEPLAN",
        receiver="EXAMPLEIPA",
        created_at=datetime(2026, 1, 1, 6, 0),
        control_number=1,
        group="BE",
        version="005010X220A1",
    )
    head = Enrolment(1, 0, "", "00", "4", sponsor_name="EXAMPLE SPONSOR", sponsor_id="990000001")
    return writer_834.write(interchange, [(head, map(_member, range(members)))])


def _member(number: int) -> EnrolmentMember:
    return EnrolmentMember(
        segment_no=0,
        is_subscriber=True,
        relationship="18",
        maintenance="030",
        reason="XN",
        benefit_status="A",
        member_ref=f"M{number:08d}",
        subscriber_ref=f"M{number:08d}",
        last_name=f"LAST{number}",
        first_name=f"FIRST{number}",
        birth_date=date(1940 + number % 40, 1 + number % 12, 1 + number % 28),
        sex="FM"[number % 2],
        address=f"{number} EXAMPLE STREET",
        city="EXAMPLE",
        state="CA",
        zip_code="00000",
        phone="5550100000",
        references=(("1L", "GROUP1"),),
        dates=(("356", "20260101"),),
        coverages=(Coverage(0, "030", "HMO", "EXAMPLE PLAN", "IND", start_date=date(2026, 1, 1)),),
        pcps=(
            PcpChoice(
                0, "1000000004", f"DOCTOR{number % 120}", "A", effective_date=date(2026, 1, 1)
            ),
        ),
    )
