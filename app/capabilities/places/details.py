"""What only some kinds of places have, in words: sockets of a charging station, cuisine, fees."""

from typing import Final

from app.kit.i18n import Lazy, lazy
from app.kit.i18n import gettext_ as _
from app.web.cards import Fact

_YES: Final = {"yes": lazy("Yes"), "no": lazy("No"), "only": lazy("Only"), "limited": lazy("Partly")}
_LABELS: Final[dict[str, Lazy]] = {
    "cuisine": lazy("Cuisine"),
    "healthcare_speciality": lazy("Field"),
    "sport": lazy("Kind of sport"),
    "denomination": lazy("Denomination"),
    "religion": lazy("Religion"),
    "sockets": lazy("Plugs"),
    "power_kw": lazy("Power"),
    "fast": lazy("Fast charging"),
    "capacity": lazy("How many"),
    "capacity_disabled": lazy("For disabled people"),
    "payment": lazy("Payment"),
    "fee": lazy("With costs"),
    "charge": lazy("Cost"),
    "outdoor_seating": lazy("Seats outside"),
    "takeaway": lazy("To take away"),
    "delivery": lazy("Delivery"),
    "reservation": lazy("Reservation"),
    "diet_vegetarian": lazy("Vegetarian dishes"),
    "diet_vegan": lazy("Vegan dishes"),
    "organic": lazy("Organic"),
    "internet_access": lazy("Internet"),
    "changing_table": lazy("Changing table"),
    "toilets_wheelchair": lazy("Toilet for wheelchairs"),
    "covered": lazy("Under a roof"),
    "indoor": lazy("Inside a building"),
    "backrest": lazy("With a backrest"),
    "defibrillator_location": lazy("Where exactly"),
    "collection_times": lazy("Emptied"),
    "vending": lazy("Sells"),
    "artist_name": lazy("Artist"),
    "supervised": lazy("Supervised"),
    "dog": lazy("Dogs"),
    "level": lazy("Floor"),
    "ref": lazy("Number"),
}
"""Details that are shown, in this order; what else a source brings is kept for programs."""
_WORDS: Final[dict[str, Lazy]] = {
    "regional": lazy("regional"), "german": lazy("German dishes"), "italian": lazy("Italian"), "pizza": lazy("pizza"),
    "kebab": lazy("kebab"), "turkish": lazy("Turkish"), "asian": lazy("Asian"), "chinese": lazy("Chinese"),
    "vietnamese": lazy("Vietnamese"), "thai": lazy("Thai"), "indian": lazy("Indian"), "greek": lazy("Greek"),
    "burger": lazy("burgers"), "fish": lazy("fish"), "ice_cream": lazy("ice cream"), "cake": lazy("cake"),
    "coffee_shop": lazy("coffee"), "breakfast": lazy("breakfast"), "international": lazy("international"),
    "soccer": lazy("football"), "tennis": lazy("tennis"), "volleyball": lazy("volleyball"),
    "beachvolleyball": lazy("beach volleyball"), "basketball": lazy("basketball"), "swimming": lazy("swimming"),
    "table_tennis": lazy("table tennis"), "skateboard": lazy("skating"), "equestrian": lazy("riding"),
    "athletics": lazy("athletics"), "gymnastics": lazy("gymnastics"), "9pin": lazy("bowling"),
    "multi": lazy("several"), "fitness": lazy("fitness"), "boules": lazy("boules"), "climbing": lazy("climbing"),
    "christian": lazy("Christian"), "muslim": lazy("Muslim"), "jewish": lazy("Jewish"), "buddhist": lazy("Buddhist"),
    "protestant": lazy("Protestant"), "lutheran": lazy("Lutheran"), "catholic": lazy("Catholic"),
    "roman_catholic": lazy("Roman Catholic"), "new_apostolic": lazy("New Apostolic"), "baptist": lazy("Baptist"),
    "jehovahs_witness": lazy("Jehovah's Witnesses"), "wlan": lazy("WLAN"), "free": lazy("free"),
    "milk": lazy("milk"), "eggs": lazy("eggs"), "food": lazy("food"), "meat": lazy("meat"), "bread": lazy("bread"),
    "potatoes": lazy("potatoes"), "honey": lazy("honey"), "general": lazy("general practice"),
    "orthopaedics": lazy("orthopaedics"), "gynaecology": lazy("gynaecology"), "paediatrics": lazy("paediatrics"),
    "ophthalmology": lazy("eyes"), "dermatology": lazy("skin"), "leashed": lazy("on a leash"),
    "recommended": lazy("recommended"), "required": lazy("necessary"),
}  # fmt: skip
"""What mappers write, as people say it; anything else is shown as it is written."""


def details_of(kind: str, details: dict[str, str]) -> list[Fact]:
    """The lines for what only this kind has."""
    found = []
    for key, label in _LABELS.items():
        value = details.get(key, "")
        if not value or (kind == "charging" and key == "fast" and value == "no"):
            continue
        if key == "religion" and "denomination" in details:
            continue
        found.append(Fact(str(label), _value(kind, key, value)))
    return found


def _value(kind: str, key: str, value: str) -> str:
    if value in _YES:
        return str(_YES[value])
    if key == "power_kw":
        return f"{value.replace('.', ',')} kW" if value.replace(".", "").isdigit() else value
    if key == "capacity":
        return _("%(number)s charging points") % {"number": value} if kind == "charging" else value
    parts = [part.strip() for part in value.split(";")]
    return ", ".join(str(_WORDS.get(part, part.replace("_", " "))) for part in parts if part)
