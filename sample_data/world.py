"""What a conversation is about: places, flights, rooms, gear, sums of money, dates; all of it invented but airports.

Facts come from two streams of chance: ``trip`` (where to, what, how much) and ``own`` (who, which reference, which
day). Near-duplicates share the first and differ in the second, as people with the same problem do.
"""

from datetime import datetime, timedelta
from random import Random

from sample_data.people import COMPANIES, SAFE_LETTERS, Person, mark
from sample_data.wording import pick

EUROPE = {
    "Lisbon": "LIS", "Porto": "OPO", "Madrid": "MAD", "Málaga": "AGP", "Palma": "PMI", "Paris": "CDG", "Nice": "NCE",
    "London": "LHR", "Manchester": "MAN", "Edinburgh": "EDI", "Dublin": "DUB", "Amsterdam": "AMS", "Berlin": "BER",
    "Munich": "MUC", "Hamburg": "HAM", "Vienna": "VIE", "Zurich": "ZRH", "Rome": "FCO", "Naples": "NAP",
    "Athens": "ATH", "Copenhagen": "CPH", "Oslo": "OSL", "Stockholm": "ARN", "Prague": "PRG", "Kraków": "KRK",
    "Istanbul": "IST", "Marrakesh": "RAK", "Tenerife": "TFS",
}  # fmt: skip
AMERICA = {
    "New York": "JFK", "Boston": "BOS", "Chicago": "ORD", "Denver": "DEN", "Seattle": "SEA", "Austin": "AUS",
    "Miami": "MIA", "Toronto": "YYZ", "Mexico City": "MEX", "San Francisco": "SFO",
}  # fmt: skip
FAR = {"Tokyo": "HND", "Bangkok": "BKK", "Singapore": "SIN", "Cape Town": "CPT", "Dubai": "DXB"}
AIRPORTS = EUROPE | AMERICA | FAR
AIRLINES = {"Norvia": "NV", "Halcyon Air": "HY", "Aerolusa": "AQ", "Pacifica": "PF", "Skylark": "SJ", "Borealis": "BZ"}
HOTELS = [
    "Hotel Miramar", "The Copper Kettle", "Casa Azulejo", "Hotel Nordstern", "The Old Granary", "Villa Serena",
    "Pension Amsel", "Hotel Belvoir", "The Harbour House", "Riad Jasmin", "Hotel Tres Palmas", "The Lamplighter",
    "Gasthof Rosengarten", "Hotel Meridian Park", "The Wren", "Palazzo Fiore", "Hotel Cardinal", "Aparthotel Lumen",
]  # fmt: skip
LUGGAGE = {
    "Drift 40 backpack": 129, "Drift 28 daypack": 79, "Atlas 67 suitcase": 189, "Atlas cabin case": 149,
    "Tern duffel": 99, "Pilot smart case": 229, "Heron messenger bag": 89, "Cairn 55 trekking pack": 169,
    "Fjord weekender": 119, "Pebble kids' trolley": 69,
}  # fmt: skip
EXTRAS = {
    "Nimbus neck pillow": 34, "Orbit adapter": 29, "Stow packing cubes": 39, "Squall jacket": 109,
    "Ember power bank": 49,
    "Murmur headphones": 139, "Lumo book light": 19, "Dune toiletry bag": 25,
}  # fmt: skip
# What people call a thing when they do not bother with its name.
CALLED = {
    "Drift 40 backpack": "backpack", "Drift 28 daypack": "small backpack", "Atlas 67 suitcase": "suitcase",
    "Atlas cabin case": "cabin case", "Tern duffel": "duffel bag", "Pilot smart case": "case with the battery",
    "Heron messenger bag": "messenger bag", "Cairn 55 trekking pack": "trekking rucksack",
    "Fjord weekender": "weekend bag",
    "Pebble kids' trolley": "kids' trolley", "Nimbus neck pillow": "neck pillow", "Orbit adapter": "adapter",
    "Stow packing cubes": "packing cubes", "Squall jacket": "rain jacket", "Ember power bank": "power bank",
    "Murmur headphones": "headphones", "Lumo book light": "book light", "Dune toiletry bag": "wash bag",
}  # fmt: skip
CARRIERS = ["Parcelo", "SwiftPost", "Overland Express", "Blue Van"]
RELATIVES = ["husband", "wife", "mother", "father", "sister", "brother", "boyfriend", "girlfriend", "aunt", "son"]
NATIONS = ["British", "US", "Irish", "Indian", "Spanish", "Brazilian", "Turkish"]
AGENTS = ["", "", "bot", "robot", "whoever you are"]


def human(day: datetime, style: int, now: datetime) -> str:
    """A day as a person types it."""
    if style == 0:
        return f"{day.day} {day:%b}"
    if style == 1:
        return f"{day:%b} {day.day}"
    if style == 2:
        return f"{day.day} {day:%B}"
    if style == 3:
        return f"{day:%A}" if 1 < (day - now).days < 6 else f"the {day.day}{ordinal(day.day)}"
    if style == 4:
        return f"{day.day}/{day.month}"
    return f"{day:%B} {day.day}{ordinal(day.day)}"


def ordinal(n: int) -> str:
    """st, nd, rd or th."""
    return "th" if 10 < n % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")


def clock(rng: Random, first: int, last: int) -> str:
    """A departure time between two hours."""
    return f"{first + int(rng.random() * (last - first)):02d}:{5 * int(rng.random() * 12):02d}"


def trip_facts(trip: Random, currency: str, *, luggage_only: bool) -> dict[str, str]:
    """Places, times and sums: what two near-duplicates have in common."""
    home = EUROPE if trip.random() < 0.72 else AMERICA
    origin = str(pick(trip, list(home)))
    far = trip.random() < 0.18
    choices = [c for c in (list(FAR) + list(AMERICA if home is EUROPE else EUROPE) if far else home) if c != origin]
    dest = str(pick(trip, choices))
    city3 = str(pick(trip, [c for c in home if c not in {origin, dest}]))
    names = list(AIRLINES)
    airline, airline2 = names[int(trip.random() * 6)], names[int(trip.random() * 6)]
    airline2 = airline2 if airline2 != airline else names[(names.index(airline) + 1) % 6]
    hours = 8 + int(trip.random() * 4) if far else 2 + int(trip.random() * 3)

    def money(n: float) -> str:
        return f"{currency}{n:.0f}" if n == int(n) else f"{currency}{n:.2f}"

    low = (420 if far else 70) + int(trip.random() * (400 if far else 120))
    fare, fee, diff = low + int(trip.random() * 200) + 60, 25 + 5 * int(trip.random() * 8), 12 + int(trip.random() * 70)
    rate = 70 + int(trip.random() * 110)
    nights = 2 + int(trip.random() * 5)
    hotels = [str(h) for h in HOTELS]
    at = int(trip.random() * len(hotels))
    stock = LUGGAGE if luggage_only or trip.random() < 0.6 else LUGGAGE | EXTRAS
    goods = list(stock)
    p1, p2 = goods[int(trip.random() * len(goods))], goods[int(trip.random() * len(goods))]
    p2 = p2 if p2 != p1 else goods[(goods.index(p1) + 1) % len(goods)]
    facts = {
        "origin": origin, "dest": dest, "city3": city3, "ocode": AIRPORTS[origin], "dcode": AIRPORTS[dest],
        "airline": airline, "airline2": airline2, "airlinecode": AIRLINES[airline], "hours": str(hours),
        "flight": f"{AIRLINES[airline]}{100 + int(trip.random() * 880)}", "time": clock(trip, 6, 21),
        "time2": clock(trip, 7, 11), "newtime": clock(trip, 13, 21), "seats": str(2 + int(trip.random() * 7)),
        "fare": money(fare), "fare2": money(fare + 47), "fee": money(fee), "diff": money(diff),
        "changetotal": money(fee + diff), "refund": money(fare - fee), "taxes": money(round(fare * 0.17 + 6.4, 2)),
        "bagfee": money(28 + 2 * int(trip.random() * 12)), "shipfee": money(5 + int(trip.random() * 12)),
        "budget": money(10 * (low // 10 + 5)), "overbudget": money(low + 118),
        "comp": ("€" if home is EUROPE else currency)
        + ("600" if far else "250"), "faretype0": str(pick(trip, ["Basic", "Saver", "Light"])),
        "faretype": str(pick(trip, ["Standard", "Standard", "Basic", "Standard Plus"])),
        "terminal": str(1 + int(trip.random() * 4)),
        "layover": f"{1 + int(trip.random() * 2)} h {5 * int(trip.random() * 11) + 5}",
        "lounge": money(29), "parking": money(14 + int(trip.random() * 12)),
        "hotel": hotels[at], "hotel2": hotels[(at + 5) % len(hotels)], "hotel3": hotels[(at + 11) % len(hotels)],
        "nights": str(nights), "rate": money(rate), "rate2": money(rate - 14), "rate3": money(rate - 31),
        "total": money(rate * nights), "budgetn": money(10 * (rate // 10 + 2)), "overbudgetn": money(rate + 64),
        "product": p1, "product2": p2, "item": CALLED[p1] if trip.random() < 0.6 else p1,
        "item2": CALLED[p2] if trip.random() < 0.6 else p2, "price": money(stock[p1]), "price2": money(stock[p2]),
        "weight": f"{0.8 + int(trip.random() * 18) / 10:.1f} kg", "litres": str(24 + int(trip.random() * 40)),
        "esim2": money(21), "esim3": money(34), "carrier": str(pick(trip, CARRIERS)),
        "relative": str(pick(trip, RELATIVES)), "relative2": str(pick(trip, ["school", "kiosk", "pharmacy", "office"])),
        "nation": str(pick(trip, NATIONS)), "company": str(pick(trip, COMPANIES)), "agent": str(pick(trip, AGENTS)),
        "language2": str(pick(trip, ["Spanish", "Polish", "Arabic", "Hindi"])),
    }  # fmt: skip
    for i, (first, last, price) in enumerate([(7, 10, low), (12, 15, low + 19), (17, 20, low + 38)], start=1):
        leaves = clock(trip, first, last)
        arrives = (int(leaves[:2]) + hours) % 24
        code = AIRLINES[airline if i != 2 else names[(names.index(airline2) + 2) % 6]]
        facts |= {
            f"f{i}": f"{code}{110 + int(trip.random() * 870)}", f"f{i}dep": leaves,
            f"f{i}arr": f"{arrives:02d}:{leaves[3:]}",
            f"f{i}price": money(price), f"f{i}stops": "non-stop",
        }  # fmt: skip
    return facts


def reference(rng: Random) -> str:
    """Six letters and digits, as airlines give out."""
    letters = SAFE_LETTERS + "23456789"
    return "".join(str(pick(rng, list(letters))) for _ in range(5)) + str(pick(rng, list("23456789")))


def own_facts(own: Random, person: Person, other: Person, now: datetime, facts: dict[str, str]) -> dict[str, str]:
    """Who asks, under which reference, for which day. Personal values come out marked."""
    style = int(own.random() * 6) if person.language == "en" else 4
    out: dict[str, str] = {}

    def day(key: str, value: datetime) -> None:
        out[key], out[f"{key}_a"], out[f"{key}_iso"] = (
            human(value, style, now),
            f"{value.day} {value:%B}",
            f"{value:%Y-%m-%d}",
        )

    go = now + timedelta(days=3 + int(own.random() ** 2 * 80))
    day("date", go)
    day("newdate", go + timedelta(days=1 + int(own.random() * 9)))
    day("wrongdate", go + timedelta(days=30 if own.random() < 0.5 else -1))
    day("checkin", go)
    day("checkout", go + timedelta(days=int(facts["nights"])))
    bought = now - timedelta(days=4 + int(own.random() * 18))
    day("ordered", bought)
    day("scan", now - timedelta(days=1 + int(own.random() * 2)))
    day("eta", now + timedelta(days=2 + int(own.random() * 4)))
    back = go + timedelta(days=3)
    out |= {
        "dnum": f"{go.day}/{go.month}", "ndnum": f"{back.day}/{back.month}", "cnum": f"{go.day}/{go.month}",
        "edate": f"{(now + timedelta(days=3)).day}/{(now + timedelta(days=3)).month}",
        "track": f"{int(own.random() * 9e11 + 1e11)}", "track4": f"{int(own.random() * 9000 + 1000)}",
        "exp": f"{1 + int(own.random() * 12):02d}/{27 + int(own.random() * 4)}",
    }  # fmt: skip
    ref, order = reference(own), f"WG{int(own.random() * 9e6 + 1e6)}"
    gap = "-" if own.random() < 0.25 else ""
    card = (
        person.card if own.random() < 0.5 else " ".join(person.card[i : i + 4] for i in range(0, len(person.card), 4))
    )
    born = person.born
    dob = [f"{born:%d/%m/%Y}", f"{born.day} {born:%B %Y}", f"{born:%Y-%m-%d}", f"{born:%d.%m.%Y}"][
        int(own.random() * 4)
    ]
    street, postcode = mark("STREET_ADDRESS", person.street), mark("POSTCODE", person.postcode)
    out |= {
        "ref": mark("BOOKING_REF", ref), "order": mark("ORDER_ID", order[:2] + gap + order[2:]),
        "order2": mark("ORDER_ID", f"WG{int(own.random() * 9e6 + 1e6)}"),
        "wrongref": mark("BOOKING_REF", ref[:4] + ref[5] + ref[4] if ref[4] != ref[5] else ref[:5] + "A"),
        "wrongorder": mark("ORDER_ID", "WG" + order[3:] + order[2]),
        "name": mark("PERSON", person.name), "first": mark("PERSON", person.first), "last": mark("PERSON", person.last),
        "first2": mark("PERSON", other.first), "companion": mark("PERSON", other.name),
        "email": mark("EMAIL_ADDRESS", person.email), "phone": mark("PHONE_NUMBER", person.phone), "street": street,
        "city": person.city, "postcode": postcode, "address": f"{street}, {postcode} {person.city}",
        "card": mark("CREDIT_CARD", card), "last4": mark("CARD_ENDING", person.card[-4:]),
        "dob": mark("DATE_OF_BIRTH", dob),
        "dob_iso": mark("DATE_OF_BIRTH", f"{born:%Y-%m-%d}"), "passport": mark("PASSPORT", person.passport),
        "account": mark("ACCOUNT_ID", person.account), "guest": mark("EMAIL_ADDRESS", other.email),
        "flyer": mark("ACCOUNT_ID", f"77{out['track4']}0"),
    }  # fmt: skip
    return out
