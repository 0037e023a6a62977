"""Addresses of contracts."""

from django.urls import path

from capitation.web import contracts, membership

urlpatterns = [
    path("contracts/", contracts.contract_list, name="contract_list"),
    path("contracts/new/", contracts.contract_new, name="contract_new"),
    path("contracts/plans/new/", contracts.payer_new, name="payer_new"),
    path("contracts/<int:contract_id>/", contracts.contract_detail, name="contract_detail"),
    path("contracts/<int:contract_id>/terms/", contracts.terms_new, name="terms_new"),
    path(
        "contracts/<int:contract_id>/terms/preview/",
        contracts.terms_preview,
        name="terms_preview",
    ),
    path("contracts/<int:contract_id>/membership/", membership.membership, name="membership"),
    path(
        "contracts/<int:contract_id>/membership/members/",
        membership.membership_members,
        name="membership_members",
    ),
    path("contracts/<int:contract_id>/list/", membership.roster_mapping, name="roster_mapping"),
    path("contracts/<int:contract_id>/rates/", contracts.rate_table_new, name="rate_table_new"),
]
