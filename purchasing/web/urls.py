"""Addresses of buying together."""

from django.urls import path

from purchasing.web import catalogue, suppliers

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
    path("suppliers/<int:supplier_id>/licences/", suppliers.licence_new, name="licence_new"),
    path("suppliers/<int:supplier_id>/contracts/", suppliers.supply_new, name="supply_new"),
    path("contracts/<int:supply_id>/", suppliers.supply_detail, name="supply_detail"),
    path("contracts/<int:supply_id>/prices/", suppliers.supply_prices, name="supply_prices"),
]
