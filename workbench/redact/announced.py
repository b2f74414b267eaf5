"""Values that the words before them give away: "my passport is ...", "born on ...", "the PIN's ...".

Without their cue these are any number, date or word, so each pattern wants its cue on the same line, close by. A value
must carry the digits its kind has; "my password is wrong" and "your passport number is required" find nothing.
"""

from workbench.redact.shape import Shape, shape

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:t(?:ember)?)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)"
)
_YEAR = r"(?:(?:18|19|20)\d\d|['’]?\d\d\b)"
_DAY = r"(?:[0-3]?\d)(?:st|nd|rd|th)?"
DATE = (
    rf"(?:\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}|\d{{1,2}}\s?[-/.]\s?\d{{1,2}}\s?[-/.]\s?(?:\d{{4}}|\d{{2}})"
    rf"|{_DAY}[- ](?:of\s+)?{_MONTH}\.?(?:,?[- ]?\s*(?:of\s+)?{_YEAR})?"
    rf"|{_MONTH}\.?\s+(?:the\s+)?{_DAY}(?:,?\s+(?:of\s+)?{_YEAR})?"
    rf"|\d{{1,2}}\s+\d{{1,2}}\s+(?:\d{{4}}|\d{{2}})|(?:19|20)\d{{6}}|\d{{1,2}}[-/]{_MONTH}[-/]\d{{2,4}}"
    rf"|{_MONTH}\.?,?\s+(?:19|20)\d\d)"
)
_ORDINAL = (
    r"(?:(?:twenty|thirty)[- ])?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth"
    r"|thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|thirtieth)"
)
_SPOKEN_YEAR = r"(?:,?\s+(?:of\s+)?(?:nineteen|twenty|two\s+thousand)(?:[- ](?:and\s+)?[a-z]+){0,2})?"
BORN = (
    rf"(?:{DATE}|(?:the\s+)?{_ORDINAL}\s+(?:of\s+)?{_MONTH}{_SPOKEN_YEAR}|{_MONTH}\s+(?:the\s+)?{_ORDINAL}{_SPOKEN_YEAR}"
    r"|\d{1,2}\.?(?:\s+de)?\s+[^\W\d_]{3,10}\.?(?:\s+de)?\s+\d{4}|\d{1,2}[/.-]\d{1,2}(?![/.\d-])|(?:19|20)\d\d(?![\d.,-]))"
)
"""A date of birth after its cue: also spoken, without its year, the year alone, or with a month in another language."""
_LINK = (
    r"(?:\s*(?:is|was|are|being|=|:|-|–|#|ends?|reads?|number|num|no\.?|code|id|it's|its|'s|’s|s|would\s+be"
    r"|should\s+be|as|on\s+file"
    r"|to|with|and|ref)){0,4}\s*[\"'“‘(*\[<]*\s*"
)
_SOON = r"[^\n\d]{0,30}?"
_DIGITS_4 = r"(?=[A-Z0-9 -]*\d[A-Z0-9 -]*\d[A-Z0-9 -]*\d[A-Z0-9 -]*\d)"
_NATIONAL = (
    r"(?:ssn|social(?:\s+security)?(?:\s+(?:number|no\.?|num))?|social\s+insurance|sin|national\s+insurance"
    r"|ni\s+number|nino|n\.i\.|tax\s?(?:payer)?\s?id"
    r"|itin|tin|nhs(?:\s+(?:number|no\.?))?|medicare(?:\s+(?:number|id))?|aadhaa?r|pan(?:\s+(?:number|card))|cpf"
    r"|cnpj|curp|rfc|dni|nie|nif"
    r"|codice\s+fiscale|pesel|bsn|pps(?:\s+number)?|tfn|ahv|nric|fin\s+number|emirates\s+id|hkid|personnummer|cpr"
    r"|fødselsnummer|steuer-?id"
    r"|national\s+id(?:entity)?(?:\s+(?:card|number))?|id\s+card(?:\s+number)?|identity\s+card|citizen(?:ship)?\s+id"
    r"|resident\s+id)"
)
_ACCOUNT = (
    r"(?:user\s?-?\s?(?:id|name)|login(?:\s+(?:id|name))?|screen\s?name|gamer\s?tag|(?:account|acct|customer|member"
    r"(?:ship)?|client|employee|staff"
    r"|patient|policy|loyalty|student|pupil|badge|payroll|frequent\s+flyer|rewards?|subscriber|medical\s+record"
    r"|hospital|voter|library\s+card"
    r"|insurance|miles|clubcard)\s+(?:id|number|num|no\.?|\#|name|card\s+number|ref(?:erence)?)|mrn|policy\s*\#"
    r"|acct\s*\#|account\s*\#)"
)
_PASSWORD = (
    r"(?:pass(?:word|wd|code|phrase|wort)|pwd|pw|pass|contraseña|mot\s+de\s+passe|passwort|kennwort|wachtwoord|senha)"
)
_CODE = (
    r"(?:pin(?:\s?(?:code|number|no\.?))?|otp|cvv2?|cvc2?|csc|(?:security|verification|one[- ]time|access|entry|gate"
    r"|door|alarm|unlock|auth(?:entication|orization)?"
    r"|2fa|mfa|sms|backup|recovery|safe|lockbox|garage|keypad|confirmation\s+pin|login|sign-?in|card\s+security)\s+"
    r"(?:code|pin|number|key))"
)
_KEY = (
    r"(?:(?:access|secret|api|auth|private|encryption|client|account|licen[cs]e|bearer|session|refresh|signing"
    r"|master|service|deploy|webhook)"
    r"[\s_-]*(?:key|token|secret)|secret|token|wi-?fi(?:\s+(?:key|code))?)"
)

ANNOUNCED: tuple[Shape, ...] = (
    shape(
        "SECRET",
        rf"(?<![\w-]){_PASSWORD}\b(?:\s+(?:is|was|to|for\s+[^\n:=]{{1,30}}?(?:\s+is|:)|still|now|should\s+be"
        rf"|changed\s+to|reset\s+to|set\s+to|used\s+to\s+be)"
        r"|\s*[:=]|\s*[’']s|\s+[:=])+\s*[\"'“‘`]?(?P<value>(?=[^\s\"'”`]*[\d!@#$%^&*_])[^\s\"'“”‘`,;]{3,128})",
        0.9,
        any_case=True,
        hint=r"pass|pwd|pw|contrase|kennwort|wachtwoord|senha",
    ),
    shape(
        "SECRET",
        rf"(?<![\w-]){_PASSWORD}\s*(?:is|was|[:=]|[’']s)*\s*[\"“‘`'](?P<value>[^\"'“”‘’`\n]{{3,64}})[\"'”’`]",
        0.9,
        any_case=True,
        hint=r"pass|pwd|pw|contrase|kennwort|wachtwoord|senha",
    ),
    shape(
        "SECRET",
        rf"\b(?:{_PASSWORD})[\s:=/-]{{1,3}}(?P<value>(?=[^\s]*\d)(?=[^\s]*[A-Za-z!@#$%^&*])[^\s\"'”`,;]{{5,64}})",
        0.8,
        any_case=True,
        hint=r"pass|pwd|pw|contrase|kennwort|wachtwoord|senha",
    ),
    shape(
        "SECRET",
        rf"\b{_CODE}\b{_SOON}(?P<value>(?<![\w$€£.,])\#?\d(?:[ -]?\d){{2,7}}[\#*]?)(?![\w%]|[./:]\d)",
        0.85,
        any_case=True,
        hint=r"pin|otp|cv[cv]|csc|code|key|number",
    ),
    shape(
        "SECRET",
        rf"\b(?:{_KEY}|{_CODE})\b(?:\s+(?:is|was|for\s+\S+\s+is)|\s*[:=]|\s*[’']s)+\s*[\"'“`]?"
        r"(?P<value>(?=[^\s\"'”`]*\d)[^\s\"'”`,;]{4,256})",
        0.9,
        any_case=True,
        hint=r"key|token|secret|code|pin|otp|cv[cv]|wi-?fi",
    ),
    shape(
        "SECRET",
        r"\bcode\s+(?:to|for|of|on)\s+(?:the|my|our|your)\s+(?:(?:front|back|main|side)\s+)?(?:gate|door|building|lobby"
        r"|alarm|safe|garage|lock|lockbox|wi-?fi|entrance|elevator|apartment|house|office|app|phone)\s*(?:is|was|:|=|-)*\s*"
        r"(?P<value>\#?\d{3,8}[\#*]?)(?![\w%]|[./:]\d)",
        0.8,
        any_case=True,
        hint="code",
    ),
    shape(
        "SECRET",
        r"\b(?:secret|security)\s+answer\s*(?:is|was|:|=|[’']s)+\s*[\"'“]?(?P<value>[\w-]{3,40})",
        0.8,
        any_case=True,
        hint="answer",
    ),
    shape(
        "SSN",
        rf"\b{_NATIONAL}\b(?:{_LINK}|{_SOON})(?P<value>{_DIGITS_4}[A-Z]{{0,6}}[- ]?\d(?:[ .-]?[A-Z]?\d){{2,16}}"
        rf"(?:[ -]?[A-Z]{{1,2}}\b)?(?:\d[A-Z])?)(?![\w])",
        0.95,
        any_case=True,
        hint=r"\d",
    ),
    shape("SSN", r"\b[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b", 0.85),
    shape("SSN", r"(?<![\w-])(?!000|9\d\d-?(?:[0-6]|89))\d{3}([- .])\d{2}\1\d{4}(?![\w-])", 0.9),
    shape("PERSON", r"(?<![\w-])[A-Z](?:-[A-Z]){3,}(?![\w-])", 0.85, hint=r"[a-z]-[a-z]-[a-z]"),
    shape(
        "PERSON",
        r"\b(?:spel(?:led|t|ling)|name(?:'?s)?(?:\s+is)?|surname(?:\s+is)?|that(?:'?s|\s+is)|it'?s|yes|so)\s*[:,]?\s+(?:that'?s\s+)?"
        r"(?P<value>[a-z](?:[ ,.-]{1,2}(?:double\s+)?[a-z]){3,})\b",
        0.85,
        any_case=True,
        hint=r"\b[a-z][ ,.-]{1,2}[a-z][ ,.-]{1,2}[a-z]\b",
    ),
    shape(
        "PASSPORT",
        r"\b[Pp]ass?port\b[^\n]{0,80}?\b(?P<value>[A-Z]{1,2}\d{6,9})\b(?![-/.]\d)",
        0.85,
        hint=r"pass?port",
    ),
    shape(
        "PASSPORT",
        r"\b(?:pass?port|pasaporte|passeport|reisepass|travel\s+document)\b(?:\s*n[or]\.)?[^\n.?!]{0,40}?\b(?P<value>"
        r"(?=[A-Z0-9]*\d[A-Z0-9]*\d[A-Z0-9]*\d[A-Z0-9]*\d)[A-Z0-9]{6,12})\b(?![-/.]\d)",
        0.9,
        any_case=True,
        hint=r"pass?port|pasaporte|reisepass|travel\s+doc",
    ),
    shape(
        "PASSPORT",
        r"\b(?:pass?port|pasaporte|passeport|reisepass|travel\s+document)\b[^\n.?!\d]{0,30}?\b(?P<value>"
        r"(?:[A-Z]{1,2}[ -]?)?\d{2,4}(?:[ -]\d{2,4}){1,3})\b(?![-/.]\d)",
        0.85,
        hint=r"pass?port|pasaporte|reisepass|travel\s+doc",
    ),
    shape(
        "DRIVER_LICENSE",
        rf"\b(?:driv(?:er|ing)[’']?s?[’']?\s+(?:licen[cs]e|permit)|licen[cs]e|dl|d\.l\.|führerschein|permis)\b"
        rf"(?:{_LINK}|[^\n.?!\d]{{0,30}}?\b)"
        r"(?P<value>(?=[A-Z0-9*-]*\d[A-Z0-9*-]*\d[A-Z0-9*-]*\d)[A-Z0-9][A-Z0-9*-]{3,18}[A-Z0-9])\b",
        0.9,
        any_case=True,
        hint=r"licen[cs]e|permi|\bd\.?l|schein",
    ),
    shape(
        "BANK_ACCOUNT",
        r"\b(?:routing|sort\s+code|aba|bsb|ifsc|(?:bank|checking|savings|current|giro|chequing)\s+(?:account|acct"
        r"|a/c)|acct|acc|account|a/c)"
        rf"\b(?:\s+(?:number|no\.?|num|\#|code)|\#)?(?:{_LINK}|[^\n.?!\d]{{0,20}}?\b)(?P<value>\d[\d -]{{4,22}}\d)"
        rf"(?![\w]|[./]\d)",
        0.85,
        any_case=True,
        hint=r"routing|sort\s+code|aba|bsb|ifsc|acc|a/c",
    ),
    shape(
        "BANK_ACCOUNT",
        r"\b(?:bic|swift|ifsc)\b[^\n.?!\d]{0,20}?\b(?P<value>[A-Z]{4}[A-Z0-9]{4,7})\b",
        0.85,
        hint="bic|swift|ifsc",
    ),
    shape(
        "ACCOUNT_ID",
        rf"\b{_ACCOUNT}(?:{_LINK}|[^\n.?!\d]{{0,15}}?\b)(?P<value>"
        rf"(?=[\w.-]*[\d_])[A-Za-z0-9][\w.-]{{2,40}}[A-Za-z0-9])\b",
        0.85,
        any_case=True,
        hint=r"id|name|number|num|no\b|no\.|login|tag|mrn|ref|#",
    ),
    shape(
        "BIRTH_DATE",
        r"\b(?:born|birth\s?-?(?:date|day)s?|bday|b-day|d\.?\s?o\.?\s?b\.?|date\s+of\s+birth|fecha\s+de\s+nacimiento"
        r"|nacid[oa]|née?\s+le|geboren|geb\.|nata?\s+il"
        rf"|nascid[oa])(?![a-z])[^\n\d.!]{{0,40}}?(?:\?\s+[^\n\d]{{0,25}}?)?(?P<value>{BORN})(?!\d)",
        0.95,
        any_case=True,
        hint=r"born|birth|b-?day|d\.?\s?o\.?\s?b|naci|\bn[ée]|geb|nat[ao]?\b|nasc",
    ),
    shape(
        "BIRTH_DATE", rf"\b(?:d\.?o\.?b\.?|b\.)\s*(?P<value>{DATE})(?!\d)", 0.9, any_case=True, hint=r"d\.?o\.?b|\bb\."
    ),
    shape(
        "BIRTH_DATE",
        rf"(?P<value>{DATE})[^\n.]{{0,12}}\b(?:is|was|being|=|as)\s+(?:my|his|her|their|the|our)\s+(?:\w+\s+)?"
        rf"(?:birth\s?(?:day|date)|date\s+of\s+birth|dob|b-?day)\b",
        0.95,
        any_case=True,
        hint=r"birth|dob|day",
    ),
    shape(
        "POSTCODE",
        rf"\b(?:zip(?:\s*-?code)?|post(?:al)?\s?-?code|plz)\b{_LINK}"
        rf"(?P<value>(?=[A-Z0-9]{{0,5}}[ -]?[A-Z0-9]{{0,3}}\d)[A-Z0-9]{{2,5}}"
        rf"(?:[ -][A-Z0-9]{{2,4}})?)\b",
        0.95,
        any_case=True,
        hint=r"zip|post|plz",
    ),
    shape(
        "POSTCODE",
        r"\b(?:zip|post(?:al)?\s?-?code|postcode)\b[^\n\d.!]{0,40}(?P<value>\d{5}(?:-\d{4})?)(?![\w]|[.,]\d)",
        0.8,
        any_case=True,
        hint=r"zip|post",
    ),
    shape(
        "POSTCODE",
        r"(?<![\w$€£.,-])(?P<value>\d{5})(?:-\d{4})?\s+(?:is\s+(?:my|the|our)\s+)?(?:zip|postcode|postal)\b",
        0.8,
        any_case=True,
        hint=r"zip|post",
    ),
)
