"""What people ask for: shares, topics, passages behind each answer, and the faults each topic can show.

The dozen main intents follow a Zipf-like curve and carry about four fifths of the traffic; the rest is a long tail.
``esim`` does not exist before week 5.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Intent:
    """One intent: topics with weights, passages by topic, what the assistant must know first, and its domain."""

    name: str
    bank: str
    domain: str
    topics: dict[str, float]
    needs: str = ""
    passages: dict[str, list[str]] = field(default_factory=dict)
    offers: frozenset[str] = frozenset()
    faults: frozenset[str] = frozenset()


ACTION = frozenset({"tool_misuse", "wrong_tool_args"})
RULES = frozenset({"invented_policy", "stale_info"})

_REFUND = Intent("refund_policy", "refund_policy", "flight", {"nonref": 74, "when": 14, "flex": 6, "day": 6}, "",
           {"nonref": ["kb-0110", "kb-0113", "kb-0112"], "when": ["kb-0111"], "flex": ["kb-0112", "kb-0110"],
            "day": ["kb-0113", "kb-0112"]},
           frozenset({"nonref", "day"}), frozenset({"invented_policy"}))  # fmt: skip

MAIN = [
    _REFUND,
    Intent("change_flight", "change_flight", "flight", {"date": 5, "time": 2, "route": 1, "fee": 2}, "ref",
           {"fee": ["kb-0101", "kb-0102", "kb-0113"], "date": ["kb-0101", "kb-0113"]},
           frozenset({"date", "time", "route"}), ACTION | RULES),
    Intent("flight_search", "flight_search", "flight", {"search": 85, "alert": 15}, "trip", {},
           frozenset({"search"}), frozenset({"ignored_constraint", "wrong_tool_args"})),
    Intent("order_status", "order_status", "order", {"where": 72, "address": 16, "edit": 12}, "order",
           {"where": ["kb-0403"], "address": ["kb-0403"]}, frozenset(), ACTION | {"stale_info"}),
    Intent("baggage", "baggage", "flight", {"cabin": 35, "checked": 35, "special": 30}, "",
           {"cabin": ["kb-0201", "kb-0202", "kb-0204"], "checked": ["kb-0202", "kb-0201"],
            "special": ["kb-0203", "kb-0204", "kb-0202"]},
           frozenset({"checked"}), RULES),
    Intent("cancel_booking", "cancel_booking", "flight", {"flight": 88, "regret": 12}, "ref",
           {"flight": ["kb-0112", "kb-0113", "kb-0110"]}, frozenset({"flight", "regret"}), ACTION | RULES),
    Intent("hotel_search", "hotel_search", "hotel", {"search": 1}, "stay", {}, frozenset({"search"}),
           frozenset({"ignored_constraint", "stale_info"})),
    Intent("delay", "delay", "flight", {"comp": 55, "now": 45}, "ref",
           {"comp": ["kb-0301", "kb-0302"], "now": ["kb-0303", "kb-0302"]}, frozenset({"comp", "now"}), ACTION | RULES),
    Intent("return_item", "return_item", "order", {"return": 50, "exchange": 22, "broken": 28}, "order",
           {"return": ["kb-0401", "kb-0402"], "exchange": ["kb-0401"], "broken": ["kb-0402", "kb-0401"]},
           frozenset({"return", "exchange", "broken"}), ACTION | RULES),
    Intent("payment", "payment", "booking", {"double": 45, "declined": 30, "amount": 25}, "ref",
           {"double": ["kb-0602", "kb-0601"], "declined": ["kb-0601"]}, frozenset({"double"}),
           frozenset({"tool_misuse", "stale_info"})),
    Intent("hotel_change", "hotel_change", "booking", {"dates": 36, "cancel": 30, "room": 34}, "ref",
           {"dates": ["kb-0501"], "cancel": ["kb-0501", "kb-0502"]}, frozenset({"dates", "cancel"}), ACTION | RULES),
    Intent("product_advice", "product_advice", "shop", {"which": 80, "stock": 20}, "", {}, frozenset({"which"}),
           frozenset({"ignored_constraint", "stale_info"})),
]  # fmt: skip

_TAIL = {
    "seat": ["kb-0701"], "meal": ["kb-0702"], "invoice": [], "visa": ["kb-0705"], "account": [], "lostbag": ["kb-0711"],
    "human": [], "points": ["kb-0708"], "pet": ["kb-0703", "kb-0204"], "assist": ["kb-0704"], "name": ["kb-0706"],
    "chat": [], "price": [], "insurance": ["kb-0710"], "gift": ["kb-0709"], "group": ["kb-0712"], "minor": ["kb-0707"],
}  # fmt: skip
TAIL = [
    Intent(name, "rare", "booking", {name: 1}, "", {name: passages}, frozenset(), frozenset({"invented_policy"}))
    for name, passages in _TAIL.items()
]
ESIM = Intent("esim", "esim", "order", {"plan": 55, "install": 30, "refund": 15}, "",
              {"plan": ["kb-0802", "kb-0801"], "install": ["kb-0801"], "refund": ["kb-0801", "kb-0802"]},
              frozenset({"plan", "install"}), RULES)  # fmt: skip

BY_NAME = {intent.name: intent for intent in [*MAIN, *TAIL, ESIM]}


def _zipf(names: list[str], total: float, offset: float, power: float) -> dict[str, float]:
    weights = [(rank + offset) ** -power for rank in range(len(names))]
    return {name: total * weight / sum(weights) for name, weight in zip(names, weights, strict=True)}


SHARES = _zipf([i.name for i in MAIN], 0.82, 2, 0.82) | _zipf([i.name for i in TAIL], 0.18, 8, 0.6)

# Any intent may show these, whatever it is about.
GENERAL_FAULTS = frozenset({"premature_handoff", "curt_tone", "verbose", "wrong_language", "asked_again"})
# Where a wrong sum can be named: topic -> the slot that is altered.
SUMS = {
    ("refund_policy", "nonref"): "taxes", ("refund_policy", "when"): "refund", ("cancel_booking", "flight"): "refund",
    ("return_item", "return"): "price", ("delay", "comp"): "comp", ("hotel_change", "cancel"): "total",
    ("payment", "double"): "fare", ("order_status", "edit"): "price",
}  # fmt: skip
SEVERITY = {
    "asked_again": 2, "ignored_constraint": 3, "stale_info": 4, "wrong_refund_amount": 4, "invented_policy": 4,
    "tool_misuse": 4, "wrong_tool_args": 3, "premature_handoff": 2, "wrong_language": 3, "curt_tone": 2, "verbose": 1,
    "injection_followed": 5, "no_answer": 3,
}  # fmt: skip
# How often each fault occurs where it can, before model and prompt make it likelier or less so.
RATES = {
    "asked_again": 0.15, "ignored_constraint": 0.17, "stale_info": 0.012, "wrong_refund_amount": 0.11,
    "invented_policy": 0.034, "tool_misuse": 0.06, "wrong_tool_args": 0.045, "premature_handoff": 0.022,
    "wrong_language": 0.002, "curt_tone": 0.018, "verbose": 0.036,
}  # fmt: skip

# Nobody shouts about packing cubes.
MADDENING: set[str | tuple[str, str]] = {"delay", "payment", "cancel_booking", "lostbag", "account", "human",
("refund_policy", "nonref"),
             ("refund_policy", "when"), ("order_status", "where"), ("return_item", "broken"), ("return_item",
             "exchange"),
             ("hotel_change", "room"), ("hotel_change", "cancel"), ("change_flight", "time"), ("change_flight", "fee"),
             ("esim", "install"), "assist"}  # fmt: skip


def maddening(intent: str, topic: str) -> bool:
    """Whether people get angry over this at all."""
    return intent in MADDENING or (intent, topic) in MADDENING
