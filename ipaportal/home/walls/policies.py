"""
Whose rows the app sees while it is not acting for staff: row-level security, the second wall.

Each policy is a condition on a row, by the parties of the scope (`core/scopes.py`), directly or by
way of another table whose own policy then holds. Staff and the system act as a role that passes
row security, so that their plans, and those of runs, are what they would be without it.
`manage.py migrate` builds what stands here; a test names a table with a way to a party that has
neither a policy nor a reason.
"""

# Read once a statement, not once a row: a parameter of the plan, and indexes stay of use.
PARTIES = "ANY ((SELECT NULLIF(current_setting('ipa.scope', true), '')::bigint[])::bigint[])"


def _of(column: str) -> str:
    return f"{column} = {PARTIES}"


def _through(column: str, table: str, theirs: str = "id") -> str:
    """By way of a table of which a scope sees few rows: an array, read once, that indexes serve."""
    return f"{column} = ANY (ARRAY(SELECT {theirs} FROM {table}))"  # noqa: S608 (our own words)


def _of_a_member(table: str, column: str = "member_id") -> str:
    """
    By way of who was ever assigned to them: asked once a row, or all at once, as the planner will.

    `IN` would read all of a practice's members for every question about one of them.
    """
    theirs = f"a.member_id = {table}.{column}"
    return f"EXISTS (SELECT FROM capitation_pcpassignment AS a WHERE {theirs})"


def _of_a_claim(table: str) -> str:
    """By way of a claim: asked once a row, for a practice may have many."""
    return f"EXISTS (SELECT FROM compliance_claim AS c WHERE c.id = {table}.claim_id)"


def _of_a_remit(table: str) -> str:
    """By way of a remittance that came in, of which a practice may have many."""
    return f"EXISTS (SELECT FROM compliance_remit AS r WHERE r.id = {table}.remit_id)"


STAFF_ONLY = "false"
OF_A_CASE = "compliance_case_open(case_id)"
OF_A_MAILBOX = f"{OF_A_CASE} OR compliance_mailbox_open(case_id)"
CASE_TABLES = ("breachrecord", "casehandler", "caseperson", "casetask", "casefile", "caseevent",
               "caselook")  # fmt: skip
OF_A_PRACTICE = _through("practice_id", "credentialing_practice")
EHR_TABLES = ("recordsystem", "golive", "recordinterface", "subsidy", "helpticket")
OF_MEMBERS = (
    *("capitation_coveragespan", "capitation_membercounty", "capitation_memberidentifier"),
    *("capitation_memberprofile", "capitation_memberstatus", "capitation_riskscore"),
    *("capitation_premium", "capitation_receipt"),
)

POLICIES = {
    "identity_party": f"kind <> 'practice' OR {_of('id')}",
    "identity_interest": _of("asked_for_id"),
    "identity_grantevent": STAFF_ONLY,
    "identity_invitationevent": STAFF_ONLY,
    "identity_partyevent": STAFF_ONLY,
    # The books.
    "ledger_account": _of("party_id"),
    "ledger_hold": _of("party_id"),
    "ledger_posting": _through("account_id", "ledger_account"),
    # Practices, and their doctors' days with each payer.
    "credentialing_practice": _of("party_id"),
    "credentialing_location": _through("practice_id", "credentialing_practice"),
    "credentialing_participation": _through("practice_id", "credentialing_practice"),
    "credentialing_directorycheck": _through("location_id", "credentialing_location"),
    "credentialing_directorychange": _through("location_id", "credentialing_location"),
    "credentialing_directoryreminder": _through("location_id", "credentialing_location"),
    "credentialing_exclusivity": _through("practice_id", "credentialing_practice"),
    # Files of those who apply: of the practice they apply for.
    "credentialing_application": _of("party_id"),
    "credentialing_applicationsection": _through("application_id", "credentialing_application"),
    "credentialing_attestation": _through("application_id", "credentialing_application"),
    "credentialing_applicationsectionevent": STAFF_ONLY,
    "credentialing_associate": STAFF_ONLY,
    "credentialing_associateevent": STAFF_ONLY,
    "credentialing_identifierevent": STAFF_ONLY,
    "credentialing_personnameevent": STAFF_ONLY,
    "credentialing_sitecheck": STAFF_ONLY,
    "credentialing_facilitycheck": STAFF_ONLY,
    "credentialing_complaint": STAFF_ONLY,
    # Lists of the excluded, and who may be on one.
    "credentialing_listversion": STAFF_ONLY,
    "credentialing_listentry": STAFF_ONLY,
    "credentialing_screeningmatch": STAFF_ONLY,
    "credentialing_screeningdecision": STAFF_ONLY,
    # What a committee knows and says of anybody.
    "credentialing_seat": STAFF_ONLY,
    "credentialing_seatevent": STAFF_ONLY,
    "credentialing_pledge": STAFF_ONLY,
    "credentialing_attendance": STAFF_ONLY,
    "credentialing_agendaitem": STAFF_ONLY,
    "credentialing_recusal": STAFF_ONLY,
    "credentialing_motion": STAFF_ONLY,
    "credentialing_vote": STAFF_ONLY,
    # The letter of a decision is for whom it is about: the app shows it to nobody else there.
    "credentialing_decision": _through("event_id", "credentialing_application", "event_id"),
    "credentialing_filedays": STAFF_ONLY,
    "credentialing_earlierdecision": STAFF_ONLY,
    "credentialing_condition": STAFF_ONLY,
    "credentialing_withdrawalletter": _through("event_id", "credentialing_application", "event_id"),
    "credentialing_decisionletter": _through("decision_id", "credentialing_decision"),
    "credentialing_minutes": STAFF_ONLY,
    # Read past the wall by whom it is about, and nobody else of their practice.
    "credentialing_adverseaction": STAFF_ONLY,
    "credentialing_adversestep": STAFF_ONLY,
    "credentialing_adversenotice": STAFF_ONLY,
    "credentialing_hearingpanelist": STAFF_ONLY,
    "credentialing_npdbentry": STAFF_ONLY,
    "credentialing_discussion": STAFF_ONLY,
    # Samples of a plan's decisions, which its auditor sees as they were drawn.
    "credentialing_auditsample": _of("payer_party_id"),
    "credentialing_sampledfile": _through("sample_id", "credentialing_auditsample"),
    "credentialing_auditmark": _through("file_id", "credentialing_sampledfile"),
    "credentialing_auditpacket": _through("sample_id", "credentialing_auditsample"),
    # Agreements and rosters, each of a plan; nobody but staff has pages of them.
    "credentialing_delegation": STAFF_ONLY,
    "credentialing_rosterspec": STAFF_ONLY,
    "credentialing_roster": STAFF_ONLY,
    "credentialing_rosterline": STAFF_ONLY,
    "credentialing_rosteranswer": STAFF_ONLY,
    "credentialing_planroster": STAFF_ONLY,
    "credentialing_rosterdifference": STAFF_ONLY,
    "credentialing_expirablenotice": STAFF_ONLY,
    "credentialing_allowance": STAFF_ONLY,
    "credentialing_suspension": STAFF_ONLY,
    # What practices are insured for; nobody but staff has pages of it.
    "compliance_stoplosscover": STAFF_ONLY,
    # What a practice attested of its own physicians; how a plan pays the IPA is for staff.
    "compliance_incentivearrangement": f"tier <> 'plan_ipa' AND {_of('party_id')}",
    "compliance_incentiverequest": STAFF_ONLY,
    "compliance_pooling": STAFF_ONLY,
    "compliance_poolinganswer": STAFF_ONLY,
    "compliance_pooledpanel": STAFF_ONLY,
    # Audits: a plan's auditors see that of their plan while somebody is let in, and of worksheets
    # what was released. Findings and corrections are for staff; a packet tells of them.
    "compliance_audit": (
        f"kind = 'plan' AND {_of('party_id')}"
        f" AND {_through('id', 'compliance_auditguest', 'audit_id')}"
    ),
    "compliance_auditguest": f"ended_at IS NULL AND {_of('party_id')}",
    "compliance_auditstep": _through("audit_id", "compliance_audit"),
    "compliance_audituniverse": _through("audit_id", "compliance_audit"),
    "compliance_auditdraw": _through("audit_id", "compliance_audit"),
    "compliance_audititem": _through("draw_id", "compliance_auditdraw"),
    "compliance_auditelement": _through("audit_id", "compliance_audit"),
    "compliance_auditrelease": (
        f"withdrawn_at IS NULL AND {_through('audit_id', 'compliance_audit')}"
    ),
    "compliance_auditanswer": (
        f"{_through('item_id', 'compliance_auditrelease', 'item_id')}"
        f" OR {_through('id', 'compliance_auditrelease', 'answer_id')}"
    ),
    "compliance_auditpacket": _through("id", "compliance_auditrelease", "packet_id"),
    "compliance_auditopening": STAFF_ONLY,
    "compliance_auditrequest": _through("audit_id", "compliance_audit"),
    "compliance_auditreply": _through("request_id", "compliance_auditrequest"),
    "compliance_finding": STAFF_ONLY,
    "compliance_findinganalysis": STAFF_ONLY,
    "compliance_findingreview": STAFF_ONLY,
    "compliance_correctionhandover": STAFF_ONLY,
    "compliance_correction": STAFF_ONLY,
    "compliance_milestone": STAFF_ONLY,
    "compliance_correctionstep": STAFF_ONLY,
    # What people of a practice were asked to attest, and did.
    "compliance_campaignperson": _of("party_id"),
    "compliance_attestation": _through("person_id", "compliance_campaignperson"),
    "capitation_bonus": _of("party_id"),
    # Care watch: a practice reads the signs of its own PCPs, and no fact of a member.
    "compliance_carebatch": STAFF_ONLY,
    "compliance_carefact": STAFF_ONLY,
    "compliance_carepanel": _through(
        "practitioner_id", "credentialing_participation", "practitioner_id"
    ),
    "compliance_carereading": _through(
        "practitioner_id", "credentialing_participation", "practitioner_id"
    ),
    "compliance_careconcern": _through(
        "practitioner_id", "credentialing_participation", "practitioner_id"
    ),
    "compliance_carereview": _through("concern_id", "compliance_careconcern"),
    # Cases, whose rows nobody sees whom they accuse: no officer, and not by way of staff's role.
    "compliance_case": "compliance_case_open(id)",
    **{f"compliance_{table}": OF_A_CASE for table in CASE_TABLES},
    "compliance_hotlinereport": OF_A_MAILBOX,
    "compliance_hotlinemessage": OF_A_MAILBOX,
    # Claims that a practice sent; files of a clearinghouse hold those of many.
    "compliance_claim": _of("party_id"),
    "compliance_claimline": _of_a_claim("compliance_claimline"),
    "compliance_claimstep": _of_a_claim("compliance_claimstep"),
    "compliance_claimstay": _of_a_claim("compliance_claimstay"),
    "compliance_authorization": STAFF_ONLY,
    "compliance_claimcontest": _of_a_claim("compliance_claimcontest"),
    "compliance_contestpaper": (
        "EXISTS (SELECT FROM compliance_claimcontest AS c "
        "WHERE c.id = compliance_contestpaper.contest_id)"
    ),
    "compliance_claimfile": STAFF_ONLY,
    "compliance_reinsurancecontract": STAFF_ONLY,
    "compliance_reinsurancenotice": STAFF_ONLY,
    "compliance_recovery": STAFF_ONLY,
    "compliance_recoverypayment": STAFF_ONLY,
    "compliance_planbatch": STAFF_ONLY,
    "compliance_planbatchrow": STAFF_ONLY,
    "compliance_plananswerfile": STAFF_ONLY,
    "compliance_division": STAFF_ONLY,
    "compliance_divisionrange": STAFF_ONLY,
    "compliance_ibnrestimate": STAFF_ONLY,
    "compliance_ibnracceptance": STAFF_ONLY,
    "compliance_remitfile": STAFF_ONLY,
    "compliance_remitdeposit": STAFF_ONLY,
    "compliance_remit": _of("party_id"),
    "compliance_remitclaim": _of_a_remit("compliance_remitclaim"),
    "compliance_remitstep": _of_a_remit("compliance_remitstep"),
    # Everybody's terms say by when a practice's own claims are paid, and what lateness owes it.
    "compliance_claimterms": f"party_id IS NULL OR {_of('party_id')}",
    # So do everybody's case rates, of the lines of a claim that they price.
    "compliance_caseratelist": f"party_id IS NULL OR {_of('party_id')}",
    "compliance_caserate": _through("version_id", "compliance_caseratelist"),
    "compliance_claimpayment": _of("party_id"),
    # What a practice's own EHR holds of its own members, where it is known that they are; all
    # else of it, and whose it may be, is staff's.
    "compliance_healthsource": _of("party_id"),
    "compliance_healthfile": STAFF_ONLY,
    "compliance_healthrecord": (
        "EXISTS (SELECT FROM compliance_healthpatient AS p"
        " WHERE p.source_id = compliance_healthrecord.source_id"
        " AND p.ref = compliance_healthrecord.patient_ref)"
    ),
    "compliance_healthpatient": (
        "state = 'matched' AND "
        f"{_through('source_id', 'compliance_healthsource')} AND "
        f"{_of_a_member('compliance_healthpatient')}"
    ),
    "compliance_patientstep": STAFF_ONLY,
    "compliance_healthlink": STAFF_ONLY,
    "compliance_healthjob": STAFF_ONLY,
    "compliance_healthjobfile": STAFF_ONLY,
    # Practices' record systems.
    **{f"compliance_{table}": OF_A_PRACTICE for table in EHR_TABLES},
    "compliance_golivestep": _through("project_id", "compliance_golive"),
    "compliance_interfacebeat": _through("interface_id", "compliance_recordinterface"),
    "compliance_helpnote": _through("ticket_id", "compliance_helpticket"),
    # What must stay, and who was told: nothing of it is for practices.
    "compliance_legalhold": STAFF_ONLY,
    "compliance_holdcustodian": STAFF_ONLY,
    "compliance_disclosure": STAFF_ONLY,
    "compliance_accountrequest": STAFF_ONLY,
    "compliance_lookday": STAFF_ONLY,
    "compliance_looknight": STAFF_ONLY,
    "compliance_unusuallook": STAFF_ONLY,
    "compliance_purge": STAFF_ONLY,
    "compliance_purgeapproval": STAFF_ONLY,
    "compliance_purgeitem": STAFF_ONLY,
    "compliance_delegationagreement": STAFF_ONLY,
    "compliance_duereport": STAFF_ONLY,
    "compliance_reportdelivery": STAFF_ONLY,
    # What they are told, paid, and ask.
    "capitation_statement": _of("payee_id"),
    "capitation_statementposting": _through("statement_id", "capitation_statement"),
    "capitation_dispute": _through("statement_id", "capitation_statement"),
    "capitation_bankaccount": _of("party_id"),
    "capitation_payment": _of("party_id"),
    "capitation_check": _through("payment_id", "capitation_payment"),
    "capitation_prenote": _through("bank_account_id", "capitation_bankaccount"),
    "capitation_returnline": _through("payment_id", "capitation_payment"),
    "capitation_share": _of("payee_id"),
    "capitation_waterfall": (
        "EXISTS (SELECT FROM capitation_share AS s WHERE s.run_id = capitation_waterfall.run_id"
        " AND s.member_id = capitation_waterfall.member_id"
        " AND s.coverage_month = capitation_waterfall.coverage_month)"
    ),
    # Members: whoever was ever assigned to one of their doctors, and what is known of them.
    "capitation_pcpassignment": _through(
        "practitioner_id", "credentialing_participation", "practitioner_id"
    ),
    "capitation_member": _of_a_member("capitation_member", "id"),
    **{table: _of_a_member(table) for table in OF_MEMBERS},
    "capitation_remittanceline": (
        "EXISTS (SELECT FROM capitation_receipt AS r"
        " WHERE r.line_id = capitation_remittanceline.id)"
    ),
    # Buying together: what suppliers ask is theirs and ours; who is in for what is a practice's.
    "purchasing_supplierevent": STAFF_ONLY,
    "purchasing_supplierlicence": STAFF_ONLY,
    "purchasing_supplycontract": STAFF_ONLY,
    "purchasing_listmapping": STAFF_ONLY,
    "purchasing_suppliernumber": STAFF_ONLY,
    "purchasing_pricedraft": STAFF_ONLY,
    "purchasing_pricelist": STAFF_ONLY,
    "purchasing_priceline": STAFF_ONLY,
    "purchasing_offer": STAFF_ONLY,
    "purchasing_award": STAFF_ONLY,
    "purchasing_awardask": STAFF_ONLY,
    "purchasing_awardapproval": STAFF_ONLY,
    "purchasing_contractreach": STAFF_ONLY,
    "purchasing_eligibility": _through("practice_id", "credentialing_practice"),
    "purchasing_agreement": _through("practice_id", "credentialing_practice"),
    "purchasing_site": _through("location_id", "credentialing_location"),
    "purchasing_siteevent": STAFF_ONLY,
    "purchasing_grouporder_practices": _through("practice_id", "credentialing_practice"),
    "purchasing_commitment": _through("practice_id", "credentialing_practice"),
    "purchasing_officepart": _through("practice_id", "credentialing_practice"),
    # What all take together tells each of few what the others do; older rows of history had it.
    "purchasing_itemclosing": STAFF_ONLY,
    "purchasing_grouporderevent": STAFF_ONLY,
    "purchasing_buyingcontrol": _through("practice_id", "credentialing_practice"),
    "purchasing_budget": _through("practice_id", "credentialing_practice"),
    "purchasing_commitmentrequest": _through("practice_id", "credentialing_practice"),
    "purchasing_gaterefusal": _through("practice_id", "credentialing_practice"),
    "purchasing_standingorder": _through("practice_id", "credentialing_practice"),
    "purchasing_standinguse": _through("location_id", "credentialing_location"),
    "purchasing_parlevel": _through("practice_id", "credentialing_practice"),
    "purchasing_stockcount": _through("practice_id", "credentialing_practice"),
    "purchasing_purchaseline": _through("practice_id", "credentialing_practice"),
    "purchasing_purchaseorder": _through("id", "purchasing_purchaseline", "purchase_id"),
    "purchasing_tradeprofile": STAFF_ONLY,
    "purchasing_purchaseversion": STAFF_ONLY,
    "purchasing_linechange": _through("line_id", "purchasing_purchaseline"),
    "purchasing_tradefile": STAFF_ONLY,
    # Of what suppliers send a practice sees what is on its way to it, and nothing of invoices.
    "purchasing_tradeline": _through("purchase_line_id", "purchasing_purchaseline"),
    "purchasing_tradedocument": (
        f"kind = '856' AND {_through('id', 'purchasing_tradeline', 'document_id')}"
    ),
    "purchasing_receipt": _through("line_id", "purchasing_purchaseline"),
    "purchasing_receiptserial": _through("receipt_id", "purchasing_receipt"),
    "purchasing_apartreceipt": _through("practice_id", "credentialing_practice"),
    "purchasing_trouble": _through("line_id", "purchasing_purchaseline"),
    "purchasing_returnedpackage": _through("trouble_id", "purchasing_trouble"),
    "purchasing_troublestep": _through("trouble_id", "purchasing_trouble"),
    "purchasing_chargecredit": _through("charge_id", "purchasing_charge"),
    "purchasing_supplypaper": _through("line_id", "purchasing_purchaseline"),
    "purchasing_shortageline": _through("line_id", "purchasing_purchaseline"),
    "purchasing_recallnotice": _through("practice_id", "credentialing_practice"),
    "purchasing_charge": _through("practice_id", "credentialing_practice"),
    "purchasing_feereceipt": STAFF_ONLY,
    "purchasing_feeshare": _through("practice_id", "credentialing_practice"),
    "purchasing_rebateaccrual": STAFF_ONLY,
    "purchasing_rebateagreed": STAFF_ONLY,
    "purchasing_rebatelook": STAFF_ONLY,
    "purchasing_rebatestatement": STAFF_ONLY,
    "purchasing_rebatepart": _through("practice_id", "credentialing_practice"),
    "purchasing_rebatereceipt": STAFF_ONLY,
    "purchasing_rebateshare": _through("practice_id", "credentialing_practice"),
    "purchasing_feeaddendum": _through("practice_id", "credentialing_practice"),
    "purchasing_disclosure": _through("practice_id", "credentialing_practice"),
    "purchasing_netline": _through("charge_id", "purchasing_charge"),
    "purchasing_netcarried": _through("charge_id", "purchasing_charge"),
    "purchasing_shortage": _through("id", "purchasing_shortageline", "shortage_id"),
    "capitation_inboxfile": STAFF_ONLY,
    "capitation_checkbook": STAFF_ONLY,
    "capitation_clearedfile": STAFF_ONLY,
    "capitation_positivepayfile": STAFF_ONLY,
    "capitation_positivepayline": STAFF_ONLY,
    "capitation_planpayment": STAFF_ONLY,
    "capitation_rostermapping": STAFF_ONLY,
    "capitation_unmatchedrow": STAFF_ONLY,
    "capitation_closedpanelnote": STAFF_ONLY,
}

# Tables with a way to a party that everybody's pages read, and why that shows nobody's rows.
REASONS = {
    "identity_grant": "read to learn who somebody is, before there is a scope",
    "identity_invitation": "read by whoever holds its link, who has no account yet",
    "ledger_entry": "says when and why was booked; what was booked for whom is in its postings",
    "credentialing_identifier": "numbers of the public register, said while a file is filled in",
    "credentialing_personname": "names of the public register, said while a file is filled in",
    "credentialing_network": "a plan's networks by name",
    "credentialing_networklisting": "the directory: who is listed where",
    "credentialing_practitionerrole": "the directory: who works where",
    "compliance_authorizationrule": "a contract's services that need an authorization, by clause",
    "compliance_encounterexpectation": "how many visits a month should show, with its source",
    "compliance_careround": "which months were read; whom they tell of is in its readings",
    "capitation_payer": "the plans the IPA works with: the same for everybody",
    "capitation_contract": "a plan's contract; explained lines name it",
    "capitation_ratetable": "a contract's rates; explained lines name the cell",
    "capitation_ratecell": "a contract's rates; explained lines name the cell",
    "capitation_terms": "a contract's terms; explained lines name the rule",
    "purchasing_supplier": "who sells, by name; at which price is in its contracts",
    "capitation_run": "a month of a contract; whose money it moved is in its rows",
    "capitation_planfile": "a plan's file by name and sums; whom it names is in its lines",
}
