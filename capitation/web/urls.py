"""Addresses of capitation; each noun's stand in a module of its own."""

from capitation.web import contract_urls, payment_urls, provider_urls

app_name = "capitation"
urlpatterns = [
    *contract_urls.urlpatterns,
    *payment_urls.urlpatterns,
    *provider_urls.urlpatterns,
]
