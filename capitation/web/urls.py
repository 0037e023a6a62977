"""Addresses of capitation; each noun's stand in a module of its own."""

from capitation.web import (
    contract_urls,
    file_urls,
    member_urls,
    payment_urls,
    provider_urls,
    run_urls,
)

app_name = "capitation"
urlpatterns = [
    *run_urls.urlpatterns,
    *file_urls.urlpatterns,
    *member_urls.urlpatterns,
    *contract_urls.urlpatterns,
    *payment_urls.urlpatterns,
    *provider_urls.urlpatterns,
]
