"""Invented customers, and the marks that carry their personal values through to the ground truth.

Every value is outside what anybody can own: example.com/.org/.net addresses, telephone numbers that regulators keep
for drama, published test cards, invented streets and document numbers.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from sample_data.wording import pick, weighted

NAMES = {
    "en": (
        "Laura Tom Grace Oliver Priya Kwame Megan Dylan Aisha Callum Hannah Marcus Joy Ethan Nadia Patrick Ruth Samir "
        "Bethany Wei Imogen Darnell Fiona Arjun Leila Craig Tamsin Jerome Chloe Angus Zainab Russell Mei Declan",
        "Whitfield Okafor Brennan Patel Lindqvist Mensah Carver Doyle Hartley Nguyen Pemberton Sharma Locke Abbott "
        "Farouk Wexler Quigley Barlow Chowdhury Stanton Ferris Oyelaran Tran Holloway Beckett Rahman Prescott Sloane "
        "Adeyemi Thorne Kaur Maddox",
    ),
    "es": (
        "Lucía Javier Marta Álvaro Inés Diego Pilar Andrés Rocío Mateo",
        "Ferrández Quintero Olmedo Salazar Ibarra Montes Vidal Robles Carreño",
    ),
    "de": (
        "Jonas Katrin Uwe Annika Matthias Heike Lukas Sabine Torsten Elif",
        "Brückner Lohmann Petersen Vogt Yıldız Reinhardt Scholl Kessler Auerbach",
    ),
    "fr": (
        "Camille Étienne Sophie Mathieu Amélie Karim Juliette Benoît Noémie",
        "Lefèvre Garnier Benali Rousseau Marchand Delattre Chevalier Fontaine",
    ),
    "pt": ("Beatriz Tiago Inês Rafael Joana Caetano Letícia Nuno", "Carvalho Teixeira Pacheco Nogueira Amaral Falcão"),
    "ja": ("Haruka Kenji Yuki Naoko Takumi", "Shimizu Morita Okabe Hayasaka Fujino"),
}
CITIES = {
    "en": ["Leeds", "Bristol", "Norwich", "Boston", "Denver", "Portland", "Cork", "Swansea", "Columbus", "Raleigh"],
    "es": ["Sevilla", "Bilbao", "Zaragoza", "Valencia"],
    "de": ["Kassel", "Leipzig", "Freiburg", "Bremen"],
    "fr": ["Nantes", "Rennes", "Grenoble", "Lille"],
    "pt": ["Braga", "Coimbra", "Faro"],
    "ja": ["Sendai", "Kobe"],
}
STREETS = {
    "en": [
        "{n} Larkspur Hollow Road",
        "{n} Tanglewick Lane",
        "Flat {m}, {n} Quillfeather Street",
        "{n} Old Cooperage Way",
        "{n} Marrowby Close",
        "Apt {m}B, {n} Saltmarsh Avenue",
        "{n} Windlestone Court",
        "{n} Brackenthwaite Rd",
        "{n} E Juniper Kiln St",
        "Unit {m}, {n} Pebblecroft Drive",
        "{n} Thistledown Terrace",
    ],
    "es": ["Calle del Almendro Viejo {n}", "Avenida de los Faroles {n}, {m}º B", "Plaza Molino Quieto {n}"],
    "de": ["Amselgrundweg {n}", "Lindenhofer Straße {n}", "Am Mühlenwinkel {n}", "Kupferberggasse {n}"],
    "fr": ["{n} rue des Trois Moulins Bleus", "{n} bis allée du Vieux Pressoir", "{n} impasse des Hirondelles"],
    "pt": ["Rua da Oliveira Torta {n}", "Travessa do Moinho Novo {n}, {m}.º"],
    "ja": ["{n}-{m} Midorigaoka-cho", "{n}-{m} Sakuragi Minami"],
}
# Card numbers that payment providers publish for testing; all pass the Luhn check.
CARDS = [
    "4111111111111111",
    "4242424242424242",
    "4012888888881881",
    "5555555555554444",
    "5105105105105100",
    "2223003122003222",
    "378282246310005",
    "371449635398431",
    "6011111111111117",
    "4000056655665556",
    "5200828282828210",
    "4000002760003184",
]
HOSTS = ["example.com", "example.org", "example.net"]
COMPANIES = ["Harrowgate Fixtures Ltd", "Blue Lantern Studios", "Ostrava & Pike LLP", "Nordlicht Werkzeug GmbH"]
SAFE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"


def mark(kind: str, value: str) -> str:
    """A personal value with its type, between private-use characters."""
    return f"\ue000{kind}\ue001{value}\ue002"


def take_marks(value: Any, path: str = "$") -> tuple[Any, list[dict[str, Any]]]:
    """The record without marks, and one row of ground truth per marked value."""
    if isinstance(value, str):
        clean, found = "", []
        for part in value.split("\ue000"):
            head, mark_end, rest = part.partition("\ue002")
            if mark_end:
                kind, _, inner = head.partition("\ue001")
                found.append({"path": path, "start": len(clean), "end": len(clean) + len(inner), "value": inner})
                found[-1]["type"] = kind
                clean += inner + rest
            else:
                clean += part
        return clean, found
    if isinstance(value, dict):
        pairs = [(key, *take_marks(item, f"{path}.{key}")) for key, item in value.items()]
        return {key: item for key, item, _ in pairs}, [row for _, _, rows in pairs for row in rows]
    if isinstance(value, list):
        items = [take_marks(item, f"{path}[{i}]") for i, item in enumerate(value)]
        return [item for item, _ in items], [row for _, rows in items for row in rows]
    return value, []


@dataclass(frozen=True)
class Person:
    """One invented customer."""

    user_id: str
    language: str
    first: str
    last: str
    email: str
    phone: str
    street: str
    city: str
    postcode: str
    card: str
    born: date
    passport: str
    account: str
    currency: str

    @property
    def name(self) -> str:
        """First and last name, as on the ticket."""
        return f"{self.first} {self.last}"


def plain(text: str) -> str:
    """Letters an e-mail address can hold."""
    swaps = str.maketrans("áàâãäçéèêëíìîïıñóòôõöúùûüÁÉÍÓÚ", "aaaaaceeeeiiiiinooooouuuuAEIOU")
    return text.translate(swaps).replace("ß", "ss").lower().replace(" ", "")


def phone(rng: Random, language: str) -> str:
    """A number from a range kept free for drama (555-01xx, Ofcom, Arcep, Bundesnetzagentur)."""
    n3, n4 = int(rng.random() * 1000), int(rng.random() * 10000)
    if language == "de":
        return f"030 23125 {n3:03d}"
    if language == "fr":
        return f"06 39 98 {n4 // 100:02d} {n4 % 100:02d}"
    area = pick(rng, ["303", "617", "614", "919", "503", "206"])
    us = [f"({area}) 555-01{n3 % 100:02d}", f"{area}-555-01{n3 % 100:02d}", f"+1 {area} 555 01{n3 % 100:02d}"]
    uk = [f"07700 900{n3:03d}", f"+44 7700 900{n3:03d}", f"020 7946 0{n3:03d}", f"0117 496 0{n3:03d}"]
    return str(pick(rng, us + uk))


def make_person(rng: Random, number: int, language: str) -> Person:
    """The ``number``-th customer."""
    firsts, lasts = (names.split() for names in NAMES[language])
    first, last = str(pick(rng, firsts)), str(pick(rng, lasts))
    year = 1946 + int(rng.random() * 58)
    handle = pick(
        rng,
        [
            f"{plain(first)}.{plain(last)}",
            f"{plain(first)[0]}{plain(last)}",
            f"{plain(last)}{year % 100:02d}",
            f"{plain(first)}_{plain(last)}{int(rng.random() * 90 + 10)}",
            f"{plain(first)}{int(rng.random() * 900 + 100)}",
        ],
    )
    city = str(pick(rng, CITIES[language]))
    american = city in {"Boston", "Denver", "Portland", "Columbus", "Raleigh"}
    n = int(rng.random() * 100000)
    codes = {
        "en": f"{n:05d}" if american else f"ZZ{n % 90 + 10} {n % 9 + 1}QX",
        "pt": f"{n % 9000 + 1000}-{n % 900 + 100}",
        "ja": f"{n % 900 + 100}-{n % 9000 + 1000}",
    }
    return Person(
        user_id=f"cust-{40000 + number * 7 + int(rng.random() * 7)}",
        language=language,
        first=first,
        last=last,
        email=f"{handle}@{pick(rng, HOSTS)}",
        phone=phone(rng, language),
        street=str(pick(rng, STREETS[language])).format(n=1 + int(rng.random() * 180), m=1 + int(rng.random() * 9)),
        city=city,
        postcode=codes.get(language, f"{n:05d}"),
        card=str(pick(rng, CARDS)),
        born=date(year, 1, 1) + timedelta(days=int(rng.random() * 365)),
        passport=f"X{pick(rng, list(SAFE_LETTERS))}{int(rng.random() * 9e6 + 1e6)}",
        account=f"WF{int(rng.random() * 9e7 + 1e7)}",
        currency="$" if american else ("£" if language == "en" and city != "Cork" else "€"),
    )


def crowd(rng: Random, size: int) -> list[Person]:
    """The customers of five weeks, about one in eight of them not writing in English."""
    shares = {"en": 91, "es": 3, "de": 2.5, "fr": 2, "pt": 1, "ja": 1.2}
    return [make_person(rng, number, str(weighted(rng, shares))) for number in range(size)]
