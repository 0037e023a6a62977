"""
What a practice does about a claim that was denied: what to send, in words it can follow.

By the reason code that the remittance gives (`rules.claims.DENIALS`); own words, own knowledge of
the codes, unverified.
"""

from compliance.rules.claims import DENIALS

SEND = {
    "24": "Capitation has paid for this service. If your contract pays it beside capitation, send "
    "a corrected claim and name the clause in its note.",
    "27": "Look at the patient's card and ask the plan until when they were covered. If they were "
    "covered on the day, send a corrected claim with the member number that was right then.",
    "26": "Look at the patient's card and ask the plan since when they were covered. If they were "
    "covered on the day, send a corrected claim with the member number that was right then.",
    "29": "If something excuses the delay, such as another payer's late answer, send a corrected "
    "claim and tell us on paper what it was.",
    "50": "Send the notes and findings that show why the service was needed, with a corrected "
    "claim.",
    "96": "Nothing can be sent for a service that the plan does not cover. If another code says "
    "better what was done, send a corrected claim.",
    "109": "Send it to the payer that was named. If that payer refused it, send us its answer with "
    "a corrected claim.",
    "197": "If the service was authorized, send a corrected claim with the authorization's number "
    "(REF G1). If it was not, ask for one that reaches back, and say why it could not wait.",
    "B7": "If who gave the service took part on the day, ask the IPA to look at their file. If "
    "somebody else gave it, send a corrected claim with their NPI.",
}


def how_to_correct(number: str) -> str:
    """How a corrected claim names the one that it takes the place of."""
    return (
        f"A corrected claim is the whole claim again with frequency 7 (CLM05-3) and our number "
        f"{number} in REF F8. It takes this one's place."
    )


def denial_words(code: str) -> str:
    """Why a claim was denied, with the code that the remittance gives."""
    return f"{DENIALS[code]} ({code})" if code in DENIALS else code
