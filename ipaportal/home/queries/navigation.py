"""What stands in the left rail: only what this actor may open, in the words of their work."""

from functools import cache
from typing import NamedTuple

from django.urls import NoReverseMatch, get_urlconf, resolve, reverse

from ipaportal.core.actors import Actor
from ipaportal.identity.rules.grants import PRACTICE_ROLES
from ipaportal.identity.web.access import PUBLIC


class NavItem(NamedTuple):
    """One entry of the rail, under a heading."""

    label: str
    url: str
    current: bool
    section: str = ""


PROVIDER_NAV = (
    ("Statements", "capitation:statement_list", ""),
    ("Panel", "capitation:panel", ""),
    ("My file", "credentialing:my_file", ""),
    ("Directory", "credentialing:my_directory", ""),
    ("Billing", "compliance:own_claims", ""),
    ("Shop", "purchasing:shop", ""),
    ("Care", "compliance:own_care", ""),
    ("EHR", "compliance:own_ehr", ""),
    ("Pay of physicians", "compliance:own_incentives", ""),
    ("To attest", "compliance:my_attestations", ""),
)
STAFF_NAV = (
    ("Month-end", "capitation:run_list", "Capitation"),
    ("Plan files", "capitation:file_list", "Capitation"),
    ("Work-lists", "capitation:worklists", "Capitation"),
    ("Members", "capitation:member_list", "Capitation"),
    ("Contracts", "capitation:contract_list", "Capitation"),
    ("Payments", "capitation:payment_list", "Money"),
    ("Bonuses", "capitation:bonus_list", "Money"),
    ("Bank details", "capitation:bank_account_list", "Money"),
    ("Holds", "ledger:hold_list", "Money"),
    ("Ledger", "ledger:account_list", "Money"),
    ("Statements", "capitation:statement_list", "Money"),
    ("Disputes", "capitation:dispute_list", "Money"),
    ("Claims", "compliance:claim_list", "Money"),
    ("Group orders", "purchasing:order_list", "Buying"),
    ("Catalogue", "purchasing:item_list", "Buying"),
    ("Suppliers", "purchasing:supplier_list", "Buying"),
    ("From suppliers", "purchasing:paper_list", "Buying"),
    ("Charges", "purchasing:charge_list", "Buying"),
    ("Exceptions", "purchasing:trouble_list", "Buying"),
    ("Recalls", "purchasing:recall_list", "Buying"),
    ("Refused by gates", "purchasing:gate_refusal_list", "Buying"),
    ("Network", "credentialing:practice_list", "Network"),
    ("Screening", "credentialing:screening_list", "Network"),
    ("Work queue", "credentialing:file_queue", "Network"),
    ("Files", "credentialing:file_list", "Network"),
    ("Facilities", "credentialing:facility_list", "Network"),
    ("Committee", "credentialing:meeting_list", "Network"),
    ("Delegation", "credentialing:delegation_list", "Network"),
    ("Expirables", "credentialing:expirable_list", "Network"),
    ("Recredentialing", "credentialing:recred_list", "Network"),
    ("EHR", "compliance:ehr_list", "Network"),
    ("File audits", "credentialing:sample_list", "Network"),
    ("Directory", "credentialing:directory_changes", "Network"),
    ("Compliance", "compliance:desk", "Compliance"),
    ("Cases", "compliance:case_list", "Compliance"),
    ("Obligations", "compliance:obligation_list", "Compliance"),
    ("Audits", "compliance:audit_list", "Compliance"),
    ("Plan audits", "compliance:plan_audit_list", "Compliance"),
    ("Findings", "compliance:finding_list", "Compliance"),
    ("Delegated duties", "compliance:calendar", "Compliance"),
    ("Incentive plans", "compliance:incentives", "Compliance"),
    ("Care watch", "compliance:care_watch", "Compliance"),
    ("Health records", "compliance:health_record_list", "Compliance"),
    ("Solvency", "compliance:solvency", "Compliance"),
    ("Policies", "compliance:policy_list", "Compliance"),
    ("Campaigns", "compliance:campaign_list", "Compliance"),
    ("Records", "compliance:retention", "Compliance"),
    ("Legal holds", "compliance:legal_hold_list", "Compliance"),
    ("To attest", "compliance:my_attestations", "Compliance"),
    ("Disclosures", "compliance:phi_disclosure_list", "Compliance"),
    ("Unusual access", "compliance:unusual_list", "Compliance"),
    ("Who saw what", "home:sighting_list", "Compliance"),
    ("Emergency access", "identity:emergency_list", "IPA"),
    ("In an emergency", "capitation:emergency_new", "IPA"),
    ("People and roles", "identity:people_list", "IPA"),
    ("Set-up", "home:setup_steps", "IPA"),
)


@cache
def _target(url_name: str, _urlconf: str | None) -> tuple[str, str] | None:
    """Address and permission of a page, or None while no app has brought it."""
    try:
        url = reverse(url_name)
    except NoReverseMatch:
        return None
    return url, resolve(url).func.permission


def page_url(actor: Actor, url_name: str) -> str | None:
    """Where a page is, or None if it is not there or the actor may not open it."""
    target = _target(url_name, get_urlconf())
    if target is None:
        return None
    url, permission = target
    return url if permission == PUBLIC or actor.may(permission) else None


def navigation(actor: Actor, path: str) -> list[NavItem]:
    """The rail's entries for an actor; the one that the path lies under is current."""
    if not actor.roles:
        return []
    entries = PROVIDER_NAV if actor.roles & PRACTICE_ROLES else ()
    if actor.roles - PRACTICE_ROLES:
        entries += STAFF_NAV
    found = [("Home", reverse("home:home"), "")]
    found += [(label, url, section) for label, name, section in entries
              if (url := page_url(actor, name))]  # fmt: skip
    # The longest address that the path lies under: holds stand under the ledger's address.
    under = [url for _, url, _ in found if url == path or (url != "/" and path.startswith(url))]
    here = max(under, key=len, default="")
    return [NavItem(label, url, url == here, section) for label, url, section in found]
