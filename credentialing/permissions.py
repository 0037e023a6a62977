"""Who may do what in the network: permission → roles."""

from ipaportal.core.roles import Role

_WORKERS = {Role.NETWORK_ADMIN, Role.CREDENTIALING_SPECIALIST}

PERMISSIONS: dict[str, set[Role]] = {
    "credentialing.view_network": {
        Role.NETWORK_ADMIN,
        Role.CREDENTIALING_SPECIALIST,
        Role.MEDICAL_DIRECTOR,
        Role.COMPLIANCE_OFFICER,
        Role.FINANCE,
        Role.FINANCE_APPROVER,
    },
    "credentialing.import_network": _WORKERS,
    "credentialing.set_exclusivity": {Role.NETWORK_ADMIN, Role.FINANCE},
    "credentialing.start_participation": _WORKERS,
    "credentialing.end_participation": _WORKERS,
    # At once, where patients may be in danger: whoever also lifts it.
    "credentialing.suspend_participation": {Role.NETWORK_ADMIN, Role.MEDICAL_DIRECTOR},
    # The clock stops and takes up files of whoever is on a list; nobody else.
    "credentialing.stop_files": set(),
    # Files: what is known of somebody, and what was verified.
    "credentialing.view_files": {*_WORKERS, Role.MEDICAL_DIRECTOR, Role.COMPLIANCE_OFFICER},
    "credentialing.work_files": _WORKERS,
    "credentialing.sign_reviews": {*_WORKERS, Role.MEDICAL_DIRECTOR},
    # What the NPDB said of somebody: for those who decide, and nobody who audits them.
    "credentialing.view_npdb_results": {Role.CREDENTIALING_SPECIALIST, Role.MEDICAL_DIRECTOR},
    # An invitation gives a role, so only whoever may give it invites.
    "credentialing.invite_applicant": {Role.NETWORK_ADMIN},
    # Applicants: a delegate fills in for the practice, and never signs.
    "credentialing.fill_application": {Role.PROVIDER, Role.PRACTICE_MANAGER},
    "credentialing.fill_for_others": {Role.PRACTICE_MANAGER},
    "credentialing.sign_application": {Role.PROVIDER},
    "credentialing.view_signatures": {
        *_WORKERS,
        Role.MEDICAL_DIRECTOR,
        Role.COMPLIANCE_OFFICER,
        Role.PROVIDER,
        Role.PRACTICE_MANAGER,
    },
    # Whoever got a letter: the page acts as the system, on the strength of its address.
    "credentialing.answer_inquiry": set(),
    # The clock asks again whoever does not answer; nobody else.
    "credentialing.ask_again": set(),
    "credentialing.view_screening": {
        Role.NETWORK_ADMIN,
        Role.CREDENTIALING_SPECIALIST,
        Role.MEDICAL_DIRECTOR,
        Role.COMPLIANCE_OFFICER,
    },
    "credentialing.load_list": {
        Role.NETWORK_ADMIN,
        Role.CREDENTIALING_SPECIALIST,
        Role.COMPLIANCE_OFFICER,
    },
    "credentialing.accept_list": {Role.MEDICAL_DIRECTOR, Role.COMPLIANCE_OFFICER},
    "credentialing.run_screening": {
        Role.NETWORK_ADMIN,
        Role.CREDENTIALING_SPECIALIST,
        Role.COMPLIANCE_OFFICER,
    },
    "credentialing.decide_match": {
        Role.NETWORK_ADMIN,
        Role.CREDENTIALING_SPECIALIST,
        Role.MEDICAL_DIRECTOR,
        Role.COMPLIANCE_OFFICER,
    },
    "credentialing.confirm_match": {
        Role.NETWORK_ADMIN,
        Role.MEDICAL_DIRECTOR,
        Role.COMPLIANCE_OFFICER,
    },
    # The committee: who runs its meetings, who decides, who reads what.
    "credentialing.view_committee": {*_WORKERS, Role.MEDICAL_DIRECTOR, Role.COMPLIANCE_OFFICER},
    "credentialing.set_committee": {Role.NETWORK_ADMIN},
    "credentialing.run_meeting": {*_WORKERS, Role.MEDICAL_DIRECTOR},
    # A member's own sign-in: which seat they hold is looked up, the permission alone shows nothing.
    "credentialing.sit_on_committee": {Role.PROVIDER, Role.MEDICAL_DIRECTOR},
    "credentialing.approve_clean_files": {Role.MEDICAL_DIRECTOR},
    "credentialing.issue_letter": {*_WORKERS, Role.MEDICAL_DIRECTOR},
    # Adverse actions: proposed by whoever may suspend, heard by peers, decided by somebody else.
    "credentialing.view_hearings": {*_WORKERS, Role.MEDICAL_DIRECTOR, Role.COMPLIANCE_OFFICER},
    "credentialing.open_adverse_action": {Role.NETWORK_ADMIN, Role.MEDICAL_DIRECTOR},
    "credentialing.work_hearings": {*_WORKERS, Role.MEDICAL_DIRECTOR},
    "credentialing.decide_hearing": {Role.NETWORK_ADMIN, Role.MEDICAL_DIRECTOR},
    # The practitioner whom it is about, and nobody of their practice.
    "credentialing.ask_hearing": {Role.PROVIDER},
    # The clock makes final what nobody asked a hearing about; nobody else.
    "credentialing.let_hearing_expire": set(),
    # That the NPDB was asked, or told; never what it answered.
    "credentialing.record_npdb": {*_WORKERS, Role.MEDICAL_DIRECTOR},
    "credentialing.sign_minutes": {Role.MEDICAL_DIRECTOR},
    # What was said of somebody among peers: for those who were there, and nobody above them.
    "credentialing.view_discussions": {Role.CREDENTIALING_SPECIALIST, Role.MEDICAL_DIRECTOR},
    "credentialing.write_discussions": {Role.CREDENTIALING_SPECIALIST, Role.MEDICAL_DIRECTOR},
    # Delegation: what a payer leaves to the IPA, and the rosters it gets.
    "credentialing.set_delegation": {Role.NETWORK_ADMIN},
    "credentialing.view_rosters": {*_WORKERS, Role.MEDICAL_DIRECTOR, Role.COMPLIANCE_OFFICER},
    "credentialing.send_rosters": _WORKERS,
    # What expires: the clock reminds and stops; a person lets something stand in, or gives back.
    "credentialing.remind_expirables": set(),
    "credentialing.allow_expired": {Role.NETWORK_ADMIN, Role.MEDICAL_DIRECTOR},
    # What the IPA decides about its network itself: the directory's opening, whom to name.
    "credentialing.set_policy": {Role.NETWORK_ADMIN, Role.MEDICAL_DIRECTOR},
    # The directory: practices confirm and change their own offices, staff write in the rest.
    "credentialing.confirm_directory": {Role.PROVIDER, Role.PRACTICE_MANAGER},
    "credentialing.work_directory": _WORKERS,
    "credentialing.remind_directory": set(),
    # Audits: a plan's auditor is a guest with a last day, and sees its samples only.
    "credentialing.draw_sample": {*_WORKERS, Role.COMPLIANCE_OFFICER},
    # A plan's auditor marks what they find; the compliance officer in the IPA's own audits.
    "credentialing.mark_samples": {Role.PLAN_AUDITOR, Role.COMPLIANCE_OFFICER},
    "credentialing.view_samples": {
        *_WORKERS,
        Role.MEDICAL_DIRECTOR,
        Role.COMPLIANCE_OFFICER,
        Role.PLAN_AUDITOR,
    },
}
