"""
What the roles of the database may do with each table: the one place where it stands.

`manage.py migrate` grants it, as the owner; a test compares it with the tables there are. Nobody
but the owner has DDL or TRUNCATE. A column after UPDATE means that no other column ever changes.
"""

READ = "SELECT"
ADD = "SELECT, INSERT"
CHANGE = "SELECT, INSERT, UPDATE"
FREE = "SELECT, INSERT, UPDATE, DELETE"


def _then(*columns: str) -> str:
    """Added, and changed afterwards in these columns only."""
    return f"{ADD}, UPDATE ({', '.join(columns)})"


SUPERSEDED = _then("superseded_no", "superseded_at")

# What web, worker, clock and commands may do.
APP = {
    # Evidence. Leaves and steps come from triggers of the owner's alone, so that none can be made
    # up; of an event the app says what happened, and never again. Tables of change history (those
    # with a column pgh_id) are not listed: each is READ, for the same reason.
    "audit_domainevent": ADD,
    "audit_accessevent": ADD,
    "audit_factbatch": ADD,
    "audit_incident": _then("closed_at", "resolution"),
    "audit_leaf": READ,
    "audit_salt": READ,
    "audit_source": READ,
    "audit_step": READ,
    "audit_sealedleaf": ADD,
    "audit_node": ADD,
    "audit_checkpoint": ADD,
    "audit_checkpointmail": ADD,
    "pghistory_context": READ,
    # The books.
    "ledger_account": ADD,
    "ledger_entry": _then("status", "posted_at"),
    "ledger_posting": ADD,
    "ledger_hold": _then("released_at", "released_by_id", "released_by_name", "release_text"),
    # Money that was calculated, told and paid.
    "capitation_waterfall": READ,
    "capitation_share": READ,
    "capitation_run": CHANGE,
    "capitation_statement": ADD,
    "capitation_statementposting": ADD,
    "capitation_dispute": _then(
        "status", "answer", "answered_by_id", "answered_by_name", "answered_at"
    ),
    "capitation_bankaccount": _then(
        *("status", "decided_by_id", "decided_by_name", "decided_at", "decision_text"),
        *("usable_from", "account_encrypted"),
    ),
    "capitation_payment": _then(
        *("status", "trace_number", "settled_at", "return_code", "returned_at", "void_text"),
        *("voided_by_id", "voided_by_name", "voided_at", "paid_after_all_by_id"),
        *("paid_after_all_by_name", "paid_after_all_at", "paid_after_all_text"),
        *("dishonour_code", "dishonoured_at", "contest_code", "contested_at"),
    ),
    "capitation_paymentbatch": _then(
        *("status", "released_by_id", "released_by_name", "released_at", "file_date"),
        *("effective_entry_date", "file_id_modifier", "file_sha256"),
        *("cancelled_by_name", "cancelled_at"),
    ),
    "capitation_bankagreement": ADD,
    "capitation_bonus": _then(
        *("status", "decided_at", "decided_by_id", "decided_by_name", "decision_text"),
    ),
    "capitation_prenotefile": ADD,
    "capitation_prenote": _then(
        *("status", "file_id", "trace_number", "settlement_date", "clears_on"),
        *("return_code", "returned_at"),
    ),
    "capitation_returnfile": ADD,
    "capitation_check": _then("status", "cleared_on", "ended_on", "ended_as"),
    "capitation_checkbook": ADD,
    "capitation_clearedfile": ADD,
    "capitation_positivepayfile": ADD,
    "capitation_positivepayline": ADD,
    "capitation_returnline": _then(
        *("state", "decided_by_id", "decided_by_name", "decided_at", "decision_text"),
        "corrected_encrypted",
    ),
    # What plans stated.
    "capitation_planfile": CHANGE,
    "capitation_inboxfile": CHANGE,
    "capitation_planpayment": ADD,
    "capitation_remittanceline": ADD,
    "capitation_receipt": ADD,
    "capitation_premium": ADD,
    "capitation_unmatchedrow": CHANGE,
    "capitation_closedpanelnote": ADD,
    "capitation_rostermapping": CHANGE,
    # Facts: superseded once, never edited.
    "capitation_coveragespan": SUPERSEDED,
    "capitation_membercounty": SUPERSEDED,
    "capitation_memberprofile": SUPERSEDED,
    "capitation_memberstatus": SUPERSEDED,
    "capitation_pcpassignment": SUPERSEDED,
    "capitation_riskscore": SUPERSEDED,
    "capitation_terms": SUPERSEDED,
    "credentialing_participation": SUPERSEDED,
    "capitation_member": CHANGE,
    "capitation_memberidentifier": CHANGE,
    "capitation_payer": CHANGE,
    "capitation_contract": CHANGE,
    "capitation_ratetable": ADD,
    "capitation_ratecell": ADD,
    # The network.
    "credentialing_practice": CHANGE,
    "credentialing_location": CHANGE,
    "credentialing_practitioner": CHANGE,
    "credentialing_associate": CHANGE,
    "credentialing_facility": CHANGE,
    "credentialing_identifier": CHANGE,
    "credentialing_network": CHANGE,
    "credentialing_personname": CHANGE,
    "credentialing_practitionerrole": CHANGE,
    "credentialing_selfdescription": CHANGE,
    "credentialing_networklisting": SUPERSEDED,
    "credentialing_credential": _then("superseded_at"),
    "credentialing_education": _then("superseded_at"),
    "credentialing_work": _then("superseded_at"),
    "credentialing_gapexplanation": _then("superseded_at"),
    "credentialing_malpracticeclaim": _then("superseded_at"),
    "credentialing_affiliation": _then("superseded_at"),
    "credentialing_document": _then(
        *("status", "reviewed_by_id", "reviewed_by_name", "reviewed_at", "review_text"),
        "superseded_by_id",
    ),
    "credentialing_sitecheck": ADD,
    "credentialing_complaint": _then("outcome", "closed_at", "closed_by_name"),
    "credentialing_application": CHANGE,
    "credentialing_applicationsection": CHANGE,
    "credentialing_attestation": _then("voided_at", "voided_by_name", "void_reason"),
    "credentialing_profile": ADD,
    "credentialing_credentialingevent": CHANGE,
    "credentialing_eventstep": ADD,
    "credentialing_element": _then("dropped_at"),
    "credentialing_verification": ADD,
    "credentialing_review": ADD,
    "credentialing_inquiry": _then(
        *("answered_at", "verification_id", "withdrawn_at", "given_up_at")
    ),
    "credentialing_inquiryreminder": ADD,
    "credentialing_applicantreminder": ADD,
    "credentialing_withdrawalletter": ADD,
    "credentialing_discrepancy": _then(
        *("reply", "replied_at", "replied_by_name", "outcome", "closed_at", "closed_by_id"),
        "closed_by_name",
    ),
    "credentialing_exclusivity": SUPERSEDED,
    "credentialing_listversion": CHANGE,
    "credentialing_listentry": _then("gone_version_id"),
    "credentialing_listmapping": _then("superseded_at"),
    "credentialing_screeningrun": CHANGE,
    "credentialing_screeningresult": ADD,
    "credentialing_screeningmatch": CHANGE,
    "credentialing_screeningdecision": ADD,
    # The committee: what it did stays, each end is written once.
    "credentialing_committee": CHANGE,
    "credentialing_seat": CHANGE,
    "credentialing_pledge": ADD,
    "credentialing_meeting": _then(
        *("rule", "locked_at", "locked_by_name", "opened_at", "closed_at", "cancelled_at"),
        "cancel_reason",
    ),
    "credentialing_attendance": _then("left_at"),
    "credentialing_agendaitem": _then(
        *("packet", "packet_sha256", "frozen_at", "ended_at", "end_kind", "end_reason")
    ),
    "credentialing_recusal": ADD,
    "credentialing_motion": _then("closed_at", "is_carried", "result"),
    "credentialing_vote": ADD,
    "credentialing_decision": ADD,
    "credentialing_filedays": ADD,
    "credentialing_earlierdecision": _then("superseded_at"),
    "credentialing_condition": _then("met_at", "met_text", "met_by_name"),
    "credentialing_decisionletter": ADD,
    "credentialing_adverseaction": _then(
        *("stage", "hearing_date", "suspension_id", "notice_date", "request_by_date"),
        *("final_date", "report_due_date", "reversed_date", "next_due_date", "lifted_date"),
    ),
    "credentialing_adversestep": ADD,
    "credentialing_adversenotice": ADD,
    "credentialing_hearingpanelist": _then("excused_at", "excused_by_name", "excused_for"),
    "credentialing_npdbentry": ADD,
    "credentialing_networkpolicy": ADD,
    "credentialing_directorycheck": ADD,
    "credentialing_directorychange": _then("settled_at", "settled_by_name", "settled_text"),
    "credentialing_directoryreminder": ADD,
    "credentialing_directoryround": ADD,
    "credentialing_facilitycheck": ADD,
    "credentialing_supervision": _then("superseded_at"),
    "credentialing_language": _then("superseded_at"),
    "credentialing_callcover": _then("superseded_at"),
    "credentialing_minutes": ADD,
    "credentialing_discussion": _then("text_encrypted"),
    "credentialing_auditsample": ADD,
    "credentialing_sampledfile": ADD,
    "credentialing_auditmark": ADD,
    "credentialing_auditpacket": CHANGE,
    "credentialing_delegation": _then("end_date"),
    "credentialing_rosterspec": ADD,
    "credentialing_roster": ADD,
    "credentialing_rosterline": ADD,
    "credentialing_rosteranswer": ADD,
    "credentialing_planroster": ADD,
    "credentialing_rosterdifference": CHANGE,
    "credentialing_expirablenotice": ADD,
    "credentialing_allowance": _then("ended_at", "ended_by_name"),
    "credentialing_suspension": _then("lifted_at", "lifted_by_name", "lift_text", "back_date"),
    # Compliance.
    "compliance_checkresult": ADD,
    "compliance_stoplossrow": _then("superseded_at"),
    "compliance_stoplosscover": _then("superseded_at"),
    "compliance_audit": ADD,
    "compliance_auditstep": ADD,
    "compliance_audituniverse": ADD,
    "compliance_auditdraw": ADD,
    "compliance_audititem": ADD,
    "compliance_auditelement": ADD,
    "compliance_auditanswer": ADD,
    "compliance_auditguest": _then("ended_at", "ended_by_name", "end_reason"),
    "compliance_auditrelease": _then("withdrawn_at", "withdrawn_by_name"),
    "compliance_auditrequest": ADD,
    "compliance_auditreply": ADD,
    "compliance_auditpacket": _then("state", "sha256", "size", "files", "finished_at"),
    "compliance_finding": ADD,
    "compliance_findinganalysis": ADD,
    "compliance_findingreview": ADD,
    "compliance_correctionhandover": _then("answer", "answered_at", "answer_text"),
    "compliance_correction": ADD,
    "compliance_milestone": ADD,
    "compliance_correctionstep": ADD,
    # Locked while a version is drafted, which asks for a column that may change.
    "compliance_policy": _then("title"),
    "compliance_policyversion": CHANGE,
    "compliance_policyapproval": ADD,
    "compliance_campaign": ADD,
    "compliance_campaignperson": _then("reminded"),
    "compliance_attestation": ADD,
    "compliance_claimfile": _then(
        *("status", "read_at", "sender", "control", "problems", "claims", "accepted"),
        *("rejected", "charge_cents"),
    ),
    "compliance_claim": _then(
        *("state", "reason", "detail", "due_on", "owner_id", "owner_name", "allowed_cents"),
        *("denial", "payment_id", "taken_back_id"),
    ),
    # Until it is paid, a line may be priced anew.
    "compliance_claimline": _then("allowed_cents", "price_words"),
    "compliance_claimstep": ADD,
    "compliance_feeschedule": ADD,
    "compliance_feeprice": ADD,
    "compliance_claimterms": ADD,
    "compliance_claimpayment": ADD,
    "compliance_reinsurancecontract": _then("superseded_at"),
    "compliance_reinsurancenotice": ADD,
    "compliance_ibnrestimate": ADD,
    "compliance_ibnracceptance": ADD,
    "compliance_encounterexpectation": ADD,
    "compliance_healthsource": ADD,
    "compliance_healthfile": _then(
        *("status", "read_at", "lines", "counts", "problems", "added", "changed", "known"),
        *("older",),
    ),
    "compliance_healthrecord": _then("superseded_at", "gone_at", "told_encrypted"),
    "compliance_healthpatient": _then("record_id", "state", "member_id", "why", "since"),
    "compliance_patientstep": ADD,
    "compliance_solvencyquarter": _then("superseded_at"),
    "compliance_carebatch": _then(
        *("status", "figures", "refused", "decided_at", "decided_by_id", "decided_by_name"),
    ),
    "compliance_carefact": _then("superseded_at"),
    "compliance_careround": ADD,
    "compliance_carepanel": ADD,
    "compliance_carereading": ADD,
    # Locked while it is reviewed, which asks for a column that may change.
    "compliance_careconcern": _then("opened_at"),
    "compliance_carereview": ADD,
    "compliance_obligationlibrary": ADD,
    "compliance_obligation": _then("superseded_at"),
    "compliance_obligationcontrol": ADD,
    "compliance_control": _then("title", "how", "every_days"),
    "compliance_evidence": ADD,
    "compliance_controlanswer": ADD,
    "compliance_legalhold": _then(
        "released_at", "released_by_id", "released_by_name", "release_reason"
    ),
    "compliance_holdcustodian": _then("reminded_at", "acknowledged_at"),
    "compliance_purge": _then(
        *("status", "rejected_at", "rejected_by_name", "reject_reason", "done_at"),
        "certificate_sha256",
    ),
    "compliance_purgeapproval": ADD,
    "compliance_purgeitem": _then("purged_at", "spared_because", "party_ids"),
    "compliance_disclosure": _then("voided_at", "voided_by_name", "void_reason"),
    "compliance_accountrequest": _then(
        *("extended_at", "extended_by_name", "extension_reason", "answered_at"),
        *("answered_by_name", "answer_words", "told"),
    ),
    "compliance_lookday": ADD,
    "compliance_looknight": ADD,
    "compliance_unusuallook": _then(
        *("outcome", "text", "case_number", "reviewed_at", "reviewed_by_id"), "reviewed_by_name"
    ),
    "compliance_delegationagreement": _then("end_date"),
    "compliance_duereport": ADD,
    "compliance_reportdelivery": ADD,
    # Cases, of which nobody passes row security; texts change with the key only.
    "compliance_case": _then(
        *("state", "kind", "is_urgent", "outcome", "title_encrypted", "text_encrypted"),
        *("acknowledged_date", "triaged_date", "closed_date", "clock_date"),
    ),
    "compliance_breachrecord": _then("told_encrypted"),
    "compliance_casehandler": _then("ended_at"),
    "compliance_caseperson": _then("withdrawn_at", "name_encrypted"),
    "compliance_casetask": _then("done_at", "done_by_id", "done_by_name", "text_encrypted"),
    "compliance_casefile": _then("name_encrypted"),
    "compliance_caseevent": _then("text_encrypted"),
    "compliance_hotlinereport": ADD,
    "compliance_hotlinemessage": _then("text_encrypted"),
    "compliance_casedeputy": _then("ended_at"),
    # Buying together.
    "purchasing_item": ADD,
    "purchasing_itemversion": _then("superseded_at"),
    "purchasing_packlevel": ADD,
    "purchasing_packcode": _then("superseded_at"),
    "purchasing_supplier": CHANGE,
    "purchasing_supplierlicence": _then("superseded_at"),
    "purchasing_supplycontract": ADD,
    "purchasing_pricelist": ADD,
    "purchasing_priceline": SUPERSEDED,
    "purchasing_agreement": _then("end_date", "ended_by_name", "ended_at"),
    "purchasing_site": CHANGE,
    "purchasing_grouporder": CHANGE,
    "purchasing_grouporder_practices": FREE,
    # A trigger refuses what would change an order that is open.
    "purchasing_orderitem": FREE,
    "purchasing_offer": FREE,
    "purchasing_commitment": ADD,
    "purchasing_itemclosing": ADD,
    "purchasing_officepart": ADD,
    "purchasing_buyingcontrol": _then("superseded_at"),
    "purchasing_budget": _then("superseded_at"),
    "purchasing_commitmentrequest": _then(
        *("state", "decided_by_id", "decided_by_name", "decided_at", "decision_text"),
        "commitment_id",
    ),
    "purchasing_gaterefusal": ADD,
    "purchasing_standingorder": _then("superseded_at"),
    "purchasing_standinguse": ADD,
    "purchasing_parlevel": _then("superseded_at"),
    "purchasing_stockcount": ADD,
    "purchasing_award": _then(
        "status", "decided_by_id", "decided_by_name", "decided_at", "decision_text"
    ),
    "purchasing_awardask": _then("state", "words", "award_id", "took_ms"),
    "purchasing_purchaseorder": _then(
        "status", "sent_by_id", "sent_by_name", "sent_at", "ipa_freight_cents"
    ),
    "purchasing_purchaseline": _then("due", "blocked_because", "freight_cents"),
    "purchasing_tradeprofile": _then("superseded_at"),
    "purchasing_purchaseversion": ADD,
    "purchasing_linechange": ADD,
    "purchasing_listmapping": _then("superseded_at"),
    "purchasing_pricedraft": _then("columns", "state"),
    "purchasing_referencefile": _then("confirmed_by_id", "confirmed_by_name", "confirmed_at"),
    "purchasing_referencerow": ADD,
    "purchasing_tradefile": ADD,
    "purchasing_tradedocument": _then("state", "purchase_id", "taken_at"),
    "purchasing_tradeline": _then(
        *("order_item_id", "purchase_line_id", "state", "code", "reason", "next_step"),
        *("decided_by_id", "decided_by_name", "decided_at", "decision_text"),
    ),
    "purchasing_receipt": ADD,
    "purchasing_receiptserial": ADD,
    "purchasing_trouble": ADD,
    "purchasing_apartreceipt": ADD,
    "purchasing_troublestep": ADD,
    "purchasing_chargecredit": ADD,
    "purchasing_supplypaper": ADD,
    "purchasing_shortage": ADD,
    "purchasing_shortageline": ADD,
    "purchasing_charge": _then(
        *("disputed_by_name", "disputed_at", "dispute_text", "settled_by_name", "settled_at"),
        *("settle_text", "is_reversed"),
    ),
    "purchasing_feereceipt": ADD,
    "purchasing_feeshare": ADD,
    "purchasing_rebateaccrual": ADD,
    "purchasing_rebatepart": ADD,
    "purchasing_rebatereceipt": ADD,
    "purchasing_rebateshare": ADD,
    "purchasing_disclosure": ADD,
    "purchasing_recall": _then("status", "classification", "matched_receipt", "matched_apart"),
    "purchasing_recallnotice": CHANGE,
    "purchasing_nettingrun": ADD,
    "purchasing_netline": ADD,
    "purchasing_netcarried": ADD,
    # People, and how they sign in.
    "identity_party": CHANGE,
    "identity_user": CHANGE,
    "identity_grant": CHANGE,
    "identity_invitation": CHANGE,
    "identity_emergencyaccess": _then(
        "reviewed_by_id", "reviewed_by_name", "reviewed_at", "review_text"
    ),
    "identity_ssoidentity": _then("ended_at"),
    "identity_interest": _then("ended_at", "ended_by"),
    "identity_sentform": FREE,
    "account_emailaddress": FREE,
    "account_emailconfirmation": FREE,
    "mfa_authenticator": FREE,
    "usersessions_usersession": FREE,
    "django_session": FREE,
    # Django's own, which nothing here writes.
    "auth_group": READ,
    "auth_group_permissions": READ,
    "auth_permission": READ,
    "django_content_type": READ,
    "django_migrations": READ,
}

# Functions of the owner's that the app may call; every other SECURITY DEFINER one it may not.
FUNCTIONS = {
    "audit_make_months()",
    "audit_shred_salts(bigint[])",
    "capitation_attach_partition(bigint, text, text)",
    "capitation_drop_partitions(bigint)",
    "compliance_case_open(uuid)",
    "compliance_is_case_file(text)",
    "compliance_mailbox_open(uuid)",
}

# Staff's role passes row security, so it holds nothing of these: whoever works on a case asks as
# the app, under a policy that knows whom the case accuses.
NOT_FOR_STAFF = {
    "compliance_breachrecord",
    "compliance_case",
    "compliance_caseevent",
    "compliance_casefile",
    "compliance_casehandler",
    "compliance_caseperson",
    "compliance_casetask",
    "compliance_hotlinemessage",
    "compliance_hotlinereport",
}

# An auditor reads every table, but for what would let them be somebody else.
HIDDEN_FROM_AUDITORS = NOT_FOR_STAFF | {
    "account_emailconfirmation",
    # Protected as peer review, and sealed besides.
    "credentialing_discussion",
    "django_session",
    "identity_sentform",
    "mfa_authenticator",
    "usersessions_usersession",
}
HIDDEN_COLUMNS = {"identity_user": {"password"}}
