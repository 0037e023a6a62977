"""Addresses of payments and bank details."""

from django.urls import path

from capitation.web import (
    banking,
    bonuses,
    checks,
    payment_outcomes,
    payment_returns,
    payments,
    prenotes,
)

urlpatterns = [
    path("bonuses/", bonuses.bonus_list, name="bonus_list"),
    path("bonuses/new/", bonuses.bonus_new, name="bonus_new"),
    path("bonuses/<int:bonus_id>/", bonuses.bonus_detail, name="bonus_detail"),
    path("bonuses/<int:bonus_id>/decide/", bonuses.bonus_decide, name="bonus_decide"),
    path("payments/", payments.payment_list, name="payment_list"),
    path("payments/prepare/", payments.payments_prepare, name="payments_prepare"),
    path("payments/returns/", payment_returns.return_list, name="return_list"),
    path("payments/returns/read/", payment_returns.returns_read, name="returns_read"),
    path(
        "payments/returns/files/<int:return_file_id>/",
        payment_returns.return_file_detail,
        name="return_file_detail",
    ),
    path(
        "payments/returns/lines/<uuid:line_id>/",
        payment_returns.return_line_detail,
        name="return_line_detail",
    ),
    path("payments/<int:payment_id>/", payment_outcomes.payment_detail, name="payment_detail"),
    path("payments/<int:payment_id>/void/", payment_outcomes.payment_void, name="payment_void"),
    path(
        "payments/<int:payment_id>/paid-after-all/",
        payment_outcomes.payment_paid_after_all,
        name="payment_paid_after_all",
    ),
    path(
        "payments/<int:payment_id>/reissue/",
        payment_outcomes.payment_reissue,
        name="payment_reissue",
    ),
    path(
        "payments/batches/<int:batch_id>/",
        payments.payment_batch_detail,
        name="payment_batch_detail",
    ),
    path(
        "payments/batches/<int:batch_id>/release/",
        payments.payment_batch_release,
        name="payment_batch_release",
    ),
    path(
        "payments/batches/<int:batch_id>/cancel/",
        payments.payment_batch_cancel,
        name="payment_batch_cancel",
    ),
    path(
        "payments/batches/<int:batch_id>/settle/",
        payment_outcomes.payment_batch_settle,
        name="payment_batch_settle",
    ),
    path(
        "payments/batches/<int:batch_id>/file/",
        payments.payment_batch_file,
        name="payment_batch_file",
    ),
    path("payments/prenotes/", prenotes.prenote_list, name="prenote_list"),
    path("payments/prenotes/send/", prenotes.prenotes_send, name="prenotes_send"),
    path(
        "payments/prenotes/<int:prenote_file_id>/file/",
        prenotes.prenote_file,
        name="prenote_file",
    ),
    path("payments/checks/", checks.check_list, name="check_list"),
    path("payments/checks/open/", checks.check_book_open, name="check_book_open"),
    path("payments/checks/paid/", checks.checks_clear, name="checks_clear"),
    path("payments/positive-pay/", checks.positive_pay, name="positive_pay"),
    path(
        "payments/positive-pay/<int:positive_pay_id>/file/",
        checks.positive_pay_file,
        name="positive_pay_file",
    ),
    path("payments/bank-agreement/", prenotes.bank_agreement, name="bank_agreement"),
    path("bank-details/", banking.bank_account_list, name="bank_account_list"),
    path("bank-details/new/", banking.bank_account_new, name="bank_account_new"),
    path(
        "bank-details/<uuid:account_id>/", banking.bank_account_detail, name="bank_account_detail"
    ),
    path(
        "bank-details/<uuid:account_id>/approve/",
        banking.bank_account_approve,
        name="bank_account_approve",
    ),
    path(
        "bank-details/<uuid:account_id>/reject/",
        banking.bank_account_reject,
        name="bank_account_reject",
    ),
]
