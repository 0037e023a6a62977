"""The demo's lists from outside, with figures of nobody's: FDA's directory, Part B limits."""

from datetime import date, datetime, timedelta

from ipaportal.core.actors import Actor
from purchasing.actions.reference import confirm_list, read_arrival, send_list
from purchasing.rules.medicare import quarter_of

PRODUCT = (
    "PRODUCTNDC\tPRODUCTTYPENAME\tPROPRIETARYNAME\tPROPRIETARYNAMESUFFIX\tNONPROPRIETARYNAME\t"
    "DOSAGEFORMNAME\tROUTENAME\tSTARTMARKETINGDATE\tENDMARKETINGDATE\tLABELERNAME\tDEASCHEDULE\t"
    "NDC_EXCLUDE_FLAG"
)
PACKAGE = (
    "PRODUCTNDC\tNDCPACKAGECODE\tPACKAGEDESCRIPTION\tSTARTMARKETINGDATE\tENDMARKETINGDATE\t"
    "NDC_EXCLUDE_FLAG\tSAMPLE_PACKAGE"
)
PRODUCTS = (
    ("99999-1201", "HUMAN PRESCRIPTION DRUG", "Ketorolac tromethamine", "INJECTION", "20200101"),
    ("99999-0401", "VACCINE", "Influenza vaccine, adjuvanted", "INJECTION, EMULSION", "20240701"),
    ("99999-3310", "HUMAN PRESCRIPTION DRUG", "Sodium chloride 0.9 % flush", "INJECTION",
     "20180101"),
)  # fmt: skip
PACKAGES = (
    ("99999-1201", "99999-1201-01", "25 VIAL in 1 CARTON > 1 mL in 1 VIAL", "20200101"),
    ("99999-0401", "99999-0401-10", "10 SYRINGE in 1 CARTON > .5 mL in 1 SYRINGE", "20240701"),
    ("99999-3310", "99999-3310-25", "100 SYRINGE in 1 CARTON > 10 mL in 1 SYRINGE", "20180101"),
)
# Code, description, dosage, limit of this quarter and of the one before, coinsurance.
LIMITS = (
    ("J1885", "Ketorolac inj (figure of the demo)", "15 MG", "0.628", "0.671", "20.000"),
    ("90653", "Flu vaccine (figure of the demo)", "0.5 ML", "98.160", "94.020", "0.000"),
)
LINKS = (
    ("J1885", "99999-1201-01", "Ketorolac", "15 MG", "50"),
    ("90653", "99999-0401-10", "Influenza vaccine", "0.5 ML", "10"),
)


def read_lists(actor: Actor, now: datetime) -> None:
    """Read and confirm this quarter's lists, the last quarter's limits, and the directory."""
    start, _ = quarter_of(now.date())
    before = start - timedelta(days=1)
    for day, column in ((before, 4), (now.date(), 3)):
        _take(actor, "part-b-limits.csv", limits_of(day, column), day, now)
        _take(actor, "ndc-hcpcs-crosswalk.csv", _crosswalk(day), day, now)
    first = before - timedelta(days=60)
    products = [PRODUCT, *(
        "\t".join([key, kind, name, "", name.lower(), form, "INTRAMUSCULAR", since, "",
                   "Demo Injectables", "", "N"])
        for key, kind, name, form, since in PRODUCTS
    )]  # fmt: skip
    packages = [PACKAGE, *("\t".join([*one, "", "N", "N"]) for one in PACKAGES)]
    _take(actor, "product.txt", "\n".join(products), first, now)
    _take(actor, "package.txt", "\n".join(packages), first, now)


def _take(actor: Actor, name: str, text: str, day: date, now: datetime) -> None:
    sent = send_list(actor=actor, file_name=name, data=text.encode(), day=day, now=now)
    read_arrival(actor=Actor.system("demo"), arrival_id=sent.pk, now=now)
    for file in sent.lists.all():
        confirm_list(actor=actor, file_id=file.pk, now=now)


def limits_of(day: date, column: int = 3) -> str:
    """Payment limits of the quarter that a day is in, as CMS writes them."""
    start, end = quarter_of(day)
    last = end - timedelta(days=1)
    rows = [
        f'"{one[0]}","{one[1]}",{one[2]},{one[column]},{one[5]},' for one in LIMITS
    ]  # fmt: skip
    return "\n".join(
        [
            "Payment Allowance Limits for Medicare Part B Drugs,,,,,",
            f'"Effective {start:%B %-d, %Y} through {last:%B %-d, %Y}",,,,,',
            "HCPCS Code,Short Description,HCPCS Code Dosage,Payment Limit,"
            "Co-insurance Percentage,Notes",
            *rows,
        ]
    )


def _crosswalk(day: date) -> str:
    head = (
        f"_{day.year}_CODE,Short Description,LABELER NAME,NDC2,Drug Name,HCPCS dosage,BILLUNITSPKG"
    )
    rows = [
        f"{code},{drug},Demo Injectables,{ndc},{drug},{dosage},{units}"
        for code, ndc, drug, dosage, units in LINKS
    ]
    return "\n".join([head, *rows])
