"""The tools the assistant calls, as (name, arguments, result); personal values in results are marked.

A result holds the figures the answer should have used, so that a wrong sum can be told from the trace alone.
"""

from typing import Any

from sample_data.people import mark

Call = tuple[str, dict[str, Any], dict[str, Any]]
POLICY_WORDS = {
    "nonref": "non-refundable ticket refund", "when": "how long do refunds take", "flex": "flex fare cancellation",
    "day": "24 hour cancellation", "fee": "change fee", "cabin": "cabin baggage size",
    "checked": "checked baggage price",
    "special": "sports equipment special items", "comp": "delay compensation", "now": "missed connection rebooking",
    "return": "return period gear", "exchange": "exchange gear", "broken": "warranty damage",
    "cancel": "hotel cancellation", "double": "double charge", "declined": "payment methods", "plan": "esim plans",
    "where": "delivery times parcel not arrived", "address": "change delivery address",
    "date": "flight date change conditions",
    "flight": "cancel flight refund conditions", "dates": "change hotel dates", "seat": "seat selection",
    "meal": "special meals",
    "pet": "pets on board", "visa": "visa and passport", "name": "name correction", "minor": "child travelling alone",
    "points": "loyalty points missing", "gift": "gift card", "lostbag": "lost baggage", "group": "group fares",
    "insurance": "travel insurance cover", "install": "esim activation", "refund": "esim refund",
    "assist": "reduced mobility assistance",
}  # fmt: skip


def get_booking(f: dict[str, str], person: Any, ref: str, *, hotel: bool = False) -> Call:
    """A booking with its passenger, contact and payment."""
    lead = {"first_name": mark("PERSON", person.first), "last_name": mark("PERSON", person.last)}
    if not hotel:
        lead |= {"date_of_birth": f["dob_iso"]}
        if int(f["track4"]) % 3 == 0:
            lead |= {"passport": f["passport"]}
    body: dict[str, Any] = {"reference": ref, "status": "confirmed", "lead": lead}
    body["contact"] = {"email": f["email"], "phone": f["phone"]}
    if hotel:
        body["stay"] = {"hotel": f["hotel"], "city": f["dest"], "from": f["checkin_iso"], "to": f["checkout_iso"]}
        body["price"] = {"per_night": f["rate"], "total": f["total"], "refund_if_cancelled": f["total"]}
    else:
        body["segments"] = [{"flight": f["flight"], "from": f["ocode"], "to": f["dcode"], "date": f["date_iso"],
                             "departs": f["time"]}]  # fmt: skip
        body["fare"] = {"type": f["faretype"], "total": f["fare"], "taxes": f["taxes"], "fee": f["fee"],
                        "refund_if_cancelled": f["refund"]}  # fmt: skip
    body["payment"] = {"method": "card", "ending": f["last4"]}
    return "get_booking", {"reference": ref}, body


def order_status(f: dict[str, str], order: str, state: str = "in_transit") -> Call:
    """An order with its parcel and where that goes."""
    return "order_status", {"order_id": order}, {
        "order_id": order,
        "items": [{"name": f["product"], "price": f["price"]}],
        "status": state,
        "carrier": f["carrier"],
        "tracking": f["track"],
        "delivered" if state == "delivered" else "expected": f["scan_iso" if state == "delivered" else "eta_iso"],
        "ship_to": {"name": f["name"], "street": f["street"], "postcode": f["postcode"], "city": f["city"]},
    }  # fmt: skip


def search_flights(f: dict[str, str], day: str) -> Call:
    """Three flights on a day."""
    rows = [
        {"flight": f[f"f{i}"], "departs": f[f"f{i}dep"], "arrives": f[f"f{i}arr"], "stops": 0, "price": f[f"f{i}price"]}
        for i in (1, 2, 3)
    ]
    return "search_flights", {"from": f["ocode"], "to": f["dcode"], "date": day}, {"flights": rows}


def lookups(
    intent: str, topic: str, f: dict[str, str], person: Any, passages: list[str], *, wrong: bool, delivered: bool
) -> list[Call]:
    """What is called before the answer. ``wrong`` gives slightly wrong arguments, with the result they deserve."""
    calls: list[Call] = []
    ref, order = (f["wrongref"], f["wrongorder"]) if wrong else (f["ref"], f["order"])
    missing = {"error": "not_found"}
    on_a_booking = intent in {"change_flight", "cancel_booking", "delay"} and topic != "fee"
    if on_a_booking or (intent, topic) == ("refund_policy", "when"):
        call = get_booking(f, person, ref)
        calls.append((call[0], call[1], missing) if wrong and intent != "change_flight" else call)
    if (intent, topic) == ("refund_policy", "nonref"):
        calls.append(
            get_booking(f | {"faretype": f"{f['faretype0']}, non-refundable", "refund": f["taxes"]}, person, ref)
        )
    if intent == "hotel_change":
        call = get_booking(f, person, ref, hotel=True)
        calls.append((call[0], call[1], missing) if wrong else call)
    if intent in {"order_status", "return_item"}:
        states = {"address": "in_warehouse", "edit": "in_warehouse", "where": "in_transit"}
        call = order_status(f, order, "delivered" if delivered else states.get(topic, "delivered"))
        calls.append((call[0], call[1], missing) if wrong else call)
    if (intent, topic) in {("change_flight", "date"), ("change_flight", "time"), ("flight_search", "search")}:
        day = f["newdate_iso"] if topic == "date" else f["date_iso"]
        name, args, result = search_flights(f, f["wrongdate_iso"] if wrong else day)
        calls.append((name, args, {"flights": []} if wrong else result))
    if intent == "delay":
        late = {
            "flight": f["flight"],
            "delay_minutes": int(f["hours"]) * 60,
            "lump_sum": f["comp"],
            "next_departure": f["newtime"],
        }
        calls.append(("flight_status", {"flight": f["flight"]}, late))
    if intent == "hotel_search":
        rows = [{"hotel": f["hotel"], "per_night": f["rate"], "rating": 8.9},
                {"hotel": f["hotel2"], "per_night": f["rate2"], "rating": 8.4},
                {"hotel": f["hotel3"], "per_night": f["rate3"], "rating": 8.1}]  # fmt: skip
        args = {"city": f["dest"], "check_in": f["checkin_iso"], "nights": int(f["nights"])}
        calls.append(("search_hotels", args, {"hotels": rows}))
    if intent == "product_advice":
        rows = [{"name": f["product"], "price": f["price"], "weight": f["weight"], "stock": 14},
                {"name": f["product2"], "price": f["price2"], "stock": 6}]  # fmt: skip
        calls.append(("search_products", {"query": f["product"]}, {"products": rows}))
    if intent == "payment" and topic != "declined":
        rows = [{"amount": f["fare"], "state": "captured", "card_ending": f["last4"]},
                {"amount": f["fare"], "state": "reserved", "card_ending": f["last4"]}]  # fmt: skip
        calls.append(("list_charges", {"reference": ref, "email": f["email"]}, {"charges": rows}))
    if (intent, topic) == ("esim", "plan"):
        rows = [{"gb": 3, "days": 7, "price": f["shipfee"]}, {"gb": 10, "days": 15, "price": f["esim2"]},
                {"gb": None, "days": 7, "price": f["esim3"]}]  # fmt: skip
        calls.append(("search_esim_plans", {"country_of": f["dest"]}, {"plans": rows}))
    if passages:
        query = POLICY_WORDS.get(topic, topic)
        calls.append(("search_policy", {"query": query}, {"passages": passages}))
    return calls


def action(intent: str, topic: str, f: dict[str, str]) -> Call:
    """What is called once the customer has said yes."""
    change = {"reference": f["ref"], "date": f["newdate_iso"], "departs": f["newtime"]}
    known: dict[tuple[str, str], Call] = {
        ("change_flight", "date"): ("change_booking", change, {"ok": True, "charged": f["changetotal"]}),
        ("change_flight", "time"): ("change_booking", change | {"date": f["date_iso"]}, {"ok": True,
        "charged": f["fee"]}),
        ("change_flight", "route"): ("change_booking", change | {"via": f["city3"]}, {"ok": True}),
        ("flight_search", "search"): ("book_flight", {"flight": f["f1"],
        "date": f["date_iso"]}, {"reference": f["ref"]}),
        ("hotel_search", "search"): ("book_hotel", {"hotel": f["hotel"],
        "from": f["checkin_iso"]}, {"reference": f["ref"]}),
        ("product_advice", "which"): ("add_to_basket", {"product": f["product"]}, {"ok": True}),
        ("esim", "plan"): ("add_to_basket", {"product": f"eSIM {f['dest']}"}, {"ok": True, "sent_to": f["email"]}),
        ("delay", "comp"): ("file_claim", {"reference": f["ref"]}, {"ok": True, "per_passenger": f["comp"]}),
        ("delay", "now"): ("change_booking", {"reference": f["ref"], "departs": f["newtime"]}, {"ok": True,
        "charged": "0"}),
        ("cancel_booking", "flight"): ("cancel_booking", {"reference": f["ref"]}, {"ok": True, "refund": f["refund"]}),
        ("refund_policy", "nonref"): ("issue_refund", {"reference": f["ref"], "kind": "taxes"}, {"ok": True,
        "amount": f["taxes"]}),
        ("refund_policy", "day"): ("cancel_booking", {"reference": f["ref"]}, {"ok": True, "refund": f["fare"]}),
        ("hotel_change", "cancel"): ("cancel_booking", {"reference": f["ref"]}, {"ok": True, "refund": f["total"]}),
        ("return_item", "return"): ("create_return", {"order_id": f["order"]}, {"ok": True,
        "label_sent_to": f["email"]}),
        ("payment", "double"): ("issue_refund", {"reference": f["ref"], "kind": "double"}, {"ok": True,
        "amount": f["fare"]}),
    }  # fmt: skip
    fallback: Call = ("change_booking", {"reference": f["ref"], "request": topic}, {"ok": True})
    order: Call = ("create_return", {"order_id": f["order"], "kind": topic}, {"ok": True, "new_order": f["order2"]})
    return known.get((intent, topic), order if intent in {"return_item", "esim"} else fallback)
