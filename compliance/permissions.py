"""Who may do what in compliance: permission → roles."""

from ipaportal.core.roles import STAFF_ROLES, Role

PERMISSIONS: dict[str, set[Role]] = {
    "compliance.view_desk": {Role.COMPLIANCE_OFFICER, Role.MEDICAL_DIRECTOR, Role.NETWORK_ADMIN},
    "compliance.view_incentives": {
        Role.COMPLIANCE_OFFICER,
        Role.MEDICAL_DIRECTOR,
        Role.FINANCE,
        Role.FINANCE_APPROVER,
    },
    "compliance.view_claims": {
        Role.FINANCE,
        Role.FINANCE_APPROVER,
        Role.COMPLIANCE_OFFICER,
        Role.MEDICAL_DIRECTOR,
    },
    "compliance.take_claims": {Role.FINANCE},
    "compliance.work_claims": {Role.FINANCE, Role.MEDICAL_DIRECTOR},
    "compliance.take_remits": {Role.FINANCE},
    "compliance.manage_authorizations": {Role.FINANCE, Role.MEDICAL_DIRECTOR},
    "compliance.manage_fees": {Role.FINANCE},
    # How many visits a month should show: a question of care, with its source.
    "compliance.expect_encounters": {Role.MEDICAL_DIRECTOR, Role.COMPLIANCE_OFFICER},
    # What EHRs and plans hold of patients; whose records they are is said by people who may see it.
    "compliance.view_health_records": {Role.COMPLIANCE_OFFICER, Role.MEDICAL_DIRECTOR},
    # A practice sees what its own EHR sent of its own members, and nothing else.
    "compliance.view_own_health_records": {Role.PROVIDER, Role.PRACTICE_MANAGER},
    "compliance.take_health_records": {Role.COMPLIANCE_OFFICER},
    "compliance.link_health_records": {Role.COMPLIANCE_OFFICER},
    "compliance.match_health_records": {Role.COMPLIANCE_OFFICER, Role.MEDICAL_DIRECTOR},
    # A second person, never who took the claims in or decided on them.
    "compliance.pay_claims": {Role.FINANCE_APPROVER},
    # A second person, never who filed the claim against the reinsurer.
    "compliance.book_recoveries": {Role.FINANCE_APPROVER},
    "compliance.answer_contests": {Role.PROVIDER, Role.PRACTICE_MANAGER},
    "compliance.view_own_claims": {Role.PROVIDER, Role.PRACTICE_MANAGER},
    "compliance.view_paid_excluded": {
        Role.COMPLIANCE_OFFICER,
        Role.FINANCE,
        Role.FINANCE_APPROVER,
    },
    "compliance.view_solvency": {
        Role.COMPLIANCE_OFFICER,
        Role.FINANCE,
        Role.FINANCE_APPROVER,
        Role.NETWORK_ADMIN,
    },
    "compliance.record_solvency": {Role.FINANCE, Role.FINANCE_APPROVER},
    "compliance.load_stop_loss": {Role.COMPLIANCE_OFFICER},
    "compliance.record_cover": {Role.COMPLIANCE_OFFICER, Role.FINANCE},
    # How tiers are paid that the IPA does not pay: by contract, or as a practice attests.
    "compliance.record_incentives": {Role.COMPLIANCE_OFFICER, Role.FINANCE},
    "compliance.answer_incentives": {Role.COMPLIANCE_OFFICER, Role.FINANCE},
    "compliance.attest_incentives": {Role.PROVIDER, Role.PRACTICE_MANAGER},
    "compliance.view_audits": {
        Role.COMPLIANCE_OFFICER,
        Role.MEDICAL_DIRECTOR,
        Role.NETWORK_ADMIN,
        Role.CREDENTIALING_SPECIALIST,
        Role.FINANCE,
        Role.FINANCE_APPROVER,
    },
    "compliance.manage_audits": {Role.COMPLIANCE_OFFICER},
    # A plan's auditor is a guest of one audit until its last day, and sees what was released.
    "compliance.visit_audits": {Role.PLAN_AUDITOR},
    # Sampled rows name members: whoever judges them, nobody else.
    "compliance.review_items": {Role.COMPLIANCE_OFFICER, Role.MEDICAL_DIRECTOR},
    "compliance.work_corrections": {
        Role.COMPLIANCE_OFFICER,
        Role.MEDICAL_DIRECTOR,
        Role.NETWORK_ADMIN,
        Role.CREDENTIALING_SPECIALIST,
        Role.FINANCE,
        Role.FINANCE_APPROVER,
    },
    # A second person reads a draft before it is issued: the database refuses who wrote it.
    "compliance.review_findings": {Role.COMPLIANCE_OFFICER, Role.MEDICAL_DIRECTOR},
    # A second person, whoever owns the correction: the database refuses its owner.
    "compliance.validate_corrections": {Role.COMPLIANCE_OFFICER, Role.MEDICAL_DIRECTOR},
    "compliance.view_retention": {
        Role.COMPLIANCE_OFFICER,
        Role.NETWORK_ADMIN,
        Role.FINANCE_APPROVER,
    },
    "compliance.place_hold": {Role.COMPLIANCE_OFFICER},
    "compliance.acknowledge_hold": set(STAFF_ROLES),
    "compliance.propose_purge": {Role.COMPLIANCE_OFFICER},
    # The command that makes a backup puts it on record; people say how long, and when it is gone.
    "compliance.register_backups": set(),
    "compliance.keep_backups": {Role.COMPLIANCE_OFFICER, Role.NETWORK_ADMIN},
    "compliance.approve_purge": {
        Role.COMPLIANCE_OFFICER,
        Role.NETWORK_ADMIN,
        Role.FINANCE_APPROVER,
    },
    "compliance.view_delegation": {
        Role.COMPLIANCE_OFFICER,
        Role.MEDICAL_DIRECTOR,
        Role.NETWORK_ADMIN,
        Role.FINANCE,
        Role.FINANCE_APPROVER,
    },
    "compliance.manage_delegation": {Role.COMPLIANCE_OFFICER},
    "compliance.deliver_reports": {Role.COMPLIANCE_OFFICER, Role.NETWORK_ADMIN, Role.FINANCE},
    "compliance.view_policies": set(STAFF_ROLES),
    "compliance.write_policies": {Role.COMPLIANCE_OFFICER, Role.NETWORK_ADMIN},
    "compliance.approve_policies": {
        Role.COMPLIANCE_OFFICER,
        Role.MEDICAL_DIRECTOR,
        Role.NETWORK_ADMIN,
        Role.FINANCE_APPROVER,
    },
    "compliance.view_obligations": {
        Role.COMPLIANCE_OFFICER,
        Role.MEDICAL_DIRECTOR,
        Role.NETWORK_ADMIN,
        Role.FINANCE,
        Role.FINANCE_APPROVER,
    },
    "compliance.load_obligations": {Role.COMPLIANCE_OFFICER},
    "compliance.prove_controls": {
        Role.COMPLIANCE_OFFICER,
        Role.MEDICAL_DIRECTOR,
        Role.NETWORK_ADMIN,
        Role.FINANCE,
    },
    # Somebody else than who recorded the evidence: the database refuses its recorder.
    "compliance.judge_controls": {Role.COMPLIANCE_OFFICER, Role.MEDICAL_DIRECTOR},
    "compliance.view_care": {Role.COMPLIANCE_OFFICER, Role.MEDICAL_DIRECTOR},
    "compliance.load_care": {Role.COMPLIANCE_OFFICER},
    # Nobody else lifts it: base capitation is never held for it, and no denial scales any pay.
    "compliance.review_care": {Role.MEDICAL_DIRECTOR},
    "compliance.view_own_care": {Role.PROVIDER, Role.PRACTICE_MANAGER},
    # Practices' record systems: a practice sees its own.
    "compliance.view_ehr": {
        Role.NETWORK_ADMIN,
        Role.COMPLIANCE_OFFICER,
        Role.MEDICAL_DIRECTOR,
        Role.FINANCE,
        Role.FINANCE_APPROVER,
        Role.PROVIDER,
        Role.PRACTICE_MANAGER,
    },
    "compliance.list_ehr": {
        Role.NETWORK_ADMIN,
        Role.COMPLIANCE_OFFICER,
        Role.MEDICAL_DIRECTOR,
        Role.FINANCE,
        Role.FINANCE_APPROVER,
    },
    "compliance.view_own_ehr": {Role.PROVIDER, Role.PRACTICE_MANAGER},
    "compliance.manage_ehr": {Role.NETWORK_ADMIN},
    "compliance.ask_help": {Role.NETWORK_ADMIN, Role.PROVIDER, Role.PRACTICE_MANAGER},
    "compliance.record_subsidies": {Role.NETWORK_ADMIN, Role.FINANCE},
    "compliance.attest_subsidy": {Role.PROVIDER, Role.PRACTICE_MANAGER},
    # Somebody else than who recorded it: the database refuses its recorder.
    "compliance.release_subsidies": {Role.FINANCE_APPROVER, Role.COMPLIANCE_OFFICER},
    "compliance.hear_interface": set(),
    "compliance.launch_campaigns": {Role.COMPLIANCE_OFFICER},
    "compliance.view_campaigns": {Role.COMPLIANCE_OFFICER, Role.NETWORK_ADMIN},
    "compliance.attest": set(Role) - {Role.PLAN_AUDITOR},
    # Whoever sees something says so; whose case it is, and whom it accuses, the database looks at.
    "compliance.open_case": set(STAFF_ROLES),
    "compliance.handle_cases": set(STAFF_ROLES),
    "compliance.name_deputies": {Role.COMPLIANCE_OFFICER, Role.NETWORK_ADMIN},
    "compliance.take_report": set(),
    "compliance.remind_campaign": set(),
    # What people looked at: members' numbers stand there, so that looking is logged itself.
    "compliance.view_looks": {Role.COMPLIANCE_OFFICER},
    # A second person judges what an officer did: the database refuses whom it is about.
    "compliance.review_looks": {Role.COMPLIANCE_OFFICER, Role.MEDICAL_DIRECTOR},
    "compliance.view_disclosures": {Role.COMPLIANCE_OFFICER},
    "compliance.record_disclosures": {Role.COMPLIANCE_OFFICER},
    "compliance.record_looks": set(),
    # The clock asks every night, reminds, and deletes what was agreed to; nobody else.
    "compliance.record_checks": set(),
    "compliance.remind_custodian": set(),
    "compliance.carry_out_purge": set(),
}
