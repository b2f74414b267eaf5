"""What a field's name says about its value: first_name, dob, cardLastFour, billing-zip.

Names are read in any case style and from their end: ``customer_first_name`` is a first name, ``email_sent`` is not an
e-mail. ``name`` alone is left to the tagger, because most things with a name are not people; the words around it
(passenger, guest, patient) settle it.
"""

import re
from functools import lru_cache

from workbench.redact.entities import PLACEHOLDER, Finding
from workbench.redact.identifiers import could_be_somebody, names_software
from workbench.redact.words import is_common

_PERSON = """
    first_name last_name middle_name full_name given_name family_name maiden_name sur_name surname firstname
    lastname fullname middlename forename nick_name nickname legal_name preferred_name display_name
    customer_name client_name passenger_name guest_name patient_name tenant_name resident_name member_name
    user_name_full employee_name agent_name contact_name recipient_name sender_name cardholder_name
    card_holder_name card_holder cardholder account_holder holder_name beneficiary_name billing_name
    shipping_name traveler_name traveller_name driver_name subscriber_name owner_name author_name manager_name
    doctor_name physician_name provider_name student_name parent_name emergency_contact spouse_name fname lname
    prospect_name caller_name applicant_name signatory insured_name"""
_TABLE: dict[str, str] = dict.fromkeys(_PERSON.split(), "PERSON")
for _entity, _names in {
    "EMAIL": """
        email e_mail email_address mail_address emailaddress mail""",
    "PHONE": """
        phone phone_number phonenumber telephone tel mobile mobile_number cell cell_phone cellphone fax msisdn
        phone_no mobile_no contact_number whatsapp work_phone home_phone cell_number caller_id to_number
        from_number""",
    "BIRTH_DATE": """
        dob date_of_birth birth_date birthdate birthday birth_day dateofbirth""",
    "STREET_ADDRESS": """
        address address1 address2 address3 address_1 address_2 address_line address_line1 address_line2
        address_line_1 address_line_2 street street_address street1 street2 street_1 street_2 street_name addr
        addr1 addr2 mailing_address billing_address shipping_address home_address full_address delivery_address
        line1 line2 house_number""",
    "LOCATION": """
        city town province suburb county city_name hometown birthplace place_of_birth village municipality""",
    "POSTCODE": """
        zip zip_code zipcode postal_code postalcode postcode post_code zip5 plz postal""",
    "CREDIT_CARD": """
        card_number cardnumber credit_card_number credit_card_no cc_number pan card_no debit_card_number""",
    "CARD_ENDING": """
        last_four last4 last_4 lastfour last_four_digits last_4_digits card_last_four card_last4 card_ending""",
    "IBAN": """
        iban""",
    "BANK_ACCOUNT": """
        bank_account account_number accountnumber routing_number sort_code bank_account_number acct_number
        account_no acct_no bic swift swift_code""",
    "SSN": """
        ssn social_security social_security_number sin national_id national_insurance nino tax_id tin itin
        aadhaar national_id_number id_number nric cpf""",
    "DRIVER_LICENSE": """
        driver_license drivers_license driver_licence driving_licence license_number licence_number
        driver_license_number drivers_license_number dl_number""",
    "PASSPORT": """
        passport passport_number passport_no passportnumber""",
    "IP_ADDRESS": """
        ip ip_address ipaddress client_ip remote_addr ip_addr""",
    "MAC_ADDRESS": """
        mac mac_address""",
    "SECRET": """
        password passwd pwd pass_word secret api_key apikey access_token refresh_token auth_token secret_key
        client_secret private_key pin pin_code cvv cvc cvv2 security_code otp passcode authorization access_key
        session_token bearer_token""",
    "HANDLE": """
        twitter_handle handle screen_name instagram twitter telegram discord""",
    "ACCOUNT_ID": """
        user_id userid username user_name login login_name customer_id customer_number member_id member_number
        membership_number loyalty_number frequent_flyer_number patient_id employee_id account_id
        client_id_number userlogin frequent_flyer mrn medical_record_number resident_id tenant_id_number
        policy_number""",
}.items():
    _TABLE.update(dict.fromkeys(_names.split(), _entity))

NEEDS_DIGIT = frozenset(
    {"PHONE", "CARD_ENDING", "POSTCODE", "BIRTH_DATE", "SSN", "PASSPORT", "DRIVER_LICENSE", "IP_ADDRESS"}
)
"""Under these fields a value without a digit ("unknown", "on file") says nothing about anybody."""

_WEAK_NAMES = frozenset(
    """
    name names user customer passenger guest patient tenant resident contact person author owner recipient
    sender assignee from to attendees passengers customers agent manager caller client member employee""".split()
)
_ENDINGS = frozenset("ending ending_in ends_in ends_with ending_with ending_digits ending_number".split())
_NOTHING = frozenset(
    """n/a|na|none|null|unknown|nil|-|--|true|false|yes|no|string|tbd|undefined|not provided|
    not available|required|optional|on file|hidden|redacted|test|todo|str|int|number|integer|
    any|object|text""".replace("\n    ", "").split("|")
)
_THINGS = frozenset(
    """
    name names type kind id tool tools function method class module model node event step run component operation
    span workflow agent chain runnable action intent slug label key""".split()
)
_ACCOUNT = re.compile(r"[A-Za-z]{0,4}[-_ ]?\d{5,16}")
_NAME_IN_A_KEY = re.compile(r"[^\W\d_][\w'’.-]*(?:,? [^\W\d_][\w'’.-]*){0,4}")
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
PII_WORDS: frozenset[str] = frozenset(_TABLE)


def words_of(key: str) -> list[str]:
    """A field name as lower-case words, whatever its case style; none where it was redacted itself."""
    return [word.lower() for word in _WORDS.findall(key)] if not PLACEHOLDER.search(key) else []


@lru_cache(maxsize=4096)
def entity_of(key: str) -> str | None:
    """The entity that a field of this name holds, or None where the name does not say."""
    if len(key) > 200:
        return None
    words = words_of(key)
    for length in (4, 3, 2, 1):
        if length <= len(words):
            entity = _TABLE.get("_".join(words[-length:]))
            if entity:
                return entity
    return None


def field_of(key: str, value: str) -> str | None:
    """The entity that a field of this name holds, where some names only tell beside their value: ending 4444."""
    entity = entity_of(key)
    if entity is None and len(value) == 4 and value.isascii() and value.isdigit() and len(key) <= 40:
        return "CARD_ENDING" if "_".join(words_of(key)) in _ENDINGS else None
    if entity is None and words_of(key)[-1:] in (["account"], ["acct"]) and _ACCOUNT.fullmatch(value):
        return "ACCOUNT_ID"
    return entity


def context_of(key: str, value: str) -> str:
    """The words that a short value of this field is read with; empty where they would not help."""
    words = words_of(key)
    if not words or (words[-1] in ("name", "names") and not could_be_somebody(value)):
        return ""
    if words[-1] in _WEAK_NAMES or words[-1] in ("state", "country", "location", "origin", "destination", "company"):
        return " ".join(words) + ": "
    return ""


def names_a_thing(key: str, value: str) -> bool:
    """Whether a value is one word in a program's spelling, under a key that such words stand under."""
    words = words_of(key)
    return bool(words) and words[-1] in _THINGS and names_software(value)


def may_hold_a_name(key: str) -> bool:
    """Whether a key is written as people's names are: {"Priya Raman": 3}, not {"created_at": 3}."""
    return key[:1].isupper() and len(key) <= 60 and _NAME_IN_A_KEY.fullmatch(key) is not None and not entity_of(key)


def is_a_name(key: str, found: Finding) -> bool:
    """Whether what was found in a key is all of it, surely enough, and no heading ("Grace Period", "Max")."""
    words = key.replace(",", " ").split()
    return (
        found.type == "PERSON"
        and found.end - found.start >= 0.9 * len(key)
        and found.score >= (0.8 if len(words) > 1 else 0.9)
        and not any(is_common(word.strip(".'’")) for word in words)
        and (len(words) > 1 or (len(key) > 3 and key[1:].islower()))
    )


def says_nothing(value: str, entity: str) -> bool:
    """Whether a value under a telling field name is empty, a stand-in or a description."""
    plain = value.strip().casefold()
    if plain in _NOTHING or not any(letter.isalnum() for letter in plain):
        return True
    if entity in NEEDS_DIGIT:
        return not any(letter.isdigit() for letter in plain)
    if entity in ("SECRET", "ACCOUNT_ID", "EMAIL", "IBAN"):
        return " " in plain and entity != "IBAN" and len(plain) > 40
    return len(plain) > 120
