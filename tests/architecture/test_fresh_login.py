"""Whoever moves money or changes where it goes has just confirmed that it is them."""

import pytest
from django.urls import get_resolver, reverse

from ipaportal.core.permissions import roles_for
from tests.architecture.test_permissions import addresses
from tests.people import client_of, make_user

APPS = ("capitation.", "compliance.", "credentialing.", "ipaportal.ledger.", "purchasing.")

# Every address of these apps at which something is done is in one of the two tables: say of a
# new one whether it moves money, lets it move, or changes where it goes.
MONEY = {
    # What is deleted cannot be undone.
    *("purge_decide", "legal_hold_release"),
    # What is attested or put in force stands with a name for years.
    *("version_approve", "attest"),
    *("run_approve", "run_post", "run_cancel"),
    *("file_deposit", "suspense_settle", "remit_deposit_new", "remit_deposit_tie"),
    *("payments_prepare", "payment_reissue", "payment_void", "returns_read"),
    *("payment_paid_after_all", "return_line_detail"),
    *("payment_batch_release", "payment_batch_cancel", "payment_batch_settle"),
    "payment_batch_file",
    *("prenotes_send", "prenote_file", "bank_agreement"),
    *("check_book_open", "checks_clear", "positive_pay", "positive_pay_file"),
    *("bank_account_new", "bank_account_approve", "bank_account_reject"),
    "hold_release",
    # Money beyond capitation, out of a pool.
    "bonus_decide",
    # What practices are owed of their claims.
    "payment_make",
    # What a reinsurer paid back, into the pools and out again.
    *("recovery_book", "recovery_reverse"),
    # Lets the IPA give money's worth, and what a practice says of why.
    *("subsidy_release", "subsidy_attest", "own_incentive_new", "audit_guest_invite"),
    # Opens an audit, and its papers, to people of a plan.
    *("audit_guest_new", "audit_release", "document_request_new"),
    # Shows a plan's guest members, papers and packets.
    *("plan_audit", "plan_audit_letter", "plan_audit_population", "plan_audit_item"),
    *("plan_audit_paper", "plan_audit_reply"),
    # Spends what practices committed to.
    "award_decide",
    # Taken from a payout, or given back.
    *("netting", "charge_settle", "trouble_settle"),
    # What suppliers paid the IPA, in the ledger.
    *("fee_new", "fee_reverse"),
    *("rebate_owe", "rebate_receive", "rebate_reverse", "rebate_statement"),
    # What a supplier is owed beyond what was agreed on.
    "paper_settle",
    # No money, but a decision that one person signs alone.
    "clean_files",
    # Gives back days in the network, and releases the hold.
    "suspension_lift",
    "participation_end",
    "practitioner_suspend",
    "participation_start",
    # An adverse action that is final, or in danger at once, ends days in the network.
    *("adverse_new", "facility_action_new", "adverse_act", "adverse_decide", "my_action"),
    # A second person's agreement about an exclusion lets a payee be paid again.
    "match_answer",
    # No money, but a signature: only whoever just confirmed that it is them gives it.
    "application_sign",
}
NO_MONEY = {
    *("stop_loss_load", "cover_new", "solvency_new", "bonus_new"),
    *("backup_destroyed", "backup_keeping_new"),
    *("arrangement_new", "arrangement_review", "pooling_new", "own_incentives"),
    *(
        "own_incentive_file",
        "incentive_request_new",
        "incentive_request_give",
        "backup_keeping_new",
    ),
    *("obligations_load", "control_prove", "control_judge", "encounter_expect"),
    *("ibnr_new", "ibnr_accept", "reinsurance_new", "reinsurance_tell"),
    *("plan_answer_new", "plan_batch_go", "row_again", "division_new"),
    *("case_rate_new", "recovery_new"),
    *("audit_new", "universe_take", "sample_draw", "element_new", "audit_go", "universe_file"),
    *("item_detail", "answer_file", "finding_new", "finding_analyse", "packet_file"),
    *("correction_plan", "correction_work", "correction_judge"),
    *("audit_guest_end", "audit_release_withdraw", "request_reply", "reply_file", "audit_guests"),
    "plan_audit_list",
    *("finding_review", "finding_redraft"),
    *("correction_hand_over", "handover_answer", "handover_take_back"),
    *("policy_new", "version_new", "version_change", "version_submit", "version_withdraw"),
    *("campaign_new", "my_attestations"),
    # Nothing is paid by a review: a bonus still takes two people.
    *("care_file_bytes", "care_file_new", "care_file_go", "care_review"),
    # Members whom somebody looked at are judged, and nothing is changed by it.
    *("unusual_list", "unusual_detail", "phi_disclosure_new", "person_as_of"),
    *("account_request", "account_request_new"),
    # What is known of a case, and who works on it.
    *("case_list", "case_new", "case_detail", "case_work", "case_task_done", "case_paper"),
    *("ehr_beat", "ehr_list", "ehr_practice", "ehr_system_new", "go_live_new", "go_live_end"),
    *("go_live_step", "ehr_interface_new", "ehr_interface_end", "subsidy_new", "subsidy_pay"),
    *("subsidy_withdraw", "help_ticket_new", "help_tickets", "help_ticket"),
    *("case_person_withdraw", "case_deputies", "case_deputy_end"),
    *("hotline_report", "hotline_mailbox"),
    *("legal_hold_list", "legal_hold_new", "legal_hold_detail", "legal_hold_acknowledge"),
    # A hold stops money: whoever sees a reason to stop it is not asked for more first.
    "hold_new",
    # What a run makes of these waits for an approval, which asks.
    *("run_open", "run_calculate"),
    *("file_receive", "file_process", "file_reject", "roster_mapping"),
    *("member_assign", "member_end", "member_adopt", "members_adopt", "pcps_import"),
    *("contract_new", "payer_new", "terms_new", "terms_preview", "rate_table_new"),
    # Words, and copies of what is in the books.
    *("statement_publish", "dispute_new", "dispute_answer"),
    # The committee: what is decided lets nobody be paid; participations say that.
    *("committee_set", "seat_new", "pledge_record", "meeting_new", "meeting_act", "item_act"),
    *("motion_make", "letter_issue", "minutes_sign", "discussion_write"),
    *("member_meetings", "member_room", "member_act", "sample_mark"),
    *("npdb_record", "suspension_report", "my_action_notice"),
    *(
        "expirable_allow",
        "recred_open",
        "earlier_open",
        "file_unanswered",
        "applicant_again",
        "file_assign",
        "application_waiting",
    ),
    *("practice_behind", "practitioner_known", "practitioner_complaints", "facility_complaints"),
    *("network_policy_new", "directory_settle", "my_office"),
    *("public_directory", "my_directory", "directory_changes"),
    *("facility_directory", "facility_confirm"),
    *("network_import", "earlier_import", "practice_exclusivity"),
    # These stop money, or propose what a second person has to agree to.
    # What plans are told, and what they have; no money moves by it.
    *("delegation_new", "delegation_end", "roster_columns", "roster_new", "roster_answers"),
    # What is delegated, and reports that were sent or came.
    # What EHRs hold of patients: kept, and said whose it is; nobody is paid by it.
    *("health_link_new", "health_job_start", "health_job_stop"),
    *("health_source_new", "health_file_new", "health_source_again", "health_patient_decide"),
    *("remit_new", "remit_work", "remit_claim_settle"),
    *("claim_assign", "claim_contest", "own_claim_answer", "interest_rate_new"),
    *("authorization_new", "authorization_load", "authorization_rule_new"),
    *("claim_decide", "claim_file_new", "fee_schedule_new", "claim_terms_new"),
    *("agreement_new", "report_new", "report_deliver", "delivery_file"),
    *("plan_roster_new", "difference_settle", "sample_new", "packet_ask"),
    *("screening_start", "match_decide", "list_receive", "list_accept", "list_columns"),
    # Files: what is known of somebody; whom it lets be paid is said by participations.
    *("applicant_new", "profile_import", "file_act", "element_act"),
    *("verification_review", "document_review", "facility_new", "facility_act"),
    *("my_file", "my_letter", "application_begin", "application_detail", "application_personal"),
    *("my_document_new", "application_section", "discrepancy_answer", "profile_accept"),
    "inquiry_answer",
    # Buying together: what can be bought, from whom; nobody is charged by it.
    "disclosure_give",
    *(
        "item_new",
        "item_change",
        "pack_code_new",
        "supplier_new",
        "licence_new",
        "supply_new",
        "supply_prices",
    ),
    # Group orders: a commitment binds to buy; what is charged waits for receipt and authorisation.
    *("order_new", "order_change", "order_item_new", "order_act", "order_item_remove"),
    *("shop_commit", "agreement_sign", "agreement_end", "site_change"),
    *("addendum_sign", "addendum_end", "number_revoke"),
    # Who may buy under a contract: no price is paid before somebody commits and receives.
    *("reach_set", "eligibility_move", "eligibility_ask"),
    *(
        "award_act",
        "purchase_send",
        "shortage_new",
        "delivery_detail",
        "scan_packs",
        "trouble_new",
        "apart_new",
        "return_new",
        "my_trouble",
        "supply_paper_new",
        "trace_packet",
        "charge_dispute",
    ),
    *("recall_import", "notice_decide", "recall_answer"),
    # A practice's own budgets, and its word on what it commits itself to.
    *("budget_set", "control_set", "request_detail"),
    *("shop_fill", "standing_new", "standing_change", "standing_end", "par_set", "stock_count"),
    # An amendment asks for less of what was awarded; identifiers are those of the envelope.
    *("purchase_amend", "profile_change"),
    # What suppliers send is compared with what was ordered; what is odd of an invoice asks finance.
    *("paper_read", "paper_match"),
    # What drugs are called and what Medicare pays for them: prices are compared with it.
    *("reference_read", "reference_confirm"),
    # Prices of a contract: nobody is charged by them before somebody commits and receives.
    *("draft_new", "draft_detail", "draft_act"),
}
SAMPLES = {
    "int": 1,
    "str": "2026-01",
    "uuid": "00000000-0000-4000-8000-000000000000",
}


def doing():
    """Addresses of these apps that need a permission to do something, not only to look."""
    for _, pattern in addresses(get_resolver().url_patterns):
        view = pattern.callback
        verb = getattr(view, "permission", "").partition(".")[2]
        if view.__module__.startswith(APPS) and not verb.startswith("view_"):
            yield pattern


def address_of(pattern) -> str:
    """An address of a pattern; nothing needs to be there, for it is asked who it is first."""
    app = "ledger" if ".ledger." in pattern.callback.__module__ else None
    app = app or pattern.callback.__module__.partition(".")[0]
    kinds = pattern.pattern.converters
    values = {name: pattern_sample(kind) for name, kind in kinds.items()}
    return reverse(f"{app}:{pattern.name}", kwargs=values)


def pattern_sample(converter) -> object:
    kind = type(converter).__name__.removesuffix("Converter").lower()
    return SAMPLES["str" if kind == "string" else kind]


def test_says_of_every_address_whether_it_moves_money():
    found = {pattern.name for pattern in doing()}
    assert found - MONEY - NO_MONEY == set(), "say in the tables above whether it moves money"
    assert (MONEY | NO_MONEY) - found == set(), "these are no addresses any more"
    assert set() == MONEY & NO_MONEY


def test_money_moves_only_after_a_fresh_sign_in():
    marked = {p.name for p in doing() if getattr(p.callback, "asks_again", False)}
    assert marked == MONEY


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(MONEY))
def test_asks_whoever_signed_in_long_ago_who_it_is(name):
    (pattern,) = [p for p in doing() if p.name == name]
    role = sorted(roles_for(pattern.callback.permission))[0]
    client = client_of(make_user("somebody@ipa.example", role))
    answer = client.post(address_of(pattern), {})
    assert answer.status_code == 302
    assert answer.url.startswith(reverse("account_reauthenticate"))
