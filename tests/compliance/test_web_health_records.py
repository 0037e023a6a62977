"""Pages of health records: files and what counts, patients side by side, a line opened."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from compliance.models import HealthFile, HealthPatient, HealthRecord
from ipaportal.audit.models import AccessEvent
from ipaportal.core.roles import Role
from tests.capitation.worlds import make_small_world
from tests.compliance.documents import a_document, an_entry
from tests.compliance.recording import a_patient, a_source, a_visit, ann, ndjson, take
from tests.kept import kept
from tests.people import client_of, make_user
from tests.stories.attacks import signed_in_afresh, text_of

pytestmark = pytest.mark.django_db


@kept
def recorded():
    """Ann is matched, Bea waits, a stranger is not found."""
    world = make_small_world()
    source = a_source(world.bell.party)
    take(
        source, ann(), a_visit("e-1", "p-ann", "2026-09-03", version=4),
        a_patient("p-bea", "Béa", "1951-10-01", "female"),
        a_patient("p-x", "Xaver", "1940-01-01", "male", last="Unknown"),
    )  # fmt: skip
    take(source, data=b"{", name="cut.ndjson")
    return source


def officer():
    return make_user("osei@ipa.example", Role.COMPLIANCE_OFFICER)


def at(name: str, *args: object) -> str:
    return reverse(f"compliance:health_{name}", args=args)


def test_says_what_came_what_counts_and_what_is_wrong(recorded):
    client = client_of(officer())
    page = text_of(client.get(at("record_list")))
    for words in ("Bell&#x27;s EHR", "2 patients wait for a look", "cut.ndjson", "Refused whole"):
        assert words in page, words
    whole, cut = HealthFile.objects.order_by("pk")
    page = text_of(client.get(at("file_detail", whole.pk)))
    assert "Encounter" in page
    assert "What is wrong" not in page
    page = text_of(client.get(at("file_detail", cut.pk)))
    assert "The file ends in the middle of this line." in page
    page = text_of(client.get(at("source_detail", recorded.pk)))
    assert "Look again for those who wait" in page
    data = client.get(at("record_list"), {"export": "csv"}).getvalue().decode("utf-8-sig")
    assert data.count("\n") == 3
    assert client.get(at("file_bytes", whole.pk)).getvalue().startswith(b'{"resourceType"')


def test_those_who_wait_stand_side_by_side_and_a_person_says_whose_they_are(recorded):
    client = signed_in_afresh(officer())
    page = text_of(client.get(at("patient_list")))
    assert "Example, Béa" in page
    assert "Unknown, Xaver" in page
    assert "Example, Ann" not in page
    assert "Example, Ann" in text_of(client.get(at("patient_list"), {"state": "matched"}))
    found = text_of(client.get(at("patient_list"), {"q": "xaver"}))
    assert "Béa" not in found
    bea = HealthPatient.objects.get(ref="p-bea")
    page = text_of(client.get(at("patient_detail", bea.pk)))
    for words in ("Beside member M-BEA", "Agrees", "1951-10-01"):
        assert words in page, words
    decide = at("patient_decide", bea.pk)
    answer = client.post(decide, {"do": "confirm", "seen": "", "words": "x"})
    assert answer.status_code == 422
    assert "No member has this number" in text_of(answer)
    given = {"do": "confirm", "seen": bea.member_id, "words": "Called her."}
    assert client.post(decide, given).url == at("patient_detail", bea.pk)
    page = text_of(client.get(at("patient_detail", bea.pk)))
    assert "Called her." in page
    assert "Take it back" in page
    assert client.post(decide, {"do": "back", "words": "Her sister."}).status_code == 302
    bea.refresh_from_db()
    assert (bea.state, bea.member_id) == ("unmatched", None)


def test_another_member_can_be_named_by_plan_and_number(recorded):
    client, one = signed_in_afresh(officer()), HealthPatient.objects.get(ref="p-x")
    ann_ = HealthPatient.objects.get(ref="p-ann").member
    given = {"payer": ann_.payer_id, "number": "M-CAL", "words": "He told us."}
    assert client.post(at("patient_decide", one.pk), {**given, "do": "confirm"}).status_code == 302
    one.refresh_from_db()
    assert (one.state, one.member.plan_member_id) == ("matched", "M-CAL")


def test_a_resource_opens_down_to_its_line_and_who_looked_is_kept(recorded):
    client, visit = client_of(officer()), HealthRecord.objects.get(ref="e-1")
    page = text_of(client.get(at("record_detail", visit.pk)))
    for words in ("line 2", "2026-09-03", "&quot;finished&quot;", "counts"):
        assert words in page, words
    seen = AccessEvent.objects.latest("pk")
    assert seen.view_name == "compliance:health_record_detail"
    assert seen.member_ids == [HealthPatient.objects.get(ref="p-ann").member_id]


def test_a_count_opens_onto_what_it_is_made_of(recorded):
    client, whole = client_of(officer()), HealthFile.objects.earliest("pk")
    page = text_of(client.get(at("source_detail", recorded.pk)))
    assert f"{at('resource_list')}?source={recorded.pk}&amp;kind=Encounter" in page
    asked = {"source": recorded.pk, "kind": "Encounter"}
    page = text_of(client.get(at("resource_list"), asked))
    assert "e-1" in page
    assert "p-bea" not in page
    found = client.get(at("resource_list"), {"file": whole.pk, "export": "csv"})
    assert found.getvalue().decode("utf-8-sig").count("\n") == 5
    assert "No resource" in text_of(client.get(at("resource_list"), {"q": "99213"}))


def test_links_a_source_asks_for_an_import_and_says_how_far_it_is(recorded, settings):
    settings.OUTBOUND_HOSTS = ["ehr.test"]
    client, here = signed_in_afresh(officer()), at("source_detail", recorded.pk)
    assert "Link it to its server" in text_of(client.get(here))
    given = {"base_url": "http://ehr.test/r4", "client_id": "valley", "group": ""}
    refused = client.post(at("link_new", recorded.pk), given)
    assert refused.status_code == 422
    assert "Only https addresses" in text_of(refused)
    given["base_url"] = "https://ehr.test/r4"
    assert client.post(at("link_new", recorded.pk), given).url == here
    key = client.get(at("link_keys", recorded.pk)).json()["keys"][0]
    assert (key["kty"], key["crv"], "d" in key) == ("EC", "P-384", False)
    job = client.post(at("job_start", recorded.pk)).url
    assert "Waits to be asked for" in text_of(client.get(job))
    part = text_of(client.get(job, headers={"HX-Request": "true"}))
    assert "<html" not in part
    assert 'hx-trigger="every 2s"' in part
    again = client.post(at("job_start", recorded.pk), follow=True)
    assert "is under way" in text_of(again)
    assert client.post(f"{job}stop/").url == job
    page = text_of(client.get(job))
    assert "Stopped" in page
    assert "hx-trigger" not in page.split('id="import"')[1].split(">")[0]


def test_takes_a_document_in_and_shows_it_as_it_came(recorded):
    data = a_document(an_entry("Encounter", "e-1", "20260903", npi="1999999984"))
    file = take(recorded, data=data, name="ccd.xml")
    assert file.counts == {"Encounter": 1, "Patient": 1}
    visit = HealthRecord.objects.get(file=file, kind="Encounter")
    page = text_of(client_of(officer()).get(at("record_detail", visit.pk)))
    assert "&lt;ClinicalDocument" in page


def test_takes_a_file_in(recorded):
    client = signed_in_afresh(officer())
    new, data = at("file_new"), ndjson(ann("p-2"))
    file = SimpleUploadedFile("more.ndjson", data)
    made = client.post(new, {"source": recorded.pk, "file": file})
    assert made.url == at("file_detail", HealthFile.objects.latest("pk").pk)
    again = client.post(new, {"source": recorded.pk, "file": SimpleUploadedFile("m", data)})
    assert "took these very bytes in" in text_of(again)
    named = {"party": recorded.party_id, "name": "Another EHR"}
    assert client.post(at("source_new"), named).status_code == 302
    assert client.post(at("source_new"), named).status_code == 422
