"""Names by language and places by kind: Faker's lists, the area-code tables of ``phonenumbers``, and our own files."""

import importlib.util
import random
import re
from collections import defaultdict
from functools import lru_cache
from pathlib import Path

HERE = Path(__file__).parent
LATIN = """
    cs_CZ da_DK de_AT de_CH de_DE en_AU en_CA en_GB en_IE en_IN en_KE en_NG en_NZ en_PK en_US es_AR es_CL es_CO es_ES
    es_MX et_EE fi_FI fil_PH fr_CA fr_FR ga_IE ha_NG hr_HR hu_HU id_ID ig_NG is_IS it_IT lt_LT lv_LV nl_BE nl_NL no_NO
    pl_PL pt_BR pt_PT ro_RO sk_SK sl_SI sq_AL sv_SE sw tr_TR tw_GH uz_UZ yo_NG zu_ZA""".split()
ENGLISH = ("en_US", "en_GB", "en_CA", "en_AU", "en_IN", "en_IE", "es_MX", "en_NZ")
STATES = """
    Alabama AL|Alaska AK|Arizona AZ|Arkansas AR|California CA|Colorado CO|Connecticut CT|Delaware DE|Florida FL|
    Georgia GA|Hawaii HI|Idaho ID|Illinois IL|Indiana IN|Iowa IA|Kansas KS|Kentucky KY|Louisiana LA|Maine ME|
    Maryland MD|Massachusetts MA|Michigan MI|Minnesota MN|Mississippi MS|Missouri MO|Montana MT|Nebraska NE|Nevada NV|
    New Hampshire NH|New Jersey NJ|New Mexico NM|New York NY|North Carolina NC|North Dakota ND|Ohio OH|Oklahoma OK|
    Oregon OR|Pennsylvania PA|Rhode Island RI|South Carolina SC|South Dakota SD|Tennessee TN|Texas TX|Utah UT|
    Vermont VT|Virginia VA|Washington WA|West Virginia WV|Wisconsin WI|Wyoming WY|Ontario ON|Quebec QC|
    British Columbia BC|Alberta AB"""
ALSO_COUNTRIES = """
    USA|US|U.S.|UK|U.K.|UAE|England|Scotland|Wales|Russia|South Korea|Iran|Vietnam|Taiwan|Palestine|Czechia|
    Holland|Ivory Coast|Great Britain|Europe|Africa|Asia|South America"""


def plain_name(name: object) -> bool:
    """Whether a name is written in Latin letters and not overlong."""
    return (
        isinstance(name, str)
        and 1 < len(name) < 30
        and all((letter.isalpha() and ord(letter) < 0x250) or letter in " '’.-" for letter in name)
    )


def _listed(locale: str, kind: str, also: str = "") -> list[str]:
    provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
    found: set[str] = set()
    for attribute in dir(provider):
        value = getattr(provider, attribute)
        if kind in attribute and "name" in attribute and also in attribute and isinstance(value, list | tuple | dict):
            found.update(name for name in value if plain_name(name))
    return sorted(found)


@lru_cache(maxsize=1)
def name_lists() -> dict[str, tuple[list[str], list[str]]]:
    """First and last names by locale, in Latin letters."""
    found: dict[str, tuple[list[str], list[str]]] = {}
    for locale in LATIN:
        if importlib.util.find_spec(f"faker.providers.person.{locale}") is None:
            continue
        first, last = _listed(locale, "first"), _listed(locale, "last")
        if len(first) > 20 and len(last) > 10:
            found[locale] = (first, last)
    for locale in ("ja_JP", "zh_CN"):
        found[locale] = (_listed(locale, "first", "romanized"), _listed(locale, "last", "romanized"))
    lines = dict(line.split(" ", 1) for line in (HERE / "romanised.txt").read_text("utf-8").splitlines())
    found["own"] = (lines["first"].split("|"), lines["last"].split("|"))
    return found


@lru_cache(maxsize=1)
def place_lists() -> dict[str, list[str]]:
    """Known cities, other towns of the US (with state) and of the world, countries, states and their codes."""
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
    known = (HERE / "places.txt").read_text("utf-8").splitlines()
    return {
        "known": [name for line in known for name in line.split("|")],
        "us": sorted(towns),
        "world": sorted(world),
        "country": countries + [name.strip() for name in ALSO_COUNTRIES.split("|")] * 2,
        "state": [name for name, _ in states],
        "code": [code for _, code in states],
    }


class Invented:
    """Names made up letter by letter after the look of real ones."""

    def __init__(self, names: list[str]) -> None:
        self._next: dict[str, list[str]] = defaultdict(list)
        for name in names:
            padded = f"^^{name.lower()}$"
            for at in range(2, len(padded)):
                self._next[padded[at - 2 : at]].append(padded[at])

    def draw(self, chance: random.Random) -> str:
        """One name of 3 to 12 letters."""
        for _ in range(20):
            name = "^^"
            while len(name) < 16 and not name.endswith("$"):
                name += chance.choice(self._next[name[-2:]])
            name = name.strip("^$ '-.")
            if 3 <= len(name) <= 12 and name.isalpha():
                return name.capitalize()
        return "Maro"
