"""Addresses of capitation; each noun's stand in a module of its own."""

from capitation.web import payment_urls

app_name = "capitation"
urlpatterns = [
    *payment_urls.urlpatterns,
]
