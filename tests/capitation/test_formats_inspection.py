"""`inspect`: what a file is, whether it is safe, what it holds."""

import gzip
import io
import json
import zipfile
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from capitation.formats import inspection
from capitation.formats.inspection import inspect_file

SAMPLES = Path(__file__).parents[3] / "shared" / "samples"
NAMES = {
    "segments": "segments", "isa": "interchanges", "st_types": "transactions",
    "versions": "versions", "BPR02_sum": "total", "RMR04_sum": "remittance_total",
    "RMR_n": "lines", "members_distinct": "members", "ADX_n": "adjustments", "INS_n": "members",
    "INS_subscribers": "subscribers", "HD_n": "coverages", "NM1_P3_pcp": "pcp_assignments",
    "INS03_maint": "maintenance", "CLP_n": "claims", "CLP03_sum": "charged", "CLP04_sum": "paid",
    "PLB_sum": "provider_adjustments", "SVC_n": "service_lines", "CLM_n": "claims",
    "CLM02_sum": "charged", "line_charge_sum": "line_charged", "batches": "batches",
    "entries_addenda": "entries_addenda", "hash": "entry_hash", "debit_cents": "debit_cents",
    "credit_cents": "credit_cents", "rows": "rows", "individuals": "individuals",
    "businesses": "businesses", "with_npi": "with_npi",
}  # fmt: skip


def same(expected, found):
    if expected == found:
        return True
    return isinstance(expected, str) and Decimal(expected) == Decimal(found)


def expected_records(*prefixes):
    records = json.loads((SAMPLES / "expected.json").read_text())
    return [record for record in records if record["fmt"].startswith(prefixes)]


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample files (../shared) are not here")
@pytest.mark.parametrize("prefix", ["x12", "ach", "leie", "nppes"])
def test_counts_what_the_sample_files_hold(prefix):
    for record in expected_records(prefix):
        found = inspect_file(SAMPLES / record["fmt"] / record["file"])
        for name, value in record["expected"].items():
            if NAMES.get(name) in found["figures"]:
                figure = found["figures"][NAMES[name]]
                assert same(value, figure), (record["file"], name, value, figure)


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample files (../shared) are not here")
def test_judges_the_envelopes_of_the_sample_files():
    for record in expected_records("x12"):
        found = inspect_file(SAMPLES / record["fmt"] / record["file"])
        wanted = record["expected"].get("envelope", ["no ISA segment"])
        assert (found["figures"]["envelope"] == "ok") == (wanted == "ok"), record["file"]
        assert (found["verdict"] == "refused") == (wanted != "ok"), record["file"]


def x12(body, kind="835", group="HP", version="005010X221A1"):
    head = (
        "ISA*00*          *00*          *ZZ*PLAN           *ZZ*IPA            "
        f"*260101*0600*^*00501*000000007*0*P*:~GS*{group}*P*I*20260101*0600*7*X*{version}~"
    )
    end = f"SE*{body.count('~') + 2}*0001~GE*1*7~IEA*1*000000007~"
    return f"{head}ST*{kind}*0001~{body}{end}".encode()


def test_counts_a_claim_payment_and_balances_it():
    body = "BPR*I*90*C*ACH~CLP*1*1*150*100*~SVC*HC:99213*150*100~PLB*1*20261231*WO*10~"
    found = inspect_file(x12(body))
    assert (found["format"], found["verdict"], found["problems"]) == ("x12-835", "ok", [])
    assert {name: found["figures"][name] for name in (
        "total", "claims", "charged", "paid", "provider_adjustments", "service_lines", "balanced",
    )} == {
        "total": "90.00", "claims": 1, "charged": "150.00", "paid": "100.00",
        "provider_adjustments": "10.00", "service_lines": 1, "balanced": True,
    }  # fmt: skip
    found = inspect_file(x12(body.replace("I*90*", "I*91*")))
    assert (found["verdict"], found["figures"]["balanced"]) == ("unbalanced", False)
    assert found["problems"][0]["where"] == "segment 4 (BPR)"


def test_counts_claims():
    body = "CLM*A1*200~LX*1~SV1*HC:99213*150*UN*1~LX*2~SV1*HC:99214*50*UN*1~"
    figures = inspect_file(x12(body, "837", "HC", "005010X222A1"))["figures"]
    assert (figures["claims"], figures["charged"]) == (1, "200.00")
    assert (figures["service_lines"], figures["line_charged"]) == (2, "200.00")


def test_still_gives_the_figures_of_a_refused_file():
    found = inspect_file(x12("CLM*A1*200~").replace(b"SE*3*", b"SE*9*"))
    assert (found["verdict"], found["figures"]["claims"]) == ("refused", 0)
    assert found["figures"]["envelope"] == ["SE01=9 actual=3"]


def zipped(data):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("file.txt", data)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("_case", "data", "code"),
    [
        ("empty", b"", "empty"),
        ("blanks", b" \r\n \n", "empty"),
        ("binary", b"\x00\x01\x02" * 1000, "binary"),
        ("zip", zipped(b"ISA"), "wrong_kind"),
        ("PDF", b"%PDF-1.7 ...", "wrong_kind"),
        ("prose", b"Dear all, the file comes tomorrow", "unknown"),
        ("JSON", b'{"a": 1, "b": 2}', "unknown"),
        ("half a gzip", gzip.compress(b"a,b\n1,2\n" * 9999)[:-20], "damaged_gzip"),
    ],
)
def test_refuses_what_is_no_data_file(_case, data, code):
    found = inspect_file(data)
    assert found["verdict"] == "refused"
    assert code in [problem["code"] for problem in found["problems"]]


def test_refuses_a_packed_file_that_grows_too_large(monkeypatch):
    monkeypatch.setattr(inspection.Unpacking.__init__, "__defaults__", (1 << 20,))
    found = inspect_file(gzip.compress(b"a,b\n" + b"1,2\n" * 500_000))
    assert (found["verdict"], found["problems"][0]["code"]) == ("refused", "too_large")


def test_reads_a_packed_file():
    data = gzip.compress(x12("CLM*A1*200~", "837", "HC", "005010X222A1"))
    found = inspect_file(data)
    assert (found["format"], found["verdict"], found["bytes"]) == ("x12-837", "ok", len(data))


def test_counts_an_exclusion_list_and_a_table():
    leie = (
        "LASTNAME,FIRSTNAME,MIDNAME,BUSNAME,NPI,EXCLTYPE,EXCLDATE\n"
        "ALDER,ANN,,,0000000000,1128a1,20260101\n,,,EXAMPLE LLC,1000000004,1128b4,20260101\n"
    )
    found = inspect_file(leie.encode())
    assert (found["format"], found["verdict"]) == ("leie", "ok")
    assert found["figures"] == {
        "rows": 2, "columns": 7, "individuals": 1, "businesses": 1, "with_npi": 1,
    }  # fmt: skip
    found = inspect_file(b"a,b\n1,2\n3\n")
    assert (found["format"], found["verdict"]) == ("csv", "refused")
    assert found["problems"][0]["where"] == "line 3"


def test_prints_a_record_a_file(tmp_path, monkeypatch):
    good, bad = tmp_path / "good.835", tmp_path / "empty.txt"
    good.write_bytes(x12("BPR*I*0*C*NON~"))
    bad.write_bytes(b"")
    monkeypatch.setattr("sys.stdin", StringIO(f"{good}\n{bad}\n"))
    out = StringIO()
    call_command("inspect", "-", str(tmp_path / "absent"), "--json", stdout=out)
    records = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [(r["format"], r["verdict"]) for r in records] == [
        ("x12-835", "ok"), ("unknown", "refused"), ("unknown", "refused"),
    ]  # fmt: skip
    assert {"file", "bytes", "sha256", "format", "verdict", "problems", "figures"} <= set(
        records[0]
    )
    out = StringIO()
    call_command("inspect", str(bad), stdout=out)
    assert "The file is empty." in out.getvalue()


@given(st.binary(max_size=1500))
def test_never_raises_on_any_bytes(data):
    inspect_file(data)
    inspect_file(x12("BPR*I*0~") + data)
    inspect_file(b"\x1f\x8b" + data)
    inspect_file(b"101 094101" + data)


PIECES = (
    "ST*820*1 ST*834*1 ST*835*1 ST*837*1 SE*1*1 GS*RA GE*1*1 IEA*1*1 BPR*I*x BPR RMR ENT*1 "
    "RMR*IK*B**1.00*2 ADX*1 ADX NM1*IL NM1*P3 NM1 INS INS*Y*18 HD DTP*348 DTP*348*D8*2026 "
    "DTM*582****RD8*1-2 DTM REF REF*18 LX*1 PLA*2 DMG*D8*x CLP*1 SVC PLB*1*2*3*x CLM*1*x SV1 "
    "QTY*TO*99999999999999999 QTY*TO BGN N1*PR N3 N4 PER COB LS*1 TRN "
)
SEGMENTS = st.lists(
    st.sampled_from(PIECES.split()),
    max_size=40,
)


@given(SEGMENTS)
def test_never_raises_on_segments_out_of_order(segments):
    data = x12("~".join(segments) + "~")
    assert inspect_file(data)["verdict"] in ("ok", "unbalanced", "refused")
