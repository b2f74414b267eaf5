"""What stands in the slots of a template: people, places, addresses, organisations, and what only looks like them."""

import gzip
import random
import re

from benchmarks.tagger_text.forms import further
from benchmarks.tagger_text.lists import ENGLISH, HERE, Invented, name_lists, place_lists

THINGS = (
    "PROD",
    "FOOD",
    "BREED",
    "PLANT",
    "SOFT",
    "GAME",
    "DRUG",
    "CAR",
    "EPONYM",
    "EPONYM",
    "EPONYM",
    "RARE",
    "NATURE",
    "IDIOM",
    "LANG",
    "NAT",
    "MONTH",
    "AIRPORT",
)
LOCALES = """
    en_US en_GB en_CA en_AU de_DE fr_FR es_ES es_MX it_IT pl_PL pt_BR nl_NL sv_SE en_IN fi_FI no_NO da_DK cs_CZ hr_HR
    hu_HU ro_RO id_ID fil_PH de_CH en_IE""".split()
PARTICLES = ("van", "de", "von", "da", "del", "Al", "El", "bin", "O’", "Mc", "Mac", "St.", "ten", "zu", "di")
MODEL = HERE.parent.parent / "workbench/redact/model"
_ENDING = re.compile(r"(?:ing|ed|ness|tion|ible|able|ous|ment|less|ism|i[sz]e|ly|ical|ship|hood|ful|ity|er)$")
SLOT = re.compile(r"\[([A-Z]+)(\d*)\]")
_CHOICE = re.compile(r"\{([^{}]*)\}")


def templates(name: str) -> list[str]:
    """The templates of a file, without its comments."""
    lines = (HERE / name).read_text("utf-8").splitlines()
    return [
        line.replace("\\n", "\n").replace("\\t", "\t") for line in lines if line.strip() and not line.startswith("# ")
    ]


def chosen(template: str, chance: random.Random) -> str:
    """The template with every {a|b} decided, inner ones first; braces to keep are written with a backslash."""
    template = template.replace("\\{", "\0").replace("\\}", "\1")
    while (match := _CHOICE.search(template)) is not None:
        template = template[: match.start()] + chance.choice(match[1].split("|")) + template[match.end() :]
    return template.replace("\0", "{").replace("\1", "}")


class Values:
    """Draws values from one seeded generator."""

    def __init__(self, seed: int) -> None:
        from faker import Faker

        self.chance = random.Random(seed)
        self.names = name_lists()
        self.places = place_lists()
        places = {word.lower() for names in self.places.values() for name in names for word in re.findall(r"\w+", name)}
        people = {name.lower() for names in self.names.values() for listed in names for name in listed}
        self.common = [word for word in (MODEL / "common_words.txt").read_text("utf-8").split() if word not in places]
        pieces = gzip.decompress((MODEL / "vocabulary.txt.gz").read_bytes()).decode("utf-8").split("\n")
        stems = {form for word in self.common for form in (word, word.removesuffix("e"), word + word[-1])}
        self.rare = [
            word
            for word in pieces
            if word.isalpha() and word not in people and word not in places and _ENDING.sub("", word) in stems - {word}
        ]
        self.words: dict[str, list[str]] = {}
        for file in ("words.txt", "more_words.txt"):
            for line in (HERE / file).read_text("utf-8").splitlines():
                slot, _, values = line.partition("] ")
                self.words[slot[1:]] = [*self.words.get(slot[1:], []), *values.split("|")]
        self.addresses = templates("addresses.txt")
        self.organisations = templates("organisations.txt")
        first = [name for names, _ in self.names.values() for name in names if name.isalpha()]
        last = [name for _, names in self.names.values() for name in names if name.isalpha()]
        self.made = (Invented(first), Invented(last))
        self.fakers = {locale: Faker(locale) for locale in LOCALES}
        for faker in self.fakers.values():
            faker.seed_instance(seed)
        self.drawn = further(self) | {
            "P": self.person,
            "PF": self.first,
            "PL": self.last,
            "C": self.city,
            "CS": self.city_state,
            "A": self.address,
            "AS": self.street,
            "O": self.organisation,
            "DATE": self.date,
            "TIME": self.time,
            "EMAIL": self.email,
            "PHONE": self.phone,
            "UNIT": self.unit,
            "AMT": self.amount,
            "FLIGHT": self.flight,
            "CT": lambda: self.chance.choice(self.places["country"]),
            "ST": lambda: self.chance.choice(self.places["state"]),
            "TOWN": lambda: self.chance.choice(self.places["us"]),
            "UK": lambda: self.fakers["en_GB"].postcode(),
            "CA": lambda: self.fakers["en_CA"].postcode(),
            "THING": lambda: self.value(self.chance.choice(THINGS)),
            "MADE": lambda: self.made[1].draw(self.chance),
            "COMPANY": lambda: self._faker().company(),
            "I": lambda: self.chance.choice("ABCDEFGHJKLMNPRSTW"),
            "ZIP": lambda: self.filled("{[US5]|[US5]|[US5]|[US9]|[UK]|[CA]}"),
            "NUM": lambda: str(self.chance.randint(1, self.chance.choice((9, 99, 9999, 9999999)))),
            "SCHOOL": lambda: self.filled(
                "{University of [C]|[PL] University|[C] State University|[PL] High School|[C] Community College"
                "|[PL] College"
                "|St. [PF]'s School|[PL] Elementary}"
            ),
            "HOSP": lambda: self.filled(
                "{St. [PF] Hospital|[C] General Hospital|[PL] Medical Center|[C] Memorial|[PL] Clinic}"
            ),
        }

    def value(self, slot: str, size: str = "") -> str:
        """What stands in a slot; ``[N40]`` is a number up to 40, ``[US5]`` a ZIP, ``[CODE2]`` a state's letters."""
        if slot in self.words:
            return self.chance.choice(self.words[slot])
        if slot == "N":
            return str(self.chance.randint(1, int(size)))
        if slot == "D":
            return str(self.chance.randint(100000, 899999))
        if slot == "US":
            return f"{self.chance.randint(501, 99950):05d}" + (
                f"-{self.chance.randint(0, 9999):04d}" if size == "9" else ""
            )
        if slot == "CODE" and size:
            return self.chance.choice(self.places["code"])
        if slot == "CODE":
            return "".join(
                self.chance.choice("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789") for _ in range(self.chance.randint(5, 8))
            )
        return self.drawn[slot]()

    def filled(self, template: str) -> str:
        """A template as one value, its slots filled."""
        return SLOT.sub(lambda match: self.value(match[1], match[2]), chosen(template, self.chance))

    def first(self) -> str:
        """A first name."""
        return self._name(0)

    def last(self) -> str:
        """A last name."""
        return self._name(1)

    def _name(self, which: int, locale: str | None = None) -> str:
        chance = self.chance
        if locale is None and chance.random() < 0.15:
            return self.made[which].draw(chance)
        if locale is None:
            draw = chance.random()
            locale = (
                chance.choice(ENGLISH) if draw < 0.35 else "own" if draw < 0.55 else chance.choice(sorted(self.names))
            )
        return chance.choice(self.names.get(locale, self.names["en_US"])[which])

    def _faker(self):
        return self.fakers[self.chance.choice(LOCALES)]

    def person(self) -> str:
        """A name, mostly first and last, in the many ways names are written."""
        chance = self.chance
        draw = chance.random()
        locale = None if draw < 0.3 else chance.choice(ENGLISH) if draw < 0.6 else chance.choice(sorted(self.names))
        first, last = self._name(0, locale), self._name(1, locale)
        form = chance.random()
        initial = chance.choice("ABCDEFGHJKLMNPRSTW")
        forms = (
            (0.72, lambda: f"{first} {last}"),
            (0.77, lambda: f"{first} {initial}. {last}"),
            (0.80, lambda: f"{first} {self._name(0, locale)} {last}"),
            (0.83, lambda: f"{first} {last}-{self._name(1, locale)}"),
            (0.85, lambda: f"{first} {last} {self._name(1, locale)}"),
            (0.88, lambda: f"{first[0]}. {last}"),
            (0.90, lambda: f"{first} {last}{chance.choice((' Jr.', ' III', ' Sr.', ', Jr.', ' II'))}"),
            (0.93, lambda: first),
            (0.95, lambda: f"{first} {last[0]}."),
            (1.00, lambda: f"{first} {chance.choice(PARTICLES)}{'' if chance.random() < 0.2 else ' '}{last}"),
        )
        return next(write() for limit, write in forms if form <= limit)

    def city(self) -> str:
        """A town: mostly one that everybody knows."""
        draw = self.chance.random()
        if draw < 0.55:
            return self.chance.choice(self.places["known"])
        if draw < 0.75:
            return self.chance.choice(self.places["us"]).split(",")[0]
        if draw < 0.92:
            return self.chance.choice(self.places["world"])
        return self._faker().city()

    def city_state(self) -> str:
        """A town with its state or country."""
        chance = self.chance
        name = (
            chance.choice(self.places["us"])
            if chance.random() < 0.6
            else f"{self.city()}, {chance.choice(self.places['code'])}"
        )
        draw = chance.random()
        if draw < 0.2:
            return name.replace(", ", " ")
        if draw < 0.4:
            return f"{name.split(',')[0]}, {chance.choice(self.places['state'] + self.places['country'])}"
        return name

    def street(self) -> str:
        """A street by itself."""
        chance = self.chance
        base = (
            chance.choice((self.last(), self.first(), self.city()))
            if chance.random() < 0.5
            else self.value("STREETNAME")
        )
        if chance.random() < 0.1:
            shapes = (
                "{Broadway|Calle []|Rue []|[]straße|[]strasse|[] [STREETWORD] {N|S|E|W}|Via []|Avenida []"
                "|Highway [N400]|[]weg|[]gatan|County Road [N900]}"
            )
            return self.filled(shapes).replace("[]", base)
        wing = chance.choice(("", "", "", "", "N ", "S. ", "West ", "E. ", "Old ", "North "))
        return f"{wing}{base} {self.value('STREETWORD')}"

    def unit(self) -> str:
        """A flat within a house."""
        return self.filled(
            "{Apt |Apt. |Apartment |Unit |Suite |Ste |#|Flat |apt #|Floor |Room |Bldg }{[N999]|[N30]{A|B|C|D}|{A|B|C"
            "|D}}"
        )

    def address(self) -> str:
        """A postal address, with more or less of what belongs to one."""
        chance = self.chance
        if chance.random() < 0.25:
            address = self._faker().address()
            return (
                address
                if chance.random() < 0.5
                else address.replace("\n", chance.choice((", ", " ", "\n,", ",\n", "\n ")))
            )
        return self.filled(chance.choice(self.addresses)).strip(", \n")

    def organisation(self) -> str:
        """A company, school, hospital or office."""
        return self.filled(self.chance.choice(self.organisations))

    def amount(self) -> str:
        """A sum of money."""
        forms = ("${}", "${}.99", "{} dollars", "€{}", "£{}", "{} EUR", "USD {}", "${},500", "{} bucks", "Rs {}")
        return self.chance.choice(forms).format(self.chance.randint(2, 2500))

    def flight(self) -> str:
        """A flight number."""
        forms = ("HAT{}", "UA{}", "AA {}", "BA{}", "DL {}", "LH{}", "#{}", "EK {}", "WN{}")
        return self.chance.choice(forms).format(self.chance.randint(10, 2999))

    def time(self) -> str:
        """A time of day."""
        minute = f"{self.chance.randint(0, 59):02d}"
        return self.filled(f"{{[N12]:{minute} {{AM|PM|am|pm}}|[N23]:{minute}|[N12]{{am|pm| AM| p.m.}}|noon}}")

    def phone(self) -> str:
        """A phone number."""
        area, line = (
            self.chance.randint(200, 989),
            f"{self.chance.randint(200, 989)}-{self.chance.randint(0, 9999):04d}",
        )
        return self.filled(
            f"{{({area}) {line}|{area}-{line}|+[N99] {area} [D6]|0{self.chance.randint(7000000000, 7999999999)}}}"
        )

    def email(self) -> str:
        """An e-mail address made of a name."""
        name = f"{self.first()}{self.chance.choice(('.', '_', '', '-'))}{self.last()}".lower().replace(" ", "")
        host = self.chance.choice(("gmail.com", "example.com", "outlook.com", "corp.io", "mail.co.uk"))
        return f"{name}{self.chance.choice(('', str(self.chance.randint(1, 999))))}@{host}"

    def date(self) -> str:
        """A date in one of its usual spellings."""
        chance = self.chance
        year, month, day = chance.randint(1940, 2026), chance.randint(1, 12), chance.randint(1, 28)
        name = self.words["MONTH"][month - 1]
        ending = "th" if 3 < day < 21 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
        spellings = (
            f"{year}-{month:02d}-{day:02d}",
            f"{month}/{day}/{year}",
            f"{day:02d}.{month:02d}.{year}",
            f"{name} {day}",
            f"{name} {day}, {year}",
            f"{day} {name} {year}",
            f"{name[:3]} {day}",
            f"{name} {day}{ending}",
            f"the {day}{ending}",
            f"{month}/{day}",
            f"{name} {year}",
        )
        return chance.choice(spellings)
