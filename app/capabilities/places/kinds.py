"""What places are: about eighty kinds in twelve groups, and what people call them."""

from functools import cache
from typing import Final

import msgspec

from app.kit import i18n
from app.kit.i18n import Lazy
from app.kit.i18n import lazy as _


class Group(msgspec.Struct, frozen=True):
    """A group of kinds, as the first chips of the list show it."""

    key: str
    title: Lazy
    kinds: dict[str, Lazy]


GROUPS: Final[tuple[Group, ...]] = (
    Group("eat", _("Eating and drinking"), {
        "restaurant": _("Restaurant"), "cafe": _("Café"), "fast_food": _("Snack bar"), "pub": _("Pub"),
        "bar": _("Bar"), "beer_garden": _("Beer garden"), "ice_cream": _("Ice cream parlour"),
    }),
    Group("shop", _("Shopping"), {
        "supermarket": _("Supermarket"), "village_shop": _("Village shop"), "bakery": _("Bakery"),
        "butcher": _("Butcher"), "farm_shop": _("Farm shop"), "greengrocer": _("Fruit, vegetables, organic food"),
        "marketplace": _("Market"), "beverages": _("Drinks"), "kiosk": _("Kiosk"), "vending": _("Food machine"),
        "chemist": _("Chemist's"), "clothes": _("Clothes and shoes"), "books": _("Books and stationery"),
        "hardware": _("Hardware shop"), "garden_centre": _("Garden centre"), "florist": _("Florist"),
        "bicycle_shop": _("Bicycle shop"), "hairdresser": _("Hairdresser and cosmetics"), "laundry": _("Laundry"),
        "second_hand": _("Second-hand shop"), "travel_agency": _("Travel agency"), "car_repair": _("Car repair"),
        "shop": _("Shop"),
    }),
    Group("health", _("Health"), {
        "doctor": _("Doctor"), "dentist": _("Dentist"), "pharmacy": _("Pharmacy"), "hospital": _("Hospital"),
        "therapist": _("Therapy"), "midwife": _("Midwife"), "care_home": _("Care"), "optician": _("Optician"),
        "medical_supply": _("Hearing aids and medical supplies"), "vet": _("Vet"),
    }),
    Group("service", _("Administration and services"), {
        "townhall": _("Town hall"), "public_office": _("Public office"), "court": _("Court"),
        "post_office": _("Post office"), "parcel_locker": _("Parcel locker"), "post_box": _("Letter box"),
        "bank": _("Bank"), "atm": _("Cash machine"), "recycling_yard": _("Recycling yard"),
        "recycling": _("Recycling containers"), "social_facility": _("Social service"), "coworking": _("Coworking"),
        "undertaker": _("Undertaker"), "cemetery": _("Cemetery"),
    }),
    Group("education", _("Children and learning"), {
        "kindergarten": _("Nursery school"), "school": _("School"), "music_school": _("Music school"),
        "training": _("Training and university"), "driving_school": _("Driving school"), "library": _("Library"),
        "bookcase": _("Public bookcase"),
    }),
    Group("culture", _("Culture and meeting"), {
        "museum": _("Museum"), "theatre": _("Theatre"), "cinema": _("Cinema"), "arts_centre": _("Gallery and arts"),
        "artwork": _("Work of art"), "community_centre": _("Community centre"), "club": _("Club"),
    }),
    Group("sport", _("Sport and play"), {
        "playground": _("Playground"), "pitch": _("Sports ground"), "sports_centre": _("Sports centre"),
        "fitness": _("Fitness"), "pool": _("Swimming pool"), "bathing_place": _("Bathing place"),
        "park": _("Park"), "mini_golf": _("Golf and mini golf"), "riding": _("Riding"),
    }),
    Group("faith", _("Faith"), {"church": _("Church"), "worship": _("Place of worship")}),
    Group("tourism", _("Sights and stays"), {
        "tourist_info": _("Tourist information"), "attraction": _("Sight"), "castle": _("Castle"),
        "monument": _("Monument"), "viewpoint": _("Viewpoint"), "nature": _("Nature reserve"), "zoo": _("Zoo"),
        "hotel": _("Hotel"), "guest_house": _("Guest house"), "holiday_flat": _("Holiday flat"),
        "camp_site": _("Camp site"),
    }),
    Group("comfort", _("Toilets, water, benches"), {
        "toilets": _("Toilet"), "drinking_water": _("Drinking water"), "bench": _("Bench"),
        "picnic": _("Picnic place"), "shelter": _("Shelter"), "barbecue": _("Barbecue"), "fountain": _("Fountain"),
    }),
    Group("mobility", _("Getting around"), {
        "station": _("Railway station"), "bus_station": _("Bus station"), "ride_bench": _("Ride bench"),
        "taxi": _("Taxi"), "car_sharing": _("Car sharing"), "car_rental": _("Car rental"),
        "bicycle_rental": _("Bicycle rental"), "bicycle_repair": _("Bicycle repair"),
        "bicycle_parking": _("Bicycle parking"), "charging": _("Charging station"), "fuel": _("Fuel station"),
        "parking": _("Car park"),
    }),
    Group("emergency", _("Emergency"), {
        "fire_station": _("Fire brigade"), "police": _("Police"), "ambulance": _("Ambulance station"),
        "defibrillator": _("Defibrillator"), "rescue_point": _("Rescue point"),
    }),
    Group("other", _("Other places"), {"other": _("Place")}),
)  # fmt: skip

MINOR: Final = frozenset(
    {"bench", "bicycle_parking", "parking", "post_box", "recycling", "picnic", "shelter", "fountain"}
)
"""Shown when one asks for them or their group, not in the list of everything: there are hundreds."""

NAMES: Final[dict[str, Lazy]] = {kind: title for group in GROUPS for kind, title in group.kinds.items()}
GROUP_OF: Final[dict[str, Group]] = {kind: group for group in GROUPS for kind in group.kinds}
BY_KEY: Final[dict[str, Group]] = {group.key: group for group in GROUPS}


def name_of(kind: str) -> str:
    """A kind in the reader's language; a source may bring one that we don't know."""
    return str(NAMES.get(kind, NAMES["other"]))


def wanted(group: str, kind: str) -> tuple[str, ...]:
    """The kinds that a filter means; empty for everything."""
    if kind:
        return (kind,)
    return tuple(BY_KEY[group].kinds) if group in BY_KEY else ()


@cache
def search_words(kind: str) -> str:
    """What a kind is called in all our languages, so that `Apotheke` finds every pharmacy."""
    found = []
    for locale in ("de", "en"):
        with i18n.reading_in(locale):
            found.append(name_of(kind))
    return " ".join(found) if kind in NAMES and kind != "other" else ""
