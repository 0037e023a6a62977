"""What is thrown at the portal, and what holds: both lists name tests and queries that exist."""

import re

from tests.architecture.test_security_docs import DOCS, ROOT, is_test
from tests.plainyaml import load

PROMISES = load(DOCS / "promises.yaml")
CREDENTIALING = load(DOCS / "credentialing.yaml")
COMPLIANCE = load(DOCS / "compliance.yaml")
THROWN = {str(number) for number in range(1, 29)}
HELD = {f"I{number}" for number in range(1, 13)}
CAUGHT = {str(number) for number in range(1, 25)}
FIELDS = {"here": {"test"}, "partly": {"test", "why"}, "later": {"why"}}
SURVIVOR = re.compile(r"^\| `([\w.ǁ]+__mutmut_\d+)` \| (.+) \|$", re.MULTILINE)


def faults(rows: dict[str, dict]) -> list[str]:
    """Rows that lack something, and what they name that is not there."""
    found = []
    for number, row in rows.items():
        own = {"throws", "holds"} if number in THROWN else {"holds", "query"}
        own = {"catches"} if "catches" in row else own
        if set(row) != FIELDS.get(row.get("status"), set()) | own | {"status"}:
            found.append(f"{number} has {sorted(row)}")
        found += [f"{number} names {name}" for name in row.get("test", ()) if not is_test(name)]
        found += [f"{number} names {q}" for q in row.get("query", ()) if not (ROOT / q).is_file()]
        if "throws" in row:
            found += [f"{number} holds {one}" for one in row["holds"] if one not in HELD]
        if row.get("why") == "":
            found.append(f"{number} does not say why")
    return found


def test_names_every_test_of_the_list_and_everything_that_holds():
    assert set(PROMISES) == THROWN | HELD
    assert faults(PROMISES) == []


def test_names_every_fault_of_credentialing_systems_and_the_tests_that_catch_it():
    assert set(CREDENTIALING) == CAUGHT
    assert all(set(row) >= {"catches"} for row in CREDENTIALING.values())
    assert faults(CREDENTIALING) == []


def test_names_what_a_compliance_officer_may_hold_us_to_and_the_tests_that_show_it():
    assert len(COMPLIANCE) == 17
    assert all(set(row) >= {"catches"} for row in COMPLIANCE.values())
    assert faults(COMPLIANCE) == []


def test_every_invariant_of_the_portal_is_one_that_prove_asks():
    named = {query for row in PROMISES.values() for query in row.get("query", ())}
    assert named <= {str(q.relative_to(ROOT)) for q in ROOT.glob("**/sql/invariants/*.sql")}


def test_finds_what_is_wrong_with_a_row():
    good = {"throws": "x", "holds": ["I1"], "status": "later", "why": "y"}
    assert faults({"1": good}) == []
    for change in ({"why": ""}, {"holds": ["I13"]}, {"status": "here"}, {"test": ["tests/a.py"]}):
        assert faults({"1": {**good, **change}}), change


def test_every_survivor_has_its_reason():
    """What mutation testing left alive is listed by name, once, each with why."""
    survivors = SURVIVOR.findall((DOCS / "mutation.md").read_text())
    assert len({name for name, _ in survivors}) == len(survivors)
    assert all(len(why.strip()) > 10 for _, why in survivors)
