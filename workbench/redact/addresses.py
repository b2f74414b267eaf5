"""Addresses and post codes that have a shape: a house number and a street word, a PO box, a state with its ZIP.

The tagger finds addresses too; these patterns hold where it wavers, and end where an address ends.
"""

from workbench.redact.shape import Shape, shape

_STREET = (
    r"(?i:street|st|avenue|ave|av|road|rd|boulevard|blvd|drive|dr|lane|ln|court|ct|place|pl|terrace|ter|way|circle"
    r"|cir|trail|trl|parkway|pkwy"
    r"|highway|hwy|square|sq|alley|loop|plaza|crescent|cres|close|mews|row|walk|gardens|grove|expressway|freeway"
    r"|turnpike|pike|crossing|ridge"
    r"|heights|hill|hollow|canyon|bypass|motorway|esplanade|parade|quay)"
)
_PLAIN_STREET = r"(?:street|avenue|ave|road|rd|boulevard|blvd|drive|lane|ln|terrace|parkway|pkwy|highway|hwy)"
_MEASURE = (
    r"(?:hours?|hrs?|min(?:ute)?s?|miles?|kms?|days?|weeks?|months?|years?|more|of|to|on|in|or|and|cars?|people|times?"
    r"|blocks?|lanes?)\b"
)
_UNIT = r"(?i:apt|apartment|suite|ste|unit|flat|floor|fl|rm|room|building|bldg|\#)"
_STATE = (
    r"(?:A[LKZR]|C[AOT]|D[CE]|FL|GA|HI|I[DLNA]|K[SY]|LA|M[EDAINSOT]|N[EVHJMYCD]|O[HKR]|PA|PR|RI|S[CD]|T[NX]|UT|V[TA]"
    r"|W[AVIY])"
)
_TOWN = rf"(?:,?\s+(?:[A-Z][\w'’.-]*\s?){{1,3}},?\s+{_STATE}\b(?:,?\s+\d{{5}}(?:-\d{{4}})?)?)?"
_WING = r"(?:(?:[NSEW]|N[EW]|S[EW]|North|South|East|West)\.?\s+)?"
_BEFORE = r"(?<![\w$€£.,/-])"

ADDRESSES: tuple[Shape, ...] = (
    shape(
        "STREET_ADDRESS",
        rf"{_BEFORE}\d{{1,6}}(?:[-–/]\d{{1,4}})?[A-Za-z]?,?\s+{_WING}(?:(?:[A-Z][\w'’.-]*|\d{{1,3}}(?:st|nd|rd|th)"
        rf"|of|the|de|la|del)\s+){{1,4}}?"
        rf"{_STREET}\b\.?(?:\s+(?:N|S|E|W|NE|NW|SE|SW|North|South|East|West)\b)?"
        rf"(?:,?\s+{_UNIT}\b\.?\s*\#?\s*[\w-]{{1,6}})?{_TOWN}",
        0.85,
        hint=rf"\b{_STREET}\b",
    ),
    shape(
        "STREET_ADDRESS",
        rf"{_BEFORE}\d{{1,6}}[a-z]?\s+(?!{_MEASURE})(?:(?:[a-z][\w'’-]*|\d{{1,3}}(?:st|nd|rd"
        rf"|th))\s+){{1,2}}?{_PLAIN_STREET}\b"
        rf"(?:,?\s+{_UNIT}\b\.?\s*\#?\s*[\w-]{{1,6}})?",
        0.75,
        hint=rf"\b{_PLAIN_STREET}\b",
    ),
    shape(
        "STREET_ADDRESS",
        rf"\b(?:[Pp]\.?\s?[Oo]\.?|[Pp]ost\s+[Oo]ffice)\s*[Bb](?:ox|OX)\s*\#?\s*\d+\b{_TOWN}",
        0.9,
        hint="box",
    ),
    shape(
        "STREET_ADDRESS",
        r"\b[A-ZÄÖÜ][a-zäöüß-]+(?:straße|strasse|str\.|weg|platz|allee|gasse|gatan|vägen|gade|straat|laan|katu|tie"
        r"|utca)\s+\d{1,4}\s?[a-z]?\b",
        0.85,
    ),
    shape(
        "STREET_ADDRESS",
        r"(?<=[\s,])(?:apt|apartment|suite|ste)\b\.?\s*\#?\s*(?=[\w-]*\d)[\w-]{1,6}\b",
        0.5,
        any_case=True,
        hint="apt|apart|sui|ste",
    ),
    shape("POSTCODE", rf"\b{_STATE},?\s+(?P<value>\d{{5}}(?:-\d{{4}})?)(?![\w-]|[.,]\d)", 0.9),
    shape("POSTCODE", r"(?<![\w-])\d{5}-\d{4}(?![\w-])", 0.8),
    shape(
        "POSTCODE",
        r"\b(?:GIR ?0AA|[A-PR-UWYZ](?:\d[\dA-HJKPSTUW]?|[A-HK-Y]\d[\dABEHMNPRVWXY]?) \d[ABD-HJLNP-UW-Z]{2})\b",
        0.85,
    ),
    shape("POSTCODE", r"(?<![\w-])[a-z]{1,2}\d[a-z\d]? \d[abd-hjlnp-uw-z]{2}(?![\w-])", 0.75),
    shape("POSTCODE", r"\b[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z][ -]?\d[ABCEGHJ-NPRSTV-Z]\d\b", 0.85),
)
