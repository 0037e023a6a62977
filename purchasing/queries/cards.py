"""What buying together brings to the front page and the search."""

from datetime import date, timedelta

from django.urls import reverse
from django.utils import timezone

from ipaportal.core.actors import Actor
from ipaportal.core.cards import FOUND_LIMIT, Cards, Found, Number, Task
from ipaportal.core.words import count_text, plural
from purchasing.models import (
    Agreement,
    GroupOrder,
    PurchaseOrder,
    Recall,
    Supplier,
    Trouble,
)
from purchasing.queries.awards import lines_of
from purchasing.queries.catalogue import VIEW, items
from purchasing.queries.control import live_control, requests
from purchasing.queries.orders import SHOP, orders, shop_orders, shown_items
from purchasing.queries.recalls import my_notices
from purchasing.queries.refusals import VIEW as REFUSALS
from purchasing.queries.refusals import gate_refusals
from purchasing.queries.sites import live_agreement, practices_of
from purchasing.queries.trade import waiting_lines
from purchasing.queries.troubles import my_troubles, unanswered, with_state
from purchasing.rules.budgets import who_answers
from purchasing.rules.troubles import tell_by

SOON = timedelta(days=3)
LATELY = timedelta(days=30)


def buying_cards(actor: Actor, today: date) -> Cards:
    """For practices what is open, for staff what waits."""
    tasks: list[Task] = []
    numbers: tuple[Number, ...] = ()
    if not actor.is_system and actor.may(SHOP):
        tasks += _of_practice(actor, today)
    for permission, for_finance in (("take_papers", False), ("settle_invoice", True)):
        if actor.may(f"purchasing.{permission}"):
            tasks += _of_papers(today, for_finance=for_finance)
    if actor.may(REFUSALS):
        since = timezone.now() - LATELY
        refused = gate_refusals(actor=actor).filter(refused_at__gte=since).count()
        if refused:
            address = reverse("purchasing:gate_refusal_list")
            numbers += (Number("Refused by gates, 30 days", count_text(refused), address),)
    if actor.may("purchasing.run_order"):
        tasks += _of_staff(today)
        running = GroupOrder.objects.filter(status__in=("open", "topping_up")).count()
        if running:
            address = reverse("purchasing:order_list")
            numbers += (Number("Group orders open", count_text(running), address),)
    return Cards(tuple(tasks), numbers)


def _of_practice(actor: Actor, today: date) -> list[Task]:
    found = []
    for notice in my_notices(actor=actor).exclude(status="reported")[:FOUND_LIMIT]:
        address = reverse("purchasing:recall_answer", args=[notice.pk])
        what = f"the recall of {notice.version}"
        tone = "bad" if notice.answer_by < today else "warn"
        found.append(Task("Answer", what, notice.answer_by, address, tone))
    found += _waiting_words(actor, today)
    open_ones = shop_orders(actor=actor).filter(status__in=("open", "topping_up"))
    for order in open_ones:
        if any(one.mine for one in shown_items(actor=actor, order=order)):
            continue
        due = timezone.localdate(order.closes_at)
        address = reverse("purchasing:shop_order", args=[order.pk])
        tone = "warn" if due - SOON <= today else ""
        found.append(Task("Look at", f"group order {order.name}", due, address, tone))
    for line in lines_of(actor=actor, show="open")[:FOUND_LIMIT]:
        address = reverse("purchasing:delivery_detail", args=[line.pk])
        due = line.purchase.order.delivery_date
        tone = "warn" if due < today else ""
        found.append(Task("Receive", str(line.order_item), due, address, tone))
    for one in my_troubles(actor=actor).filter(state="authorised")[:FOUND_LIMIT]:
        address = reverse("purchasing:my_trouble", args=[one.pk])
        found.append(Task("Send back", str(one.line.order_item), None, address, "warn"))
    unsigned = [
        one for one in practices_of(actor, SHOP) if not live_agreement(one, Agreement.Kind.BUYING)
    ]
    if found and unsigned:
        address = reverse("purchasing:agreement_list")
        found.append(Task("Sign", "that the IPA buys for you", None, address, ""))
    return found


def _waiting_words(actor: Actor, today: date) -> list[Task]:
    """What waits for this person's word, until its order closes."""
    found = []
    for one in requests(actor=actor, show="waiting")[:FOUND_LIMIT]:
        control = live_control(one.practice, today)
        if actor.user_id not in who_answers(one.asked_by_id, control.approvers, control.colleagues):
            continue
        due = timezone.localdate(one.order_item.order.closes_at)
        address = reverse("purchasing:request_detail", args=[one.pk])
        found.append(Task("Approve or refuse", str(one.order_item), due, address, "warn"))
    return found


def _of_papers(today: date, *, for_finance: bool) -> list[Task]:
    """What suppliers sent that waits for somebody."""
    waiting = waiting_lines(for_finance=for_finance).count()
    if not waiting:
        return []
    address = f"{reverse('purchasing:paper_list')}?show=waiting"
    what = "of invoices" if for_finance else "from suppliers"
    return [Task("Decide on", f"{plural(waiting, 'line')} {what}", today, address, "warn")]


def _of_troubles(today: date) -> list[Task]:
    """What offices reported and nobody answered; what FDA has to be told, by its day."""
    rows = with_state(Trouble.objects.all())
    found = []
    for one in rows.filter(state="illegitimate")[:FOUND_LIMIT]:
        address = reverse("purchasing:trouble_detail", args=[one.pk])
        due = timezone.localdate(tell_by(one.moved_at))
        found.append(Task("Tell FDA", f"of {one.line.order_item}", due, address, "bad"))
    waiting = unanswered(Trouble.objects.all()).count()
    if waiting:
        address = f"{reverse('purchasing:trouble_list')}?show=open"
        what = plural(waiting, "exception of deliveries", "exceptions of deliveries")
        found.append(Task("Decide on", what, today, address, "warn"))
    return found


def _of_staff(today: date) -> list[Task]:
    found = []
    found += _of_troubles(today)
    for order in GroupOrder.objects.filter(status__in=("draft", "closing")):
        address = reverse("purchasing:order_detail", args=[order.pk])
        if order.status == "draft":
            due = timezone.localdate(order.opens_at)
            tone = "bad" if due < today else ""
            found.append(Task("Announce", order.name, due, address, tone))
        else:
            due = timezone.localdate(order.closes_at)
            address = reverse("purchasing:award_detail", args=[order.pk])
            found.append(Task("Award", order.name, due, address, "warn"))
    for recall in Recall.objects.filter(notices__status="suggested").distinct():
        address = reverse("purchasing:recall_detail", args=[recall.pk])
        found.append(Task("Look at", f"recall {recall}", today, address, "warn"))
    for purchase in PurchaseOrder.objects.filter(status="approved"):
        address = reverse("purchasing:purchase_detail", args=[purchase.pk])
        found.append(Task("Send", purchase.number, today, address, "warn"))
    return found


def find_in_buying(actor: Actor, text: str) -> list[Found]:
    """Items, suppliers and group orders by how they are called."""
    if not actor.may(VIEW):
        return []
    today = timezone.localdate()
    found = [
        Found("Item", one.name, f"{one.item.code} {one.ndc}".strip(),
              reverse("purchasing:item_detail", args=[one.item_id]))
        for one in items(actor=actor, today=today, text=text)[:FOUND_LIMIT]
    ]  # fmt: skip
    found += [
        Found("Supplier", str(one), one.get_kind_display(),
              reverse("purchasing:supplier_detail", args=[one.pk]))
        for one in Supplier.objects.filter(party__name__istartswith=text)[:FOUND_LIMIT]
    ]  # fmt: skip
    return found + [
        Found("Group order", one.name, one.get_status_display(),
              reverse("purchasing:order_detail", args=[one.pk]))
        for one in orders(actor=actor, text=text)[:FOUND_LIMIT]
    ]  # fmt: skip
