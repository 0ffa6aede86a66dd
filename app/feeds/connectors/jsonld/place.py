"""schema.org/LocalBusiness, TouristAttraction and their kin as a place."""

import re
from typing import Any, Final

from app.feeds.connector import SkipItem
from app.feeds.connectors.jsonld.node import Node
from app.feeds.items import Contact, Place

KINDS: Final[dict[str, str]] = {
    "AutoRepair": "car_repair", "Bakery": "bakery", "BankOrCreditUnion": "bank", "BarOrPub": "pub",
    "BeautySalon": "hairdresser", "BedAndBreakfast": "guest_house", "BikeStore": "bicycle_shop", "BookStore": "books",
    "Butcher": "butcher", "CafeOrCoffeeShop": "cafe", "Campground": "camp_site", "Church": "church",
    "CityHall": "townhall", "CivicStructure": "other", "Dentist": "dentist", "FastFoodRestaurant": "fast_food",
    "FireStation": "fire_station", "Florist": "florist", "FoodEstablishment": "restaurant", "GardenStore":
    "garden_centre", "GasStation": "fuel", "GovernmentOffice": "public_office", "GroceryStore": "supermarket",
    "HairSalon": "hairdresser", "HardwareStore": "hardware", "Hospital": "hospital", "Hostel": "guest_house",
    "Hotel": "hotel", "IceCreamShop": "ice_cream", "LandmarksOrHistoricalBuildings": "monument", "Library": "library",
    "LocalBusiness": "other", "LodgingBusiness": "hotel", "MedicalClinic": "doctor", "MovieTheater": "cinema",
    "Museum": "museum", "Optician": "optician", "Park": "park", "PerformingArtsTheater": "theatre",
    "Pharmacy": "pharmacy", "Physician": "doctor", "Place": "other", "PlaceOfWorship": "worship",
    "Playground": "playground", "PoliceStation": "police", "PostOffice": "post_office", "PublicSwimmingPool": "pool",
    "Restaurant": "restaurant", "School": "school", "SportsActivityLocation": "sports_centre", "Store": "shop",
    "TouristAttraction": "attraction", "TouristInformationCenter": "tourist_info", "TravelAgency": "travel_agency",
    "VeterinaryCare": "vet", "Winery": "farm_shop", "Zoo": "zoo",
}  # fmt: skip
"""Type → key of the list of places."""
_DAYS: Final = {
    "Monday": "Mo", "Tuesday": "Tu", "Wednesday": "We", "Thursday": "Th", "Friday": "Fr", "Saturday": "Sa",
    "Sunday": "Su", "PublicHolidays": "PH",
}  # fmt: skip
_HOURS: Final = re.compile(r"[A-Za-z ,;:0-9-]{4,200}")
_CLOCK: Final = re.compile(r"(\d{1,2}):(\d{2})")


def is_place(node: Node) -> bool:
    """Whether it is somewhere one can go."""
    return bool(node.types & KINDS.keys())


def place_of(node: Node, common: dict[str, Any], *, shared: bool) -> Place:
    """The place; raises `SkipItem`."""
    title = node.line("name")
    if not title:
        raise SkipItem("An entry has no title.")
    address, line = node.address()
    geo = node.geo()
    if geo is None and not line:
        raise SkipItem("A place has neither an address nor a point on the map.")
    names = sorted(node.types & KINDS.keys(), key=lambda name: KINDS[name] == "other")
    return Place(
        **common,
        external_id=node.id_with(f"{title} {line}", shared=shared),
        title=title,
        kind=KINDS[names[0]],
        geo=geo,
        address=address,
        contact=Contact(
            phone=node.line("telephone", 60),
            email=node.line("email", 200).removeprefix("mailto:"),
            url=node.link("url"),
        ),
        opening_hours=_hours(node),
    )


def _hours(node: Node) -> str:
    """Opening hours in OSM's grammar, from the short texts or from the specifications."""
    texts = [str(one).strip() for one in node.every("openingHours") if isinstance(one, str)]
    if texts and all(_HOURS.fullmatch(text) for text in texts):
        return "; ".join(texts)
    rules: list[str] = []
    for one in node.every("openingHoursSpecification"):
        rule = _rule(one) if isinstance(one, dict) else ""
        if rule and rule not in rules:
            rules.append(rule)
    return "; ".join(rules)


def _rule(one: dict[str, Any]) -> str:
    if one.get("validFrom") or one.get("validThrough"):
        return ""  # a season or a single day: nothing to promise for the rest of the year
    given = one.get("dayOfWeek")
    names = [re.split(r"[/#:]", str(day))[-1] for day in (given if isinstance(given, list) else [given]) if day]
    days = ",".join(dict.fromkeys(_DAYS[name] for name in names if name in _DAYS))
    opens, closes = (_CLOCK.match(str(one.get(name, ""))) for name in ("opens", "closes"))
    if not days or not opens or not closes:
        return ""
    if opens[0] == closes[0]:
        return f"{days} off" if opens[0] in ("0:00", "00:00") else ""
    return f"{days} {int(opens[1]):02d}:{opens[2]}-{int(closes[1]):02d}:{closes[2]}"
