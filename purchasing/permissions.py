"""Who may do what when buying together: permission → roles."""

from ipaportal.core.roles import Role

_STAFF = {
    Role.PURCHASING,
    Role.COMPLIANCE_OFFICER,
    Role.FINANCE,
    Role.FINANCE_APPROVER,
}
_PRACTICE = {Role.PROVIDER, Role.PRACTICE_MANAGER}

PERMISSIONS: dict[str, set[Role]] = {
    # What can be bought, from whom, at which price.
    "purchasing.view_catalogue": _STAFF,
    "purchasing.edit_catalogue": {Role.PURCHASING},
    # Group orders: staff see who is in for how much; no practice sees another's.
    "purchasing.view_orders": _STAFF,
    "purchasing.run_order": {Role.PURCHASING},
    # Whoever proposed an award does not approve it: `decide_award` looks at the names.
    "purchasing.approve_award": {Role.PURCHASING, Role.FINANCE_APPROVER},
    # What suppliers send back is read by whoever buys; what is odd of an invoice is for finance.
    "purchasing.take_papers": {Role.PURCHASING},
    "purchasing.settle_invoice": {Role.FINANCE},
    # The clock opens, tops up, closes and reads meters; nobody else.
    "purchasing.advance_order": set(),
    # Charges: what is taken from a payout was signed for by the practice.
    "purchasing.view_charges": _STAFF,
    "purchasing.net_charges": {Role.FINANCE},
    "purchasing.settle_dispute": {Role.PURCHASING},
    # What was wrong with what came: who buys decides, and credits what went back.
    "purchasing.settle_trouble": {Role.PURCHASING},
    # Who investigates a product asks for all papers of it; they are owed in two business days.
    "purchasing.take_traces": {Role.PURCHASING, Role.COMPLIANCE_OFFICER},
    # Fees that suppliers pay: finance books them, compliance tells practices (42 CFR 1001.952(j)).
    "purchasing.record_fee": {Role.FINANCE},
    "purchasing.give_disclosures": {Role.COMPLIANCE_OFFICER},
    "purchasing.take_recalls": {Role.PURCHASING, Role.COMPLIANCE_OFFICER},
    # What gates refused is for whoever buys and for compliance.
    "purchasing.view_refusals": {Role.PURCHASING, Role.COMPLIANCE_OFFICER},
    # Practices: look, commit, sign.
    "purchasing.view_shop": _PRACTICE,
    "purchasing.commit_packs": _PRACTICE,
    "purchasing.sign_agreement": _PRACTICE,
    # Whom a practice names for its budgets is looked at by the actions themselves.
    "purchasing.set_budget": _PRACTICE,
    "purchasing.approve_commitment": _PRACTICE,
    "purchasing.receive_packs": _PRACTICE,
    "purchasing.dispute_charge": _PRACTICE,
    "purchasing.answer_recall": _PRACTICE,
}
