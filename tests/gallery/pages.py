"""Invented pages that use every part once: a statement, a run, a page of the smaller parts."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from django import forms
from django.contrib.auth.models import AnonymousUser
from django.template import engines
from django.test import RequestFactory

from ipaportal.core.parts import (
    Change,
    Chip,
    Column,
    Empty,
    Explain,
    FactItem,
    Moment,
    Step,
    Tab,
    list_rows,
)
from ipaportal.core.pictures import (
    Band,
    Branch,
    BridgeStep,
    MonthBar,
    Slice,
    bars12,
    bridge,
    money_tree,
    one_dollar,
    panel_pyramid,
    sparkline,
)

HERE = Path(__file__).parent
AT = datetime(2026, 11, 4, 16, 20, tzinfo=UTC)
STAFF_NAV = [
    ("Home", "/", False, ""),
    ("Month-end", "/runs/", True, "Capitation"),
    ("Plan files", "/files/", False, "Capitation"),
    ("Members", "/members/", False, "Capitation"),
    ("Contracts", "/contracts/", False, "Capitation"),
    ("Payments", "/payments/", False, "Capitation"),
    ("Network", "/network/", False, "Network"),
    ("Group orders", "/orders/", False, "Network"),
    ("Compliance", "/compliance/", False, "Network"),
]
PROVIDER_NAV = [
    ("Home", "/", False, ""),
    ("Statements", "/statements/", True, ""),
    ("Panel", "/panel/", False, ""),
    ("My file", "/file/", False, ""),
    ("Shop", "/shop/", False, ""),
]


@dataclass(frozen=True)
class Person:
    """Who is signed in."""

    name: str


class Approve(forms.Form):
    """The approver's reason and proof of having looked."""

    seen_digest = forms.CharField(widget=forms.HiddenInput, initial="9f2c")
    reason = forms.CharField(
        label="Reason", widget=forms.Textarea, help_text="Stands in the record beside your name."
    )
    notify = forms.BooleanField(label="Tell the practices now", required=False)
    pay_date = forms.DateField(label="Pay date", widget=forms.DateInput(attrs={"type": "date"}))
    basis = forms.ChoiceField(
        label="Pay basis",
        choices=[("received", "What the plan paid"), ("eligible", "Who was eligible")],
        widget=forms.RadioSelect,
        required=False,
    )


def statement_tree() -> object:
    """A provider's own month."""
    ipa = Branch(
        "IPA received",
        2_214_480,
        "/flow/ipa",
        parts=(
            Branch("Admin fee, 8 %", 177_158, "/flow/fee", "soft"),
            Branch("Reinsurance", 53_900, "/flow/re", "soft"),
            Branch("Specialist pool", 412_000, "/flow/pool", "soft"),
            Branch("Withheld until year end", 110_724, "/flow/withhold", "warm"),
            Branch("You", 1_501_618, "/flow/you", "good"),
            Branch("Taken back, 2 members left", -40_920, "/flow/retro"),
        ),
    )
    root = Branch(
        "CMS paid",
        2_605_271,
        "/flow/cms",
        parts=(Branch("Plan keeps 15 %", 390_791, "/flow/plan", "soft"), ipa),
    )
    return money_tree(root, title="Where the dollars for your members went")


def run_tree() -> object:
    """A run's month, with a zero and a negative branch."""
    parts = (
        Branch("Admin fee", 9_632_000, "/f", "soft"),
        Branch("Reinsurance premium", 2_408_000, "/re", "soft"),
        Branch("Specialist and hospital risk pools", 21_672_000, "/p", "soft"),
        Branch("Withhold", 6_020_000, "/w", "warm"),
        Branch(
            "Providers",
            78_104_550,
            "/prov",
            parts=(
                Branch("Golden Valley Family Medicine", 24_410_050, "/p/1"),
                Branch("37 other practices", 54_900_000, "/p/2"),
                Branch("Taken back, retro terms", -1_205_500, "/p/3"),
            ),
        ),
        Branch("Retained by the IPA", 2_163_450, "/ret", "soft"),
        Branch("Suspense", 400_000, "/sus", "warm"),
        Branch("Quality bonus", 0, "/q", "soft"),
    )
    ipa = Branch("IPA received", 120_400_000, "/ipa", parts=parts)
    root = Branch(
        "CMS premium",
        141_647_059,
        "/cms",
        parts=(Branch("Plan keeps", 21_247_059, "/pk", "soft"), ipa),
    )
    return money_tree(root, title="Where October's dollars went")


def variance() -> object:
    """Last month to this month."""
    return bridge(
        [
            BridgeStep("September", 77_620_110, "/v/sep"),
            BridgeStep("Members", 812_400, "/v/members"),
            BridgeStep("Rate", 402_220, "/v/rate"),
            BridgeStep("Mix of ages", -96_400, "/v/mix"),
            BridgeStep("Retro", -633_780, "/v/retro"),
            BridgeStep("One-off", 0, "/v/one"),
            BridgeStep("October", 78_104_550, "/v/oct"),
        ]
    )


def year_of_bars() -> object:
    """Twelve months with retro both ways."""
    retro = [0, 12_000, -40_000, 8_000, 0, -150_000, 30_000, 0, 22_000, -9_000, 0, -40_920]
    return bars12(
        [
            MonthBar(
                date(2025 + (10 + i) // 12, (10 + i) % 12 + 1, 1),
                1_380_000 + 17_000 * i,
                retro[i],
                f"/statements/{i}",
            )
            for i in range(12)
        ]
    )


def panel() -> object:
    """A panel by age and sex."""
    bands = ["0–17", "18–44", "45–54", "55–64", "65–69", "70–74", "75–79", "80–84", "85+"]
    counts = [
        (4, 6),
        (21, 14),
        (33, 28),
        (51, 40),
        (88, 71),
        (102, 85),
        (74, 60),
        (41, 29),
        (30, 14),
    ]
    return panel_pyramid(
        [
            Band(b, f, m, f"/panel/{i}")
            for i, (b, (f, m)) in enumerate(zip(bands, counts, strict=True))
        ]
    )


def dollar() -> object:
    """One dollar under terms."""
    return one_dollar(
        [
            Slice("Admin fee", 800, note="8 % of what is received"),
            Slice("Reinsurance premium", 200, note="$1.40 a member and month"),
            Slice("Specialist pool", 1_800, note="18 %"),
            Slice("Withhold", 500, note="5 %, paid out by March 31", tone="warm"),
        ],
        left="Your PCPs",
    )


def explained() -> Explain:
    """An amount down to the plan's line."""
    line = Explain(
        "Received from the plan",
        9_841,
        why="One remittance line of this member for October",
        source="golden-valley-820-2026-10.edi, segment 1,482",
        source_url="/files/4",
        raw="RMR*AZ*H5521-001**98.41~\nDTM*582****RD8*20261001-20261031~",
    )
    rate = Explain(
        "Rate cell 65–69, female", 6_120, why="Age 67 on Oct 1, 2026", source="PCP rates v3, row 14"
    )
    portion = Explain(
        "Portion of the month", value="17 of 31 days", why="Daily proration over the move on Oct 15"
    )
    clause = Explain(
        "Contract clause",
        value="§ 4.2",
        why="PCP pay by age and sex, daily",
        source="Golden Valley 2026",
    )
    return Explain(
        "Paid for R. Castellano, October",
        3_356,
        why="61.20 × 17 ÷ 31",
        parts=(rate, portion, line, clause),
    )


def members(request) -> object:
    """A page of members with totals, chips, exports."""
    names = [
        "Castellano, R.",
        "Okafor, N.",
        "Lindqvist, A.",
        "Pham, T.",
        "Abernathy-Worthington, Guinevere M.",
    ]
    states = ["paid", "paid", "held", "paid", "unmatched"]
    rows = [
        {
            "url": f"/members/{i}",
            "name": names[i % 5],
            "since": date(2025, i % 12 + 1, 1),
            "state": states[i % 5],
            "months": 1 + i % 3,
            "current_cents": 6_120 + 137 * i,
            "retro_cents": (-4_120 if i % 4 == 0 else 0) * (1 if i % 3 else -1),
        }
        for i in range(60)
    ]
    columns = [
        Column("name", "Member", "link", sort="name"),
        Column("since", "With you since", "day", sort="since", minor=True),
        Column("state", "State", "status"),
        Column("months", "Months", "count", sort="months", total=119, minor=True),
        Column(
            "current_cents", "Current $", "money", sort="current_cents", total=609_690, url="url"
        ),
        Column("retro_cents", "Retro $", "money", sort="retro_cents", total=-4_120),
    ]
    chips = [
        Chip("state", "", "All", 60),
        Chip("state", "held", "Held", 12),
        Chip("state", "unmatched", "Unmatched", 12),
    ]
    return list_rows(
        rows,
        columns,
        request.GET,
        caption="Members paid",
        default_sort="-current_cents",
        page_size=10,
        chips=chips,
        csv_url="/m.csv",
        xlsx_url="/m.xlsx",
    )


def _context(request) -> dict[str, object]:
    return {
        "statement_tree": statement_tree(),
        "run_tree": run_tree(),
        "variance": variance(),
        "bars": year_of_bars(),
        "panel": panel(),
        "dollar": dollar(),
        "spark": sparkline([4, 7, 5, 9, 12, 11]),
        "explained": explained(),
        "members": members(request),
        "nothing": list_rows(
            [],
            [Column("name", "Name")],
            {},
            caption="Files",
            empty=Empty(
                "No plan file yet",
                "Plans send an 820 with the money and an 834 with the members. "
                "Drop one here and each line is checked.",
                "Send a file",
                "/files/new",
            ),
        ),
    }


def _smaller_parts() -> dict[str, object]:
    steps = [
        Step("Files", "done", "2 received, 2 applied"),
        Step("Calculated", "done", "5,012 lines"),
        Step("Proven", "done", "14 of 14 clean"),
        Step("Approval", "now", "waits for a second person"),
        Step("Payment"),
    ]
    return {
        "steps": steps,
        "blocked": [
            Step("Files", "done"),
            Step("Calculated", "blocked", "2 exceptions"),
            Step("Proven"),
        ],
        "lead": [
            FactItem("Received", 120_400_000, "dollars", "2 plans"),
            FactItem("To pay", 78_104_550, "dollars", "38 practices"),
            FactItem("Members paid", 4_981, "count"),
            FactItem("Members at $0", 31, "count", "12 unmatched, 19 held", "/zero"),
        ],
        "facts": [
            FactItem("Digest", "9f2c 41aa 07be"),
            FactItem("Calculated", date(2026, 11, 4), "day", "by Q. Quinn"),
            FactItem("Contract", "Golden Valley 2026", url="/contracts/1"),
            FactItem("Pay date", date(2026, 11, 10), "day"),
        ],
        "tabs": [
            Tab("Exceptions", "?tab=1", True, 2, "bad"),
            Tab("Variance", "?tab=2"),
            Tab("Lines", "?tab=3", count=5_012),
            Tab("Proof", "?tab=4"),
        ],
        "moments": [
            Moment(AT, "Paid $15,016.18 to bank ending 4471", "Payment 118", tone="good"),
            Moment(AT, "Approved", "M. Reyes", "Digest 9f2c 41aa"),
            Moment(AT, "Held for a bank change", "I. Osei", tone="warm", url="/holds/1"),
            Moment(AT, "File refused: segment 3", "Golden Valley", tone="bad"),
        ],
        "changes": [
            Change("Admin fee", "8 %", "7.5 %"),
            Change("Withhold", 500_00, 400_00, "dollars"),
            Change("Look-back months", 12, 12, "count"),
            Change("Odd cent", "", "largest share"),
        ],
        "states": [
            "paid",
            "approved",
            "calculated",
            "needs_approval",
            "held",
            "rejected",
            "draft",
            "void",
        ],
        "form": Approve(initial={"basis": "received"}),
        "refused_form": Approve({"basis": "received"}, auto_id="bad_%s"),
        "today": AT,
    }


def render_page(name: str, url: str = "/page") -> str:
    """Render one of the gallery's pages inside the portal's frame."""
    request = RequestFactory().get(url)
    request.user = AnonymousUser()
    provider = name == "statement"
    context = _context(request) | _smaller_parts()
    context |= {
        "nav": PROVIDER_NAV if provider else STAFF_NAV,
        "density": "roomy" if provider else "dense",
        "ipa_name": "Sierra Foothills IPA",
        "actor": Person("Dr. Ines Alvarez" if provider else "Quinn Quigley"),
        "user": {"is_authenticated": True, "email": "someone@example.org"},
        "crumbs": [("Statements", "/statements/"), ("October 2026", "")]
        if provider
        else [("Month-end", "/runs/"), ("October 2026", "")],
    }
    source = (HERE / f"{name}.html").read_text(encoding="utf-8")
    template = engines["django"].from_string(source)
    return template.render(context, request)
