"""What can be found by its shape: one table of patterns, each with the entity it finds and how sure it is.

Presidio's stock recognisers find cards, IBANs, IPs, e-mails, wallets and hardware addresses (``presidio.py``);
here is what they miss or get wrong: secrets, handles, card endings, birth dates, ids that a sentence announces,
street addresses with a house number and a street word, post codes. A pattern fires on its own shape or on a cue
right before it; an ordinary date, amount or number without a cue is kept.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from workbench.redact.entities import Finding


@dataclass(frozen=True, slots=True)
class Shape:
    """One pattern: group ``value`` (or the whole match) is the finding; ``hint`` must occur in the text for it to be tried."""

    entity: str
    regex: re.Pattern[str]
    score: float
    hint: re.Pattern[str] | None = None


_MONTH = r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:t(?:ember)?)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"  # noqa: E501
DATE = (
    rf"(?:\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}|\d{{1,2}}[-/.]\d{{1,2}}[-/.](?:\d{{4}}|\d{{2}})"
    rf"|(?:the\s+)?\d{{1,2}}(?:st|nd|rd|th)?[ -](?:of\s+)?{_MONTH}\.?,?[ -]*(?:of\s+)?(?:\d{{4}}|\d{{2}}\b)?"
    rf"|{_MONTH}\.?\s+(?:the\s+)?\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s*(?:of\s+)?(?:\d{{4}}|\d{{2}}\b))?"
    rf"|\d{{1,2}}\s+\d{{1,2}}\s+(?:19|20)\d{{2}}|(?:19|20)\d{{6}}|{_MONTH}\.?,?\s+(?:19|20)\d{{2}})"
)
_LINK = r"(?:\s*(?:is|was|are|being|=|:|-|–|\#|ends?|reads?|number|no\.?|it's|its|would be|should be|as|on file is|to)){0,3}\s*[\"'“(*\[]*\s*"
_STREET = (
    r"(?i:street|st|avenue|ave|av|road|rd|boulevard|blvd|drive|dr|lane|ln|court|ct|place|pl|terrace|ter|way|circle|cir|"
    r"trail|trl|parkway|pkwy|highway|hwy|square|sq|alley|loop|plaza|crescent|cres|close|mews|row|walk|gardens|grove|"
    r"expressway|freeway|turnpike|pike|crossing|ridge|heights|hill|hollow|canyon|bypass|motorway|esplanade|parade|quay)"
)
_UNIT = r"(?i:apt|apartment|suite|ste|unit|flat|floor|fl|rm|room|building|bldg|no|p\.?o\.? box|\#)"
_STATE = r"(?:A[LKZR]|C[AOT]|D[CE]|FL|GA|HI|I[DLNA]|K[SY]|LA|M[EDAINSOT]|N[EVHJMYCD]|O[HKR]|PA|PR|RI|S[CD]|T[NX]|UT|V[TA]|W[AVIY])"
_I = re.IGNORECASE


def _shape(entity: str, regex: str, score: float, flags: int = 0, hint: str | None = None) -> Shape:
    return Shape(entity, re.compile(regex, flags), score, re.compile(hint, _I) if hint else None)


SHAPES: tuple[Shape, ...] = (
    # e-mail, also with non-ASCII letters, which the stock recogniser misses, or written out to escape robots
    _shape("EMAIL", r"[\w.+'%&-]{0,64}[\w+-]@\w[\w-]{0,63}(?:\.[\w-]{0,62}\w){1,6}", 1.0, hint="@"),
    _shape("EMAIL", r"\b[\w+-]+(?:(?:\.|\s+dot\s+|\s*[\[(]dot[\])]\s*)[\w+-]+)*(?:\s+at\s+|\s*[\[(]at[\])]\s*)[\w-]+"
           r"(?:(?:\s+dot\s+|\s*[\[(]dot[\])]\s*)[\w-]+)*(?:\s+dot\s+|\s*[\[(]dot[\])]\s*|\.)"
           r"(?:com|net|org|edu|gov|io|co|uk|de|fr|us|ca|me|info|in|au)\b", 0.9, _I, r"\bdot\b|[\[(]at[\])]"),
    _shape("EMAIL", r"\b[\w.+-]+\s+at\s+(?:gmail|yahoo|hotmail|outlook|icloud|aol|proton(?:mail)?|live|msn)(?:\.com|\.co\.uk)?\b",
           0.9, _I, r"\bat\s+(?:gmail|yahoo|hotmail|outlook|icloud|aol|proton|live|msn)"),
    # secrets
    _shape("SECRET", r"-----BEGIN [A-Z ]*PRIVATE KEY-----.{0,8000}?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", 1.0, re.S, "PRIVATE KEY"),
    _shape("SECRET", r"(?<![A-Za-z0-9])(?:(?:sk|rk|pk)[-_](?:live|test|proj|ant|or|svcacct|lf)?[-_]?[A-Za-z0-9_-]{16,}"
           r"|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{15,}|xox[abeoprs]-[\w-]{10,}|xapp-[\w-]{10,}"
           r"|A(?:KI|SI|RO|ID)A[0-9A-Z]{16}|AIza[\w-]{30,}|ya29\.[\w-]{20,}|npm_[A-Za-z0-9]{30,}|pypi-[\w-]{30,}"
           r"|hf_[A-Za-z0-9]{20,}|SG\.[\w-]{15,}\.[\w-]{15,}|whsec_[A-Za-z0-9]{16,}|shp(?:at|ss|ca|pa)_[a-fA-F0-9]{20,}"
           r"|dop_v1_[a-f0-9]{30,}|lsv2_\w{20,}|tvly-[\w-]{16,}|gsk_\w{20,}|r8_\w{20,}|sq0\w{3}-[\w-]{20,}"
           r"|eyJ[\w-]{8,}\.eyJ[\w-]{8,}(?:\.[\w-]*)?)", 1.0),
    _shape("SECRET", r"(?<=://)[^\s/:@]{1,64}:(?P<value>[^\s/@]{1,128})(?=@)", 0.95, 0, "://"),
    _shape("SECRET", r"\b(?:bearer|basic)\s+(?P<value>[A-Za-z0-9+/_.~=-]{16,})", 0.95, _I, r"bearer|basic"),
    _shape("SECRET", r"\b(?:pass(?:word|wd|code|phrase)?|pwd|passwort|pin(?:\s?(?:code|number))?|otp|cvv2?|cvc|security\s+code|"
           r"(?:access|secret|api|auth|private|encryption|client|account|licen[cs]e)[\s_-]*(?:key|token|secret)|secret|verification\s+code)\b"
           r"(?:\s+(?:is|was|to|for\s+\S+\s+is)|\s*[:=]|\s+[:=])+\s*[\"'“`]?(?P<value>(?=[^\s\"'”`]*[\d!@\#$%^&*_])[^\s\"'”`,;]{3,128})",
           0.9, _I, r"pass|pwd|pin|otp|cv[cv]|key|token|secret|code"),
    _shape("SECRET", r"\b(?:pass(?:word|code|phrase)|pwd)\s*(?:is|was|[:=])\s*[\"'“`](?P<value>[^\"'”`\n]{3,64})[\"'”`]",
           0.9, _I, r"pass|pwd"),
    # ids with a cue
    _shape("SSN", r"(?<![\w-])(?!000|9\d\d-?(?:[0-6]|89))\d{3}([- .])\d{2}\1\d{4}(?![\w-])", 0.9),
    _shape("SSN", rf"\b(?:ssn|social(?:\s+security)?(?:\s+(?:number|no\.?|\#))?|sin|national\s+insurance(?:\s+number)?|nino|tax\s?(?:payer)?\s?id|itin|"
           rf"aadhaar|pan|cpf|national\s+id)\b{_LINK}(?P<value>(?=[\w -]*\d{{3}})[A-Z]{{0,2}}[- ]?\d(?:[ -]?\d){{4,11}}[- ]?[A-Z]?)\b",
           0.95, _I, r"ssn|social|\bsin\b|insurance|nino|tax|itin|aadhaar|\bpan\b|cpf|national"),
    _shape("SSN", r"\b[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b", 0.85),
    _shape("PASSPORT", rf"\bpassport(?:\s+(?:number|no\.?|num|\#|id))?\b{_LINK}(?P<value>(?=[A-Z0-9]*\d{{4}})[A-Z0-9]{{6,12}})\b",
           0.95, _I, "passport"),
    _shape("DRIVER_LICENSE", rf"\b(?:driv(?:er|ing)(?:'?s|s')?\s+(?:licen[cs]e|permit)|licen[cs]e|dl|d\.l\.)(?:\s+(?:number|no\.?|num|\#|id))?\b{_LINK}"
           r"(?P<value>(?=[A-Z0-9*-]*\d[A-Z0-9*-]*\d[A-Z0-9*-]*\d)[A-Z0-9][A-Z0-9*-]{4,17}[A-Z0-9])\b",
           0.9, _I, r"licen[cs]e|permit|\bd\.?l"),
    _shape("BANK_ACCOUNT", rf"\b(?:routing|sort\s+code|aba|bank\s+account|checking\s+account|savings\s+account|acct|account)"
           rf"(?:\s+(?:number|no\.?|num|\#|code))?\b{_LINK}(?P<value>\d[\d -]{{4,22}}\d)\b",
           0.85, _I, r"routing|sort\s+code|aba|account|acct"),
    _shape("ACCOUNT_ID", rf"\b(?:user\s?-?\s?(?:id|name)|login(?:\s+(?:id|name))?|(?:account|customer|member(?:ship)?|client|employee|patient|policy|"
           r"loyalty|frequent\s+flyer|rewards?|subscriber|medical\s+record|mrn)(?:\s+(?:id|number|no\.?|\#|name))+|mrn)(?:\s+\w+){0,1}?"
           rf"{_LINK}(?P<value>(?=[\w.-]*[\d_])[A-Za-z0-9][\w.-]{{2,40}}[A-Za-z0-9])\b",
           0.85, _I, r"user|login|account|customer|member|client|employee|patient|policy|loyalty|flyer|reward|subscriber|mrn|record"),
    _shape("CREDIT_CARD", r"\b(?:card|visa|mastercard|amex|discover)\b[^\n\d]{0,40}(?P<value>\d{4}(?:[ -]?\d{4}){2}[ -]?\d{1,7}|\d{4}[ -]?\d{6}[ -]?\d{5})(?!\d)",
           0.9, _I, r"card|visa|amex|discover"),
    _shape("CREDIT_CARD", r"(?<![\w-])(?:\d{4}([ -])\d{4}\1\d{4}\1\d{4}|3[47]\d\d([ -])\d{6}\2\d{5})(?![\w-])", 0.9),
    _shape("CARD_ENDING", r"\b(?:end(?:s|ing|ed)?|finish(?:es|ing)?)\s*(?:in|with|on|by)?[\s:*\"'(#x]*(?P<value>\d{4})(?![\d,./-]\d|\d|\w)",
           0.95, _I, r"end|finish"),
    _shape("CARD_ENDING", r"\blast\s+(?:four|4)(?:\s+(?:digits?|numbers?))?(?:\s+(?:of|on|for)\s+(?:[\w']+\s+){1,5}?)?\s*(?:is|are|=|:|being|-|,)*\s*[\"'(*#]*"
           r"(?P<value>\d{4})(?!\d|[,./-]\d)", 0.95, _I, r"last\s+(?:four|4)"),
    _shape("CARD_ENDING", r"(?:[*xX•●·.#]{2,}[ -]?){1,4}(?P<value>\d{4})(?!\d|[./-]\d)", 0.9, 0, r"[*x•●·.#]{2}"),
    _shape("CARD_ENDING", r"(?<![\w$€£#.,/-])(?P<value>\d{4})\s+(?:(?:credit|debit|visa|mastercard|master|amex|gift|bank|discover)\s+)*card\b",
           0.8, _I, "card"),
    _shape("CARD_ENDING", r"\b(?:visa|mastercard|master\s?card|amex|american\s+express|discover|(?:credit|debit)\s+card|card)\s*"
           r"(?:\w+\s+){0,2}?[(\[#:*-]*\s*(?P<value>\d{4})\b(?![,./:-]\d|\s*(?:usd|dollars|points|miles|%|\d))", 0.8, _I, r"visa|card|amex|american|discover"),
    _shape("BIRTH_DATE", rf"\b(?:born(?:\s+(?:on|in))?|birth\s?-?(?:date|day)|d\.?o\.?b\.?|date\s+of\s+birth|fecha\s+de\s+nacimiento|né[e]?\s+le|geboren(?:\s+am)?)\b[*\"'`)]*"
           rf"{_LINK}(?P<value>{DATE})", 0.95, _I, r"born|birth|d\.?o\.?b|nacimiento|\bn[ée]|geboren"),
    _shape("BIRTH_DATE", rf"(?P<value>{DATE})\s+is\s+(?:my|his|her|their|the)\s+(?:birth\s?(?:day|date)|date\s+of\s+birth|dob)\b", 0.95, _I, r"birth|dob"),
    # web
    _shape("URL", r"\b(?:(?:https?|ftp|wss?|s3|sftp)://|www\.)[^\s<>\"'`{}|\\^\[\]（）]+", 0.95, _I, r"://|www\."),
    _shape("DOMAIN", r"(?<![\w@./\\$-])(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,4}"
           r"(?:com|net|org|edu|gov|mil|int|biz|info|io|ai|app|dev|shop|store|online|site|xyz|club|tech|cloud|us|uk|ca|au|de|fr|es|it|nl|be|ch|at|se|no|dk|fi|"
           r"pl|cz|pt|ie|ru|jp|cn|kr|br|mx|ar|za|nz|tv|co|eu|gr|hu|ro|tr|il|sg|hk)(?![\w@(]|\.\w|-\w)(?:/[^\s<>\"']*)?", 0.8, _I, r"\w\.\w"),
    _shape("HANDLE", r"(?<![\w@.:/`+-])@(?!(?:property|staticmethod|classmethod|dataclass|override|param|returns?|media|import|abstractmethod|"
           r"pytest|app|test|todo|everyone|here|channel|all|Autowired|Override|Test|Component|Injectable|deprecated|see|throws|keyframes)\b)"
           r"[A-Za-z0-9_](?:[\w.]{0,29}\w)?(?![\w/@(]|\.\w)", 0.9, 0, "@"),
    # places that have a shape
    _shape("STREET_ADDRESS", rf"(?<![\w$€£.,/-])\d{{1,6}}(?:[-–/]\d{{1,4}})?[A-Za-z]?,?\s+(?:(?:[NSEW]|N[EW]|S[EW]|North|South|East|West)\.?\s+)?"
           rf"(?:(?:[A-Z][\w'’.-]*|\d{{1,3}}(?:st|nd|rd|th)|of|the|de|la|del)\s+){{1,4}}?{_STREET}\b\.?"
           rf"(?:\s+(?:N|S|E|W|NE|NW|SE|SW|North|South|East|West)\b)?(?:,?\s+{_UNIT}\b\.?\s*\#?\s*[\w-]{{1,6}})?"
           rf"(?:,?\s+(?:[A-Z][\w'’.-]*\s?){{1,3}},?\s+{_STATE}\b(?:,?\s+\d{{5}}(?:-\d{{4}})?)?)?", 0.85, 0, rf"\b{_STREET}\b"),
    _shape("STREET_ADDRESS", rf"(?<![\w$€£.,/-])\d{{1,6}}[a-z]?\s+(?:(?:[a-z][\w'’-]*|\d{{1,3}}(?:st|nd|rd|th))\s+){{1,2}}?"
           r"(?:street|avenue|ave|road|rd|boulevard|blvd|drive|lane|ln|terrace|parkway|pkwy|highway|hwy)\b"
           rf"(?:,?\s+{_UNIT}\b\.?\s*\#?\s*[\w-]{{1,6}})?", 0.75, 0, r"\b(?:street|ave|avenue|road|rd|boulevard|blvd|drive|lane|ln|terrace|parkway|pkwy|highway|hwy)\b"),
    _shape("STREET_ADDRESS", r"\b(?:p\.?\s?o\.?|post\s+office)\s*box\s*\#?\s*\d+\b(?:,?\s+(?:[A-Z][\w'’.-]*\s?){1,3},?\s+[A-Z]{2}\b(?:\s+\d{5})?)?", 0.9, _I, r"box"),
    _shape("STREET_ADDRESS", rf"(?<=[\s,])(?:apt|apartment|suite|ste)\b\.?\s*\#?\s*(?=[\w-]*\d)[\w-]{{1,6}}\b", 0.5, _I, r"apt|apartment|suite|\bste"),
    _shape("POSTCODE", rf"\b(?:zip(?:\s*-?code)?|post(?:al)?\s?-?code|postcode|plz)\b{_LINK}(?P<value>(?=[\w -]*\d)[A-Z0-9]{{2,5}}(?:[ -][A-Z0-9]{{2,4}})?)\b", 0.95, _I, r"zip|post|plz"),
    _shape("POSTCODE", rf"\b{_STATE},?\s+(?P<value>\d{{5}}(?:-\d{{4}})?)(?![\w-]|[.,]\d)", 0.9),
    _shape("POSTCODE", r"(?<![\w-])\d{5}-\d{4}(?![\w-])", 0.8),
    _shape("POSTCODE", r"\b(?:GIR ?0AA|[A-PR-UWYZ](?:\d[\dA-HJKPSTUW]?|[A-HK-Y]\d[\dABEHMNPRVWXY]?) \d[ABD-HJLNP-UW-Z]{2})\b", 0.85),
    _shape("POSTCODE", r"\b[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z][ -]?\d[ABCEGHJ-NPRSTV-Z]\d\b", 0.85),
    _shape("IBAN", r"\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?\b", 0.85),
    _shape("IBAN", rf"\biban\b{_LINK}(?P<value>[A-Z]{{2}}\d{{2}}(?:[ -]?[A-Z0-9]){{10,30}})\b", 0.95, _I, "iban"),
)  # fmt: skip

_IBAN_COUNTRY = frozenset(
    "AD AE AL AT AZ BA BE BG BH BR BY CH CR CY CZ DE DK DO EE EG ES FI FO FR GB GE GI GL GR GT HR HU IE IL IQ IS IT JO KW KZ LB "
    "LC LI LT LU LV LY MC MD ME MK MR MT MU NL NO PK PL PS PT QA RO RS SA SC SE SI SK SM ST SV TL TN TR UA VA VG XK".split()
)


def shapes_in(text: str) -> Iterator[Finding]:
    """Every finding of every pattern in a text; they may overlap, which the caller settles."""
    for shape in SHAPES:
        if shape.hint is not None and not shape.hint.search(text):
            continue
        for match in shape.regex.finditer(text):
            start, end = match.span("value") if "value" in shape.regex.groupindex else match.span()
            if shape.entity == "IBAN" and text[start : start + 2].upper() not in _IBAN_COUNTRY:
                continue
            if shape.entity == "URL":
                end = start + len(text[start:end].rstrip(".,;:!?)*_~"))
            yield Finding(shape.entity, start, end, shape.score)
