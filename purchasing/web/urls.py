"""Addresses of buying together."""

from django.urls import path

from purchasing.web import (
    awards,
    catalogue,
    charges,
    deliveries,
    matches,
    orders,
    papers,
    purchases,
    recalls,
    reference,
    shop,
    suppliers,
)

app_name = "purchasing"
urlpatterns = [
    # The catalogue
    path("items/", catalogue.item_list, name="item_list"),
    path("items/new/", catalogue.item_new, name="item_new"),
    path("items/<int:item_id>/", catalogue.item_detail, name="item_detail"),
    path("items/<int:item_id>/change/", catalogue.item_change, name="item_change"),
    path("suppliers/", suppliers.supplier_list, name="supplier_list"),
    path("suppliers/new/", suppliers.supplier_new, name="supplier_new"),
    path("suppliers/<int:supplier_id>/", suppliers.supplier_detail, name="supplier_detail"),
    path("suppliers/<int:supplier_id>/x12/", purchases.profile_change, name="profile_change"),
    path("suppliers/<int:supplier_id>/licences/", suppliers.licence_new, name="licence_new"),
    path("suppliers/<int:supplier_id>/contracts/", suppliers.supply_new, name="supply_new"),
    path("contracts/<int:supply_id>/", suppliers.supply_detail, name="supply_detail"),
    path("contracts/<int:supply_id>/prices/", suppliers.supply_prices, name="supply_prices"),
    path("lists/", reference.reference_list, name="reference_list"),
    path("lists/read/", reference.reference_read, name="reference_read"),
    path("lists/<int:reference_id>/", reference.reference_detail, name="reference_detail"),
    path(
        "lists/<int:reference_id>/confirm/", reference.reference_confirm, name="reference_confirm"
    ),
    # Group orders
    path("orders/", orders.order_list, name="order_list"),
    path("orders/new/", orders.order_new, name="order_new"),
    path("orders/<int:order_id>/", orders.order_detail, name="order_detail"),
    path("orders/<int:order_id>/change/", orders.order_change, name="order_change"),
    path("orders/<int:order_id>/items/", orders.order_item_new, name="order_item_new"),
    path("orders/<int:order_id>/do/", orders.order_act, name="order_act"),
    path(
        "orders/items/<int:order_item_id>/remove/",
        orders.order_item_remove,
        name="order_item_remove",
    ),
    path("orders/<int:order_id>/award/", awards.award_detail, name="award_detail"),
    path("orders/<int:order_id>/award/do/", awards.award_act, name="award_act"),
    path("orders/<int:order_id>/award/decide/", awards.award_decide, name="award_decide"),
    path("purchases/<int:purchase_id>/", awards.purchase_detail, name="purchase_detail"),
    path("purchases/<int:purchase_id>/send/", awards.purchase_send, name="purchase_send"),
    path("purchases/<int:purchase_id>/short/", awards.shortage_new, name="shortage_new"),
    path("purchases/<int:purchase_id>/draft/", purchases.purchase_draft, name="purchase_draft"),
    path("purchases/<int:purchase_id>/amend/", purchases.purchase_amend, name="purchase_amend"),
    path(
        "purchases/versions/<int:purchase_version_id>/pdf/",
        purchases.version_pdf,
        name="version_pdf",
    ),
    path(
        "purchases/versions/<int:purchase_version_id>/850/",
        purchases.version_x12,
        name="version_x12",
    ),
    path("purchases/<int:purchase_id>/match/", matches.purchase_match, name="purchase_match"),
    path("papers/", papers.paper_list, name="paper_list"),
    path("papers/read/", papers.paper_read, name="paper_read"),
    path("papers/<int:paper_id>/", papers.paper_detail, name="paper_detail"),
    path("papers/<int:paper_id>/file/", papers.paper_file, name="paper_file"),
    path("papers/lines/<int:paper_line_id>/", papers.paper_match, name="paper_match"),
    path("papers/lines/<int:paper_line_id>/decide/", papers.paper_settle, name="paper_settle"),
    path("charges/", charges.charge_list, name="charge_list"),
    path("charges/take/", charges.netting, name="netting"),
    path("charges/<int:charge_id>/", charges.charge_detail, name="charge_detail"),
    path("charges/<int:charge_id>/settle/", charges.charge_settle, name="charge_settle"),
    path("savings/", charges.savings_list, name="savings_list"),
    path("recalls/", recalls.recall_list, name="recall_list"),
    path("recalls/read/", recalls.recall_import, name="recall_import"),
    path("recalls/<int:recall_id>/", recalls.recall_detail, name="recall_detail"),
    path("recalls/notices/<int:notice_id>/", recalls.notice_decide, name="notice_decide"),
    # The shop
    path("shop/", shop.shop, name="shop"),
    path("shop/<int:order_id>/", shop.shop_order, name="shop_order"),
    path("shop/items/<int:order_item_id>/", shop.shop_commit, name="shop_commit"),
    path("shop/agreements/", shop.agreement_list, name="agreement_list"),
    path(
        "shop/agreements/<int:practice_id>/<slug:kind>/", shop.agreement_sign, name="agreement_sign"
    ),
    path(
        "shop/agreements/<int:practice_id>/<slug:kind>/end/",
        shop.agreement_end,
        name="agreement_end",
    ),
    path("shop/offices/<int:location_id>/", shop.site_change, name="site_change"),
    path("shop/deliveries/", deliveries.delivery_list, name="delivery_list"),
    path(
        "shop/deliveries/<int:purchase_line_id>/",
        deliveries.delivery_detail,
        name="delivery_detail",
    ),
    path("shop/charges/", charges.my_charge_list, name="my_charge_list"),
    path("shop/charges/<int:charge_id>/", charges.charge_dispute, name="charge_dispute"),
    path("shop/savings/", charges.my_savings, name="my_savings"),
    path("shop/recalls/", recalls.my_recall_list, name="my_recall_list"),
    path("shop/recalls/<int:notice_id>/", recalls.recall_answer, name="recall_answer"),
]
