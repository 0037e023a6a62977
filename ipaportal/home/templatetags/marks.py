"""States as words with a drawn mark and a tone; never colour alone."""

from django.utils.safestring import SafeString, mark_safe

_SHAPES = {
    "check": '<path d="M3 8.5l3.2 3.2L13 4.8"/>',
    "seal": '<circle cx="8" cy="8" r="6.2"/><path d="M5.2 8.2l2 2 3.6-4"/>',
    "ring": '<circle cx="8" cy="8" r="5.6"/>',
    "half": '<circle cx="8" cy="8" r="5.6"/><path class="fill" d="M8 2.4a5.6 5.6 0 0 1 0 11.2z"/>',
    "bang": '<path d="M8 2.2l6.2 11H1.8z"/><path d="M8 6.6v3"/>'
    '<circle class="fill" cx="8" cy="11.4" r=".9"/>',
    "cross": '<circle cx="8" cy="8" r="6"/><path d="M5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4"/>',
    "dash": '<path d="M3.5 8h9"/>',
    "info": '<circle cx="8" cy="8" r="6.2"/><path d="M8 7.4v3.6"/>'
    '<circle class="fill" cx="8" cy="4.9" r=".9"/>',
    "pause": '<path d="M5.8 3.5v9M10.2 3.5v9"/>',
}
MARK_OF_TONE = {"good": "seal", "go": "half", "warm": "bang", "bad": "cross", "still": "ring"}

# tone → the states it tells; green only for what is final.
_STATES = {
    "good": "passed paid settled posted proven final released_settled balanced reconciled clean "
    "clear in_time finished reinstated nothing_found "
    "compliant no_substantial_risk no_cover_needed covered validated met delivered "
    "attested told keeps_to_it every_criterion_holds holds given "
    "accepted_by_the_plan no_referral_risk nobody_below taken_as_it_is not_over "
    "passed_on as_earned paid_by_the_reinsurer",
    "go": "printed taken being_received approved calculated open running received parsed parsing "
    "active in_force settling loaded verified accepted verifying asked "
    "complete agenda_locked in_session in_order opens "
    "noticed universe_taken sample_drawn findings_reported "
    "released prepared sent ready calculating applying in_progress pending_settlement published "
    "as_expected better_than_expected done matched read agrees "
    "being_exported_there being_loaded may_buy "
    "told_that_it_comes_near asked_to_pay still_comes filed paid_in_part "
    "passed_on_to_the_plan",
    "warm": "needs_discussion renew in_a_grace_period within_90_days within_60_days within_30_days "
    "needed corrected waiting needs_approval held on_hold quarantined pending unmatched "
    "review due_soon to_decide more_is_needed needs_a_second_person size_in_doubt "
    "disputed suspense suspended overdue_soon partially_applied expiring "
    "needs_review discrepancy incomplete expires_soon to_do "
    "reopened no_plan to_validate waits_for_somebody to_be_looked_at look_at_it "
    "under_water_after_the_sequester delivered_late waits waits_for_two_approvals "
    "waits_for_approval years_over asks_for_a_look waits_for_review stays_held "
    "waits_for_a_look partly_compliant to_be_confirmed not_matched waits_to_be_read differs "
    "waits_to_be_asked_for never_heard to_attest to_be_paid to_release "
    "fewer_than_expected to_be_told_of to_be_filed proposed not_known over_the_limit "
    "waits_to_be_looked_at sent_back "
    "to_be_booked owed_by_the_supplier paid_above_what_is_owed",
    "bad": "refused rejected returned failed blocked expired terminated broken overdue denied "
    "not_compliant "
    "excluded breached too_old not_loaded not_screened not_clear lapsed stale missing stopped "
    "not_covered above_the_limit invalid "
    "at_risk table_missing stop_loss_missing deductible_too_high pays_too_little not_met "
    "nothing_was_received rejected_by_the_plan "
    "unanswered missed needs_a_corrective_action_plan not_in_force refused_whole silent failing "
    "not_verified may_not_buy",
    "still": "draft new closed withdrawn void voided superseded none not_started inactive ended "
    "cancelled taken_away replaced not_asked not_the_same not_given "
    "not_released",
}
_OWN_MARKS = {
    "approved": "check",
    "applied": "check",
    "active": "check",
    "in_force": "check",
    "verified": "check",
    "complete": "check",
    "accepted": "check",
    "may_buy": "check",
    "held": "pause",
    "on_hold": "pause",
    "void": "dash",
    "voided": "dash",
    "closed": "dash",
    "superseded": "dash",
}
_TONE_OF_STATE = {word: tone for tone, states in _STATES.items() for word in states.split()}
_TONE_OF_STATE["applied"] = "go"


def of_state(state: str) -> tuple[str, str, str]:
    """A state's tone, mark and word."""
    key = state.strip().lower().replace(" ", "_").replace("-", "_")
    # What follows a comma tells more of the same state: "settled, 2 returned".
    head = key.partition(",")[0]
    tone = _TONE_OF_STATE.get(head, "still")
    word = key.replace("_", " ")
    return tone, _OWN_MARKS.get(head, MARK_OF_TONE[tone]), word[:1].upper() + word[1:]


def drawn(mark: str) -> SafeString:
    """A mark as a small drawing that screen readers pass over."""
    shape = _SHAPES.get(mark, _SHAPES["ring"])
    return mark_safe(  # noqa: S308 - constants of this module
        f'<svg class="mark" viewBox="0 0 16 16" aria-hidden="true" focusable="false">{shape}</svg>'
    )
