"""What can be found by its shape: one table of patterns, each with the entity it finds and how sure it is.

Presidio's stock recognisers find cards, IBANs, IPs, e-mails, wallets and hardware addresses (``presidio.py``);
here is what they miss: written-out e-mails, keys by their prefix, handles, links, card endings, long or short cards,
numbers spoken as words. An ordinary date, amount or number without a cue is kept.
"""

import re
from collections.abc import Iterator

from workbench.redact.addresses import ADDRESSES
from workbench.redact.announced import ANNOUNCED
from workbench.redact.entities import Finding
from workbench.redact.shape import Shape, matches, shape
from workbench.redact.words import is_common

_TOP_LEVEL = (
    r"(?:com|net|org|edu|gov|mil|int|biz|info|io|ai|app|dev|shop|store|online|site|xyz|club|tech|cloud|us|uk|ca|au"
    r"|de|fr|es|it|nl|be|ch|at|se|no|dk"
    r"|fi|pl|cz|pt|ie|ru|jp|cn|kr|br|mx|ar|za|nz|tv|co|eu|gr|hu|ro|tr|il|sg|hk)"
)
_DOT = r"(?:\s+dot\s+|\s*[\[(]\s?dot\s?[\])]\s*|\s*\.\s*)"
_AT = r"(?:\s+at(?:\s+sign)?\s+|\s*[\[({]\s?at\s?[\])}]\s*|\s+@\s+|\s+arroba\s+)"
_LOCAL = r"[\w+-]+(?:(?:\.|\s*[\[(]dot[\])]\s*|\s+(?:dot|underscore|dash|hyphen|minus|point)\s+)[\w+-]+){0,6}"
_MAIL = r"(?:gmail|yahoo|hotmail|outlook|icloud|aol|proton(?:mail)?|live|msn|gmx|ymail)"
_CARD_NAME = (
    r"(?:visa|mastercard|master\s?card|amex|american\s+express|discover|maestro|(?:credit|debit|bank|gift)\s+card|card)"
)
_KEYS = (
    r"(?:sk|rk|pk)[-_](?:live|test|proj|ant|or|svcacct|lf)?[-_]?[A-Za-z0-9_-]{16,}|gh[pousr]_[A-Za-z0-9]{20,}"
    r"|github_pat_\w{20,}|glpat-[\w-]{15,}"
    r"|xox[abeoprs]-[\w-]{10,}|xapp-[\w-]{10,}|A(?:KI|SI|RO|ID)A[0-9A-Z]{16}|AIza[\w-]{30,}|ya29\.[\w-]{20,}"
    r"|npm_[A-Za-z0-9]{30,}"
    r"|pypi-[\w-]{30,}|hf_[A-Za-z0-9]{20,}|SG\.[\w-]{15,}\.[\w-]{15,}|whsec_[A-Za-z0-9]{16,}|shp(?:at|ss|ca"
    r"|pa)_[a-fA-F0-9]{20,}"
    r"|dop_v1_[a-f0-9]{30,}|lsv2_\w{20,}|tvly-[\w-]{16,}|gsk_\w{20,}|r8_\w{20,}|sq0\w{3}-[\w-]{20,}|AC[0-9a-f]{32}"
    r"|key-[0-9a-f]{32}"
    r"|eyJ[\w-]{8,}\.eyJ[\w-]{8,}(?:\.[\w-]*)?"
)
_DECORATORS = (
    r"(?:property|staticmethod|classmethod|dataclass|override|param|returns?|media|import|abstractmethod|pytest|app"
    r"|test|todo|everyone"
    r"|here|channel|all|Autowired|Override|Test|Component|Injectable|deprecated|see|throws|keyframes|lru_cache|cache"
    r"|click|router|wraps)"
)
_SPOKEN = (
    r"(?:zero|oh|o|nought|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh"
    r"|nine)teen|(?:twen|thir|for|fif|six|seven|eigh|nine)ty|hundred|double|triple|\d{1,4})"
)
_NO_ACCOUNT = (
    r"(?:app|apps|root|user|users|public|shared|default|admin|administrator|ubuntu|debian|centos|ec2-user|runner|node|www"
    r"|web|git|jenkins|circleci|vscode|codespace|jovyan|docker|deploy|service|build|builder|work|workspace|src|data|test"
    r"|guest|all users|default user|name|username|you|your[-_ ]?name|me|pi|vagrant|airflow|postgres|nobody)"
)

SHAPES: tuple[Shape, ...] = (
    shape("EMAIL", r"[\w.+'%&-]{0,64}[\w+-]@\w[\w-]{0,63}(?:\.[\w-]{0,62}\w){1,6}", 1.0, hint="@"),
    shape(
        "EMAIL",
        rf"\b{_LOCAL}{_AT}[\w-]+(?:{_DOT}[\w-]+){{0,4}}?{_DOT}(?:com|net|org|edu|gov|io|co|uk|de|fr|us|ca|me|info|in|au)"
        rf"(?:{_DOT}(?:uk|au|in|nz|za|jp|br))?\b",
        0.9,
        any_case=True,
        hint=r"\bdot\b|[\[({]\s?at\s?[\])}]|\s@\s|arroba",
    ),
    shape(
        "EMAIL",
        rf"\b{_LOCAL}\s+at\s+{_MAIL}(?:(?:\.|\s+dot\s+|\s)com|\.co\.uk)?\b",
        0.9,
        any_case=True,
        hint=rf"\bat\s+{_MAIL}",
    ),
    shape(
        "SECRET",
        r"-----BEGIN [A-Z ]*PRIVATE KEY-----[^\0]{0,8000}?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)",
        1.0,
        hint="PRIVATE KEY",
    ),
    shape("SECRET", rf"(?<![A-Za-z0-9])(?:{_KEYS})", 1.0),
    shape("SECRET", r"(?<=://)[^\s/:@]{1,64}:(?P<value>[^\s/@]{1,128})(?=@)", 0.95, hint="://"),
    shape(
        "SECRET",
        r"\b(?:bearer|basic)\s+(?P<value>(?=[^\s]*\d)[A-Za-z0-9+/_.~=-]{16,})",
        0.95,
        any_case=True,
        hint=r"bearer|basic",
    ),
    shape("CREDIT_CARD", r"(?<![\w-])(?:\d{4}([ -])\d{4}\1\d{4}\1\d{4}|3[47]\d\d([ -])\d{6}\2\d{5})(?![\w-])", 0.9),
    shape(
        "CREDIT_CARD",
        r"\b(?:card|visa|mastercard|amex|discover|maestro)\b[^\n\d]{0,40}(?P<value>\d{4}"
        r"(?:[ -]?\d{4}){2}[ -]?\d{1,7}|\d{4}[ -]?\d{6}[ -]?\d{5})(?!\d)",
        0.9,
        any_case=True,
        hint=r"card|visa|amex|discover|maestro",
    ),
    shape(
        "CARD_ENDING",
        r"\b(?:end(?:s|ing|ed)?|finish(?:es|ing)?|terminat(?:es|ing)|xxx+)\s*(?:in|with|on|by|-)?[\s:*\"'(#x]*"
        r"(?P<value>\d{4})(?!\w|[,./-]\d)",
        0.95,
        any_case=True,
        hint=r"end|finish|termin|xxx",
    ),
    shape(
        "CARD_ENDING",
        r"\b(?:tarjeta|carte|(?:\w+)?karte|carta|cartão|cartao|kaart|kortet|visa|mastercard|amex)\b[^\n\d]{0,40}?"
        r"\b(?:terminad[ao]|termina|acabad[ao]|acaba|se\s+termin(?:e|ant)|finissant|endet|endend(?:e[nr]?)?|endziffern"
        r"|eindig(?:t|end)|slutter|slutar|final)\s+(?:(?:en|em|par|auf|con|com|in|op|por|på)\s+)?[\"'(*#x]*"
        r"(?P<value>\d{4})(?!\w|[,./-]\d)",
        0.95,
        any_case=True,
        hint=r"termin|acab|finis|final|end|slut",
    ),
    shape(
        "CARD_ENDING",
        r"\b(?:last|final)\s+(?:four|4)\b(?:\s+(?:digits?|numbers?))?[^\n\d.]{0,40}?[\"'(*#]*(?P<value>\d{4})(?!\w"
        r"|[,./-]\d)",
        0.95,
        any_case=True,
        hint=r"(?:last|final)\s+(?:four|4)",
    ),
    shape(
        "CARD_ENDING",
        r"(?:card|visa|mastercard|amex)[_-](?P<value>\d{4})(?!\w)",
        0.85,
        any_case=True,
        hint=r"card|visa|amex",
    ),
    shape("CARD_ENDING", r"(?:[*xX•●·]{2,}[ -]?){1,4}(?P<value>\d{4})(?!\w|[./-]\d)", 0.9, hint=r"[*x•●·]{2}"),
    shape(
        "CARD_ENDING",
        rf"(?<![\w$€£#.,/-])(?P<value>\d{{4}})\s+(?:(?:credit|debit|visa|mastercard|master|amex|gift|bank"
        rf"|discover)\s+)*{_CARD_NAME}\b",
        0.8,
        any_case=True,
        hint=r"card|visa|amex|american|discover|maestro",
    ),
    shape(
        "CARD_ENDING",
        rf"\b{_CARD_NAME}\s*(?:(?:number|no\.?|ends?|ending|with|that|is|in|my|the)\s+){{0,3}}[(\[#:*-]*\s*"
        rf"(?P<value>\d{{4}})\b"
        r"(?![,./:-]\d|\s*(?:usd|dollars|points|miles|%|\d))",
        0.8,
        any_case=True,
        hint=r"card|visa|amex|american|discover|maestro",
    ),
    shape(
        "URL",
        r"\b(?:(?:https?|ftp|wss?|s3|sftp)://|www\.)[^\s<>\"'`{}|\\^\[\]（）]+",
        0.95,
        any_case=True,
        hint=r"://|www\.",
    ),
    shape(
        "DOMAIN",
        rf"(?<![\w@./\\$-])(?:[a-z0-9](?:[a-z0-9-]{{0,61}}[a-z0-9])?\.){{1,4}}{_TOP_LEVEL}(?![\w@(]|\.\w|-\w)"
        rf"(?:/[^\s<>\"']*)?",
        0.8,
        any_case=True,
        hint=r"\w\.\w",
    ),
    shape(
        "DOMAIN",
        r"(?<![\w@./\\$-])[a-z0-9][a-z0-9-]{0,61}\.(?:me|ly|gl|gg|be|link|page|bio|id|in|to|im|ee|so|sh|fm|cc|news"
        r"|blog|social)/[\w./?=&%#~@+-]+",
        0.8,
        any_case=True,
        hint=r"\w\.\w",
    ),
    shape(
        "HANDLE",
        rf"(?<![\w@.:/`+-])@(?!{_DECORATORS}\b)[A-Za-z0-9_](?:[\w.]{{0,29}}\w)?(?![\w/@(]|\.\w)",
        0.9,
        hint="@",
    ),
    shape("HANDLE", r"(?<![\w/.])/?u/(?P<value>[\w-]{3,25})\b", 0.85, hint="u/"),
    shape(
        "HANDLE",
        r"\b(?:insta(?:gram)?|ig|twitter|telegram|snap(?:chat)?|tiktok|discord|skype|github|gamertag|handle|venmo"
        r"|cashapp)\s*(?:name|id|handle|is|:|=|-)+\s*"
        r"(?P<value>(?=[\w.#-]*[\d_.#])[\w.#-]{3,32}\w)",
        0.85,
        any_case=True,
        hint=r"insta|\big\b|twitter|telegram|snap|tiktok|discord|skype|github|gamertag|handle|venmo|cashapp",
    ),
    shape(
        "PHONE",
        rf"\b{_SPOKEN}(?:[\s,.-]+{_SPOKEN}){{6,17}}\b",
        0.7,
        any_case=True,
        hint=r"\b(?:zero|one|two|three|four|five|six|seven|eight|nine)\b",
    ),
    shape(
        "PHONE",
        rf"\barea\s+code\b\W{{0,3}}(?:is\s+)?(?P<value>\d{{3}}\b|{_SPOKEN}(?:[\s,.-]+{_SPOKEN}){{2}}\b)",
        0.8,
        any_case=True,
        hint=r"area\s+code",
    ),
    shape(
        "ACCOUNT_ID",
        r"(?:/(?:home|Users)/|\b[A-Za-z]:[/\\]+(?:Users|Documents and Settings)[/\\]+)"
        rf"(?!(?i:{_NO_ACCOUNT})(?:[/\\\s'\"]|$))"
        r"(?P<value>[^\W_](?:[\w.+-]*\w)?(?: [A-Z][\w.-]*(?=\\))?)(?=[/\\]|[\s'\",;:)]|$)",
        0.85,
        hint=r"/home/|/users/|\\users\\|settings\\",
    ),
    shape(
        "ACCOUNT_ID",
        rf"(?<![\w.@/:+-])(?!(?i:{_NO_ACCOUNT})@)(?P<value>[a-z_][\w.-]{{1,31}})@(?=[\w-]+(?:\.[\w-]+)*:(?:~|/|\./|\w+/))",
        0.85,
        hint=r"@[\w.-]+:",
    ),
    shape("IBAN", r"\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?\b", 0.85),
    shape(
        "IBAN",
        r"\biban\b[^\n\d]{0,20}?(?P<value>[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){10,30})\b",
        0.95,
        any_case=True,
        hint="iban",
    ),
    *ANNOUNCED,
    *ADDRESSES,
)

_IBAN_COUNTRY = frozenset(
    """
    AD AE AL AT AZ BA BE BG BH BR BY CH CR CY CZ DE DK DO EE EG ES FI FO FR GB GE GI GL GR GT HR HU IE IL IQ IS
    IT JO KW KZ LB LC LI LT LU LV LY MC MD ME MK MR MT MU NL NO PK PL PS PT QA RO RS SA SC SE SI SK SM ST SV TL
    TN TR UA VA VG XK""".split()
)
_DIGITS = re.compile(r"(?<![\w.,/+-])[2-6](?:[ -]?\d){11,18}(?![\w-]|[.,]\d)")
_SENTENCES = re.compile(r"[A-Za-z]+\.(?:no|it|at|be|us|se|co|es|de|at|in|so|is|to|me)", re.IGNORECASE)
"""Two sentences with no blank between them look like a domain."""
_COUNTED = re.compile(r"\b(?:one|two|three|four|five|six|seven|eight|nine|zero|oh)\b", re.IGNORECASE)


def _cards_in(text: str) -> Iterator[Finding]:
    """Card numbers of any length and grouping that pass the check digit; the stock recogniser knows 12 to 16 digits."""
    for match in _DIGITS.finditer(text):
        digits = [int(digit) for digit in match[0] if digit.isdigit()]
        doubled = (sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
        if (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0 and len(set(digits)) > 2:
            yield Finding("CREDIT_CARD", match.start(), match.end(), 0.85)


def shapes_in(text: str) -> Iterator[Finding]:
    """Every finding of every pattern in a text; they may overlap, which the caller settles."""
    yield from _cards_in(text)
    for one in matches(SHAPES, text):
        value = text[one.start : one.end]
        if one.type == "IBAN" and (value[:2].upper() not in _IBAN_COUNTRY or sum(map(str.isalnum, value)) < 15):
            continue
        if one.type == "EMAIL" and value.rpartition(".")[2].isdigit():
            continue
        if one.type == "DOMAIN" and _SENTENCES.fullmatch(value) and is_common(value.split(".")[0]):
            continue
        if one.type == "URL":
            one = Finding(one.type, one.start, one.start + len(value.rstrip(".,;:!?)*_~")), one.score)
        if one.type == "PHONE" and len(_COUNTED.findall(value)) < 3 and one.score < 0.8:
            continue
        yield one
