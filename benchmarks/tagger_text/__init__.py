"""Generates the text that the offline tagger is trained on: templates, names of many languages, and how people type.

Everything is drawn from one seeded generator. The templates and lists beside this file were written for it; names come
from Faker's lists and places from the area-code tables of ``phonenumbers``. A fifth of the names are made up letter by
letter, so that the tagger learns from the sentence and not from its lists.
"""

import random
import re
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

HERE = Path(__file__).parent
LABEL_OF = {"P": "PERSON", "PF": "PERSON", "PL": "PERSON", "C": "LOCATION", "CT": "LOCATION", "ST": "LOCATION", "CS": "LOCATION",
            "A": "STREET_ADDRESS", "AS": "STREET_ADDRESS", "O": "ORGANIZATION", "SCHOOL": "ORGANIZATION", "HOSP": "ORGANIZATION", "ZIP": "STREET_ADDRESS"}  # fmt: skip
SLOT = re.compile(r"\[([A-Z]+)\]")
LATIN = """cs_CZ da_DK de_AT de_CH de_DE en_AU en_CA en_GB en_IE en_IN en_KE en_NG en_NZ en_PK en_US es_AR es_CL es_CO es_ES es_MX et_EE fi_FI
fil_PH fr_CA fr_FR ga_IE ha_NG hr_HR hu_HU id_ID ig_NG is_IS it_IT lt_LT lv_LV nl_BE nl_NL no_NO pl_PL pt_BR pt_PT ro_RO sk_SK
sl_SI sq_AL sv_SE sw tr_TR tw_GH uz_UZ yo_NG zu_ZA""".split()
ENGLISH = ("en_US", "en_GB", "en_CA", "en_AU", "en_IN", "en_IE", "es_MX", "en_NZ")
STATES = """Alabama AL|Alaska AK|Arizona AZ|Arkansas AR|California CA|Colorado CO|Connecticut CT|Delaware DE|Florida FL|Georgia GA|Hawaii HI|
Idaho ID|Illinois IL|Indiana IN|Iowa IA|Kansas KS|Kentucky KY|Louisiana LA|Maine ME|Maryland MD|Massachusetts MA|Michigan MI|Minnesota MN|
Mississippi MS|Missouri MO|Montana MT|Nebraska NE|Nevada NV|New Hampshire NH|New Jersey NJ|New Mexico NM|New York NY|North Carolina NC|
North Dakota ND|Ohio OH|Oklahoma OK|Oregon OR|Pennsylvania PA|Rhode Island RI|South Carolina SC|South Dakota SD|Tennessee TN|Texas TX|
Utah UT|Vermont VT|Virginia VA|Washington WA|West Virginia WV|Wisconsin WI|Wyoming WY|Ontario ON|Quebec QC|British Columbia BC|Alberta AB"""


@dataclass
class Piece:
    """A text and where its labelled stretches are."""

    text: str
    spans: list[tuple[int, int, str]]


def plain_name(name: str) -> bool:
    return 1 < len(name) < 30 and all(letter.isalpha() and ord(letter) < 0x250 or letter in " '’.-" for letter in name)


@lru_cache(maxsize=1)
def name_lists() -> dict[str, tuple[list[str], list[str]]]:
    """First and last names by locale, in Latin letters."""
    import importlib.util

    found: dict[str, tuple[list[str], list[str]]] = {}
    for locale in LATIN:
        if importlib.util.find_spec(f"faker.providers.person.{locale}") is None:
            continue
        provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
        first: set[str] = set()
        last: set[str] = set()
        for attribute in sorted(dir(provider)):
            value = getattr(provider, attribute)
            if callable(value) or not isinstance(value, (list, tuple, dict)):
                continue
            if attribute.startswith("first_names"):
                first.update(value)
            elif attribute.startswith("last_names"):
                last.update(value)
        first_list = sorted(name for name in first if isinstance(name, str) and plain_name(name))
        last_list = sorted(name for name in last if isinstance(name, str) and plain_name(name))
        if len(first_list) > 20 and len(last_list) > 10:
            found[locale] = (first_list, last_list)
    for locale in ("ja_JP", "zh_CN"):
        provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
        first = {name for at in dir(provider) if "romanized" in at and "first" in at and not callable(getattr(provider, at)) for name in getattr(provider, at)}
        last = {name for at in dir(provider) if "romanized" in at and "last" in at and not callable(getattr(provider, at)) for name in getattr(provider, at)}
        found[locale] = (sorted(filter(plain_name, first)), sorted(filter(plain_name, last)))
    lines = dict(line.split(" ", 1) for line in (HERE / "romanised.txt").read_text("utf-8").splitlines())
    found["own"] = (lines["first"].split("|"), lines["last"].split("|"))
    return found


@lru_cache(maxsize=1)
def place_lists() -> dict[str, list[str]]:
    """Known cities, other towns of the US and of the world, countries, states."""
    from faker.providers.address.en import Provider
    from phonenumbers.geodata import GEOCODE_DATA

    states = [state.strip().rsplit(" ", 1) for state in STATES.replace("\n", "").split("|")]
    towns: set[str] = set()
    world: set[str] = set()
    for area in GEOCODE_DATA.values():
        name = area.get("en", "")
        if re.fullmatch(r"[A-Z][\w .'-]{2,20}, [A-Z]{2}", name):
            towns.add(name)
        elif re.fullmatch(r"[A-Z][\w '’-]{3,22}", name) and plain_name(name) and not re.search(r"[A-Z]{2}|\d", name):
            world.add(name)
    countries = sorted({re.sub(r"\s*\(.*\)", "", name) for name in Provider.countries if len(name) < 26})
    return {
        "known": [name for line in (HERE / "places.txt").read_text("utf-8").splitlines() for name in line.split("|")],
        "us": sorted(towns), "world": sorted(world), "country": countries + ["USA", "US", "U.S.", "UK", "U.K.", "UAE", "England", "Scotland", "Wales",
            "Russia", "South Korea", "Iran", "Vietnam", "Taiwan", "Palestine", "Czechia", "Holland", "Ivory Coast", "Great Britain"] * 2,
        "state": [name for name, _ in states], "code": [code for _, code in states],
    }  # fmt: skip


class Invented:
    """Names made up letter by letter after the look of real ones."""

    def __init__(self, names: list[str]) -> None:
        self._next: dict[str, list[str]] = defaultdict(list)
        for name in names:
            padded = f"^^{name.lower()}$"
            for at in range(2, len(padded)):
                self._next[padded[at - 2 : at]].append(padded[at])

    def draw(self, chance: random.Random) -> str:
        for _ in range(20):
            name = "^^"
            while len(name) < 16 and not name.endswith("$"):
                name += chance.choice(self._next[name[-2:]])
            name = name.strip("^$ '-.")
            if 3 <= len(name) <= 12 and name.isalpha():
                return name.capitalize()
        return "Maro"


class Writer:
    """Writes training texts."""

    def __init__(self, seed: int) -> None:
        from faker import Faker

        self.chance = random.Random(seed)
        self.names = name_lists()
        self.places = place_lists()
        self.words = {line[1 : line.index("]")]: line[line.index("]") + 2 :].split("|") for line in (HERE / "words.txt").read_text("utf-8").splitlines()}
        self.with_names = _templates("with_names.txt") + _templates("chatter.txt") + _templates("registers.txt")
        self.without = _templates("without_names.txt") + _templates("plain.txt") + _templates("words_in_names.txt")
        self.common = (HERE.parent.parent / "workbench/redact/model/common_words.txt").read_text("utf-8").split()
        places = {word.lower() for names in self.places.values() for name in names for word in re.findall(r"\w+", name)}
        self.common = [word for word in self.common if word not in places]
        self.first_made = Invented([name for first, _ in self.names.values() for name in first if name.isalpha()])
        self.last_made = Invented([name for _, last in self.names.values() for name in last if name.isalpha()])
        self.fakers = {}
        for locale in ("en_US", "en_GB", "en_CA", "en_AU", "de_DE", "fr_FR", "es_ES", "es_MX", "it_IT", "pl_PL", "pt_BR", "nl_NL", "sv_SE",
                       "en_IN", "fi_FI", "no_NO", "da_DK", "cs_CZ", "hr_HR", "hu_HU", "ro_RO", "id_ID", "fil_PH", "de_CH", "en_IE"):  # fmt: skip
            self.fakers[locale] = Faker(locale)
            self.fakers[locale].seed_instance(seed)

    def piece(self) -> Piece:
        """One text: one to four sentences, as somebody might type them."""
        chance = self.chance
        count = chance.choices((1, 2, 3, 4, 6), (50, 24, 13, 8, 5))[0]
        share = chance.choice((0.0, 0.3, 0.6, 0.8, 1.0))
        parts = [self.sentence(self.with_names if chance.random() < share else self.without) for _ in range(count)]
        text, spans = "", []
        joint = chance.choice((" ", " ", " ", "\n", "\n\n", " "))
        for at, part in enumerate(parts):
            if at:
                text += joint
            elif chance.random() < 0.08:
                text += chance.choice(("User: ", "Agent: ", "customer: ", "> ", "- ", "Assistant: ", "[note] ", "Q: ", "A: ", "* ", "12:04 "))
            spans += [(start + len(text), end + len(text), label) for start, end, label in part.spans]
            text += part.text
        return self.typed(Piece(text, spans))

    def sentence(self, templates: list[str]) -> Piece:
        """One template with its choices made and its slots filled."""
        template = _chosen(self.chance.choice(templates), self.chance)
        text, spans, position = "", [], 0
        for match in SLOT.finditer(template):
            text += template[position : match.start()]
            value = self.value(match[1])
            label = LABEL_OF.get(match[1]) or ("SKIP" if match[1] in ("EMAIL", "I") else None)
            if label:
                spans.append((len(text), len(text) + len(value), label))
            text += value
            position = match.end()
        return self.reworded(Piece(text + template[position:], spans))

    def reworded(self, piece: Piece) -> Piece:
        """Now and then some words outside names are other words: a sentence need not make sense to name nobody."""
        chance = self.chance
        rate = chance.choice((0.0, 0.0, 0.0, 0.1, 0.25, 0.6))
        if not rate:
            return piece
        text, spans, position = "", [], 0
        edges = [*piece.spans, (len(piece.text), len(piece.text), "")]
        for start, end, label in edges:
            text += _WORD.sub(lambda match: self._other(match[0]) if chance.random() < rate else match[0], piece.text[position:start])
            if label:
                spans.append((len(text), len(text) + end - start, label))
            text += piece.text[start:end]
            position = end
        return Piece(text, spans)

    def _other(self, word: str) -> str:
        other = self.chance.choice(self.common if self.chance.random() < 0.85 else _INTERJECTIONS)
        return other.capitalize() if word[0].isupper() and word[1:].islower() else other

    def typed(self, piece: Piece) -> Piece:
        """The text as people type: without capitals, in capitals, with slips, without full stops."""
        chance, text, spans = self.chance, piece.text, piece.spans
        style = chance.random()
        if style < 0.22:
            text = "".join(letter.lower() if len(letter.lower()) == 1 else letter for letter in text)
        elif style < 0.26:
            text = "".join(letter.upper() if len(letter.upper()) == 1 else letter for letter in text)
        elif style < 0.29:
            text = re.sub(r"\b[a-z](?=[a-z]{2})", lambda match: match[0].upper(), text)
        elif style < 0.35:
            for start, end, _ in spans:
                low = text[start:end].lower()
                text = text[:start] + low + text[end:] if len(low) == end - start else text
        elif style < 0.38:
            for start, end, label in spans:
                high = text[start:end].upper()
                text = text[:start] + high + text[end:] if len(high) == end - start and label == "PERSON" else text
        if chance.random() < 0.12:
            text = "".join(" " if letter in ".,!?" and not _within(at, spans) else letter for at, letter in enumerate(text))
        if chance.random() < 0.12:
            letters = list(text)
            for _ in range(1 + len(text) // 60):
                at = chance.randrange(1, max(2, len(letters) - 2)) if len(letters) > 4 else 0
                if at and letters[at].isalpha() and letters[at + 1].isalpha() and not _within(at, spans) and not _within(at + 1, spans):
                    letters[at], letters[at + 1] = letters[at + 1], letters[at]
            text = "".join(letters)
        return Piece(text, spans)

    def first(self) -> str:
        return self._name(0)

    def last(self) -> str:
        return self._name(1)

    def _name(self, which: int, locale: str | None = None) -> str:
        chance = self.chance
        if locale is None and chance.random() < 0.15:
            return (self.first_made, self.last_made)[which].draw(chance)
        if locale is None:
            locale = chance.choice(ENGLISH) if chance.random() < 0.35 else "own" if chance.random() < 0.3 else chance.choice(sorted(self.names))
        names = self.names.get(locale, self.names["en_US"])[which]
        return chance.choice(names)

    def person(self) -> str:
        """A name, mostly first and last, in the many ways names are written."""
        chance = self.chance
        locale = None if chance.random() < 0.3 else chance.choice(ENGLISH) if chance.random() < 0.45 else chance.choice(sorted(self.names))
        first, last = self._name(0, locale), self._name(1, locale)
        form = chance.random()
        if form < 0.72:
            return f"{first} {last}"
        if form < 0.77:
            return f"{first} {chance.choice('ABCDEFGHJKLMNPRSTW')}. {last}"
        if form < 0.80:
            return f"{first} {self._name(0, locale)} {last}"
        if form < 0.83:
            return f"{first} {last}-{self._name(1, locale)}"
        if form < 0.85:
            return f"{first} {last} {self._name(1, locale)}"
        if form < 0.88:
            return f"{first[0]}. {last}"
        if form < 0.90:
            return f"{first} {last}{chance.choice((' Jr.', ' III', ' Sr.', ', Jr.', ' II'))}"
        if form < 0.93:
            return first
        if form < 0.95:
            return f"{first} {last[0]}."
        return f"{first} {chance.choice(('van', 'de', 'von', 'da', 'del', 'Al', 'El', 'bin', 'O’', 'Mc', 'Mac', 'St.', 'ten', 'zu', 'di'))}" + (
            f" {last}" if chance.random() < 0.8 else f"{last}"
        )

    def city(self) -> str:
        draw = self.chance.random()
        if draw < 0.55:
            return self.chance.choice(self.places["known"])
        if draw < 0.75:
            return self.chance.choice(self.places["us"]).split(",")[0]
        if draw < 0.92:
            return self.chance.choice(self.places["world"])
        return self.fakers[self.chance.choice(sorted(self.fakers))].city()

    def city_state(self) -> str:
        chance = self.chance
        name = chance.choice(self.places["us"]) if chance.random() < 0.6 else f"{self.city()}, {chance.choice(self.places['code'])}"
        draw = chance.random()
        if draw < 0.2:
            return name.replace(", ", " ")
        if draw < 0.4:
            return f"{name.split(',')[0]}, {chance.choice(self.places['state'] + self.places['country'])}"
        return name

    def street(self) -> str:
        chance = self.chance
        suffix = chance.choice(("Street", "St", "St.", "Avenue", "Ave", "Ave.", "Road", "Rd", "Boulevard", "Blvd", "Drive", "Dr", "Lane", "Ln", "Court", "Ct",
                                "Place", "Pl", "Way", "Terrace", "Circle", "Trail", "Parkway", "Pkwy", "Highway", "Square", "Loop", "Crescent", "Close",
                                "Gardens", "Grove", "Row", "Mews", "Walk", "Heights", "Ridge", "Crossing", "Plaza", "Run", "Path", "Bend", "Hill"))  # fmt: skip
        base = chance.choice(("Main", "Oak", "Maple", "Cedar", "Park", "Pine", "Elm", "Washington", "Lake", "Hill", "Walnut", "Spring", "North", "Ridge", "Church",
                              "Willow", "Mill", "Sunset", "Railroad", "Jackson", "River", "Highland", "Forest", "High", "Station", "Victoria", "Market",
                              "1st", "2nd", "3rd", "5th", "12th", "42nd", "Martin Luther King", "Old Mill", "Rose", "Meadow", "Birch", "Cherry", "Broad"))  # fmt: skip
        if chance.random() < 0.5:
            base = chance.choice((self.last(), self.first(), self.city()))
        if chance.random() < 0.1:
            return chance.choice(("Broadway", f"Calle {base}", f"Rue {base}", f"{base}straße", f"{base}strasse {chance.randint(1, 200)}", f"{base} {suffix} {chance.choice('NSEW')}",
                                  f"Via {base}", f"Avenida {base}", f"Highway {chance.randint(1, 400)}", f"{base}weg", f"{base}gatan", f"County Road {chance.randint(1, 900)}"))  # fmt: skip
        return f"{chance.choice(('', '', '', '', 'N ', 'S. ', 'West ', 'E. ', 'Old ', 'North '))}{base} {suffix}"

    def address(self) -> str:
        """A postal address, with more or less of what belongs to one."""
        chance = self.chance
        if chance.random() < 0.3:
            address = self.fakers[chance.choice(sorted(self.fakers))].address()
            return address if chance.random() < 0.5 else address.replace("\n", chance.choice((", ", " ", "\n,", ",\n", "\n ")))
        number = str(chance.choice((chance.randint(1, 99), chance.randint(100, 999), chance.randint(1000, 19999)))) + chance.choice(("",) * 9 + ("B", "a", "-2", "/4"))
        unit = ""
        if chance.random() < 0.4:
            unit = chance.choice(("Apt ", "Apt. ", "Apartment ", "Unit ", "Suite ", "Ste ", "#", "Flat ", "apt #", "Floor ", "Room ", "Bldg ")) + chance.choice(
                (str(chance.randint(1, 999)), f"{chance.randint(1, 30)}{chance.choice('ABCDEF')}", chance.choice("ABCDEF")))
        joint = chance.choice((", ", ", ", " ", "\n", ",\n", " , "))
        where = chance.choice(self.places["us"]) if chance.random() < 0.5 else f"{self.city()}{chance.choice((', ', ' '))}{chance.choice(self.places['code'] + self.places['state'])}"
        postcode = chance.choice((f"{chance.randint(501, 99950):05d}", f"{chance.randint(501, 99950):05d}", f"{chance.randint(501, 99950):05d}-{chance.randint(0, 9999):04d}", self.fakers["en_GB"].postcode(), self.fakers["en_CA"].postcode()))
        street = self.street()
        line = chance.choice((f"{number} {street}", f"{number} {street}", f"{number} {street}", f"{number}, {street}", f"{street} {number}", f"{unit or 'Flat 2'}, {number} {street}", f"PO Box {chance.randint(1, 9999)}"))
        if unit and unit not in line:
            line += chance.choice((", ", " ", "\n")) + unit
        draw = chance.random()
        if draw < 0.25:
            return line
        if draw < 0.35:
            return f"{line}{joint}{self.city()}"
        tail = f"{where} {postcode}" if draw < 0.75 else f"{self.city()}{joint}{postcode}" if draw < 0.85 else f"{postcode} {self.city()}"
        if chance.random() < 0.2:
            tail += joint + chance.choice(self.places["country"])
        return f"{line}{joint}{tail}"

    def organisation(self) -> str:
        chance = self.chance
        last, city = self.last(), self.city()
        noun = chance.choice(("Systems", "Logistics", "Foods", "Media", "Analytics", "Pharma", "Energy", "Motors", "Capital", "Robotics", "Health", "Textiles", "Software",
                              "Realty", "Insurance", "Consulting", "Brewing", "Airlines", "Labs", "Electric", "Plumbing", "Dental", "Properties", "Financial"))  # fmt: skip
        made = self.last_made.draw(chance)
        return chance.choice((
            f"{last} & {self.last()}", f"{last} {noun}", f"{made} {noun}", f"{last}, {self.last()} and {self.last()}", f"{last} {chance.choice(('Inc', 'Inc.', 'LLC', 'Ltd', 'PLC', 'Group', 'Corp', 'GmbH', 'and Sons'))}",
            f"{made}{chance.choice(('ify', 'ly', 'soft', 'tech', 'Works', ' AI', 'Hub', '.io', 'ware', 'Co'))}", f"Bank of {city}", f"{city} {noun}", f"{last}-{self.last()}",
            f"{last} {noun} {chance.choice(('Inc', 'LLC', 'Ltd.', 'Group'))}", f"First {city} Credit Union", f"{city} City Council", self.fakers[chance.choice(sorted(self.fakers))].company(),
            self.value("SCHOOL"), self.value("HOSP"), f"{last} Law Firm", f"{last} Law Group LLP", f"{city} Department of Health", f"{noun} {chance.choice(('Partners', 'Group', 'Solutions'))}",
        ))  # fmt: skip

    def value(self, slot: str) -> str:
        """What stands in a slot."""
        chance = self.chance
        if slot in self.words:
            return chance.choice(self.words[slot])
        number = chance.randint
        match slot:
            case "P":
                return self.person()
            case "PF":
                return self.first()
            case "PL":
                return self.last()
            case "C":
                return self.city()
            case "CT":
                return chance.choice(self.places["country"])
            case "ST":
                return chance.choice(self.places["state"])
            case "CS":
                return self.city_state()
            case "A":
                return self.address()
            case "AS":
                return self.street()
            case "O":
                return self.organisation()
            case "SCHOOL":
                return chance.choice((f"University of {self.city()}", f"{self.last()} University", f"{self.city()} State University", f"{self.last()} High School",
                                      f"{self.city()} Community College", f"{self.last()} College", f"St. {self.first()}'s School", f"{self.last()} Elementary"))  # fmt: skip
            case "HOSP":
                return chance.choice((f"St. {self.first()} Hospital", f"{self.city()} General Hospital", f"{self.last()} Medical Center", f"{self.city()} Memorial", f"{self.last()} Clinic"))
            case "ZIP":
                us = f"{number(501, 99950):05d}"
                return chance.choice((us, us, us, f"{us}-{number(0, 9999):04d}", self.fakers["en_GB"].postcode(), self.fakers["en_CA"].postcode()))
            case "I":
                return chance.choice("ABCDEFGHJKLMNPRSTW")
            case "NUM":
                return str(chance.choice((number(1, 9), number(10, 99), number(100, 9999), number(10000, 9999999))))
            case "AMT":
                return chance.choice(("${}", "${}.99", "{} dollars", "€{}", "£{}", "{} EUR", "USD {}", "${},500", "{} bucks", "Rs {}")).format(number(2, 2500))
            case "TIME":
                return chance.choice((f"{number(1, 12)}:{number(0, 59):02d} {chance.choice(('AM', 'PM', 'am', 'pm'))}", f"{number(0, 23):02d}:{number(0, 59):02d}", f"{number(1, 12)}{chance.choice(('am', 'pm', ' AM', ' p.m.'))}", "noon"))
            case "DATE":
                return self.date()
            case "FLIGHT":
                return chance.choice(("HAT{}", "UA{}", "AA {}", "BA{}", "DL {}", "LH{}", "#{}", "EK {}", "WN{}")).format(number(10, 2999))
            case "CODE":
                return "".join(chance.choice("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789") for _ in range(number(5, 8)))
            case "PHONE":
                return chance.choice((f"({number(200, 989)}) {number(200, 989)}-{number(0, 9999):04d}", f"{number(200, 989)}-{number(200, 989)}-{number(0, 9999):04d}", f"+{number(1, 99)} {number(100, 999)} {number(100000, 9999999)}", f"0{number(7000000000, 7999999999)}"))
            case "EMAIL":
                return f"{self.first().lower().replace(' ', '')}{chance.choice(('.', '_', '', '-'))}{self.last().lower().replace(' ', '')}{chance.choice(('', str(number(1, 999))))}@{chance.choice(('gmail.com', 'example.com', 'outlook.com', 'corp.io', 'mail.co.uk'))}"
        raise ValueError(f"no such slot: {slot}")

    def date(self) -> str:
        chance = self.chance
        year, month, day = chance.randint(1940, 2026), chance.randint(1, 12), chance.randint(1, 28)
        name = self.words["MONTH"][month - 1]
        return chance.choice((f"{year}-{month:02d}-{day:02d}", f"{month}/{day}/{year}", f"{day:02d}.{month:02d}.{year}", f"{name} {day}", f"{name} {day}, {year}", f"{day} {name} {year}",
                              f"{name[:3]} {day}", f"{name} {day}{'th' if 3 < day < 21 else 'st' if day % 10 == 1 else 'nd' if day % 10 == 2 else 'rd' if day % 10 == 3 else 'th'}", f"the {day}th", f"{month}/{day}", f"{name} {year}"))  # fmt: skip


def _templates(name: str) -> list[str]:
    lines = (HERE / name).read_text("utf-8").splitlines()
    return [line.replace("\\n", "\n").replace("\\t", "\t") for line in lines if line.strip() and not line.startswith("# ")]


_WORD = re.compile(r"\b[A-Za-z][a-z]{2,}\b")
_INTERJECTIONS = """oh ah haha hahaha lol lmao ugh omg hmm yikes wow yay nah yup yeah dude bro guys folks mate boo phew aww jeez dang damn gosh huh meh
whoa oops ouch argh ahhh grr yep kinda gonna wanna gotta cuz coz tho thx pls plz dont cant wont im ive didnt doesnt isnt its thats whats youre theyre hes
shes id wasnt couldnt shouldnt wouldnt havent hasnt arent werent lets til ppl rn tmrw tonite flt msg acct info pics vm asap fyi np ty idk tbh imo smh""".split()
_CHOICE = re.compile(r"\{([^{}]*)\}")


def _chosen(template: str, chance: random.Random) -> str:
    """The template with every {a|b} decided, inner ones first; {{ and \\{ stay out of templates."""
    template = template.replace("\\{", "\0")
    while (match := _CHOICE.search(template)) is not None:
        template = template[: match.start()] + chance.choice(match[1].split("|")) + template[match.end() :]
    return template.replace("\0", "{")


def _within(at: int, spans: list[tuple[int, int, str]]) -> bool:
    return any(start <= at < end for start, end, _ in spans)
