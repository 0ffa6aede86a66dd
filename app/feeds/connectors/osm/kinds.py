"""From OpenStreetMap's tags to our kinds of places. The first row that fits decides."""

from collections.abc import Mapping
from typing import Final

AMENITIES: Final[dict[str, str]] = {
    "restaurant": "restaurant", "cafe": "cafe", "fast_food": "fast_food", "food_court": "fast_food", "pub": "pub",
    "bar": "bar", "biergarten": "beer_garden", "ice_cream": "ice_cream",
    "doctors": "doctor", "clinic": "doctor", "dentist": "dentist", "pharmacy": "pharmacy", "hospital": "hospital",
    "veterinary": "vet", "nursing_home": "care_home",
    "townhall": "townhall", "post_office": "post_office", "post_box": "post_box", "parcel_locker": "parcel_locker",
    "bank": "bank", "atm": "atm", "police": "police", "courthouse": "court", "recycling": "recycling",
    "waste_transfer_station": "recycling_yard", "grave_yard": "cemetery",
    "kindergarten": "kindergarten", "childcare": "kindergarten", "school": "school", "college": "training",
    "university": "training", "music_school": "music_school", "library": "library", "public_bookcase": "bookcase",
    "training": "training", "language_school": "training", "driving_school": "driving_school",
    "theatre": "theatre", "cinema": "cinema", "arts_centre": "arts_centre", "community_centre": "community_centre",
    "social_centre": "community_centre", "events_venue": "community_centre", "coworking_space": "coworking",
    "social_facility": "social_facility", "place_of_worship": "church", "monastery": "church",
    "toilets": "toilets", "drinking_water": "drinking_water", "water_point": "drinking_water", "bench": "bench",
    "shelter": "shelter", "bbq": "barbecue", "fountain": "fountain",
    "parking": "parking", "bicycle_parking": "bicycle_parking", "fuel": "fuel", "charging_station": "charging",
    "car_sharing": "car_sharing", "bicycle_rental": "bicycle_rental", "car_rental": "car_rental",
    "bicycle_repair_station": "bicycle_repair", "taxi": "taxi", "bus_station": "bus_station",
    "fire_station": "fire_station", "marketplace": "marketplace", "vending_machine": "vending",
}  # fmt: skip
SHOPS: Final[dict[str, str]] = {
    "supermarket": "supermarket", "convenience": "village_shop", "general": "village_shop", "bakery": "bakery",
    "pastry": "bakery", "butcher": "butcher", "farm": "farm_shop", "dairy": "farm_shop", "honey": "farm_shop",
    "greengrocer": "greengrocer", "health_food": "greengrocer", "beverages": "beverages", "alcohol": "beverages",
    "wine": "beverages", "kiosk": "kiosk", "newsagent": "kiosk", "tobacco": "kiosk", "chemist": "chemist",
    "medical_supply": "medical_supply", "hearing_aids": "medical_supply", "optician": "optician",
    "hairdresser": "hairdresser", "beauty": "hairdresser", "books": "books", "stationery": "books",
    "clothes": "clothes", "shoes": "clothes", "fashion": "clothes", "doityourself": "hardware",
    "hardware": "hardware", "trade": "hardware", "garden_centre": "garden_centre", "agrarian": "garden_centre",
    "florist": "florist", "bicycle": "bicycle_shop", "car_repair": "car_repair", "second_hand": "second_hand",
    "charity": "second_hand", "laundry": "laundry", "dry_cleaning": "laundry", "funeral_directors": "undertaker",
    "travel_agency": "travel_agency",
}  # fmt: skip
LEISURE: Final[dict[str, str]] = {
    "playground": "playground", "pitch": "pitch", "sports_centre": "sports_centre", "sports_hall": "sports_centre",
    "stadium": "sports_centre", "swimming_pool": "pool", "swimming_area": "bathing_place",
    "bathing_place": "bathing_place", "fitness_centre": "fitness", "fitness_station": "fitness", "park": "park",
    "garden": "park", "miniature_golf": "mini_golf", "golf_course": "mini_golf", "horse_riding": "riding",
    "picnic_table": "picnic", "nature_reserve": "nature", "bird_hide": "viewpoint", "water_park": "pool",
    "outdoor_seating": "bench", "dance": "sports_centre",
}  # fmt: skip
TOURISM: Final[dict[str, str]] = {
    "hotel": "hotel", "motel": "hotel", "guest_house": "guest_house", "hostel": "guest_house",
    "apartment": "holiday_flat", "chalet": "holiday_flat", "camp_site": "camp_site", "caravan_site": "camp_site",
    "museum": "museum", "gallery": "arts_centre", "artwork": "artwork", "viewpoint": "viewpoint",
    "attraction": "attraction", "theme_park": "attraction", "zoo": "zoo", "picnic_site": "picnic",
    "wilderness_hut": "shelter",
}  # fmt: skip
HISTORIC: Final[dict[str, str]] = {
    "castle": "castle", "manor": "castle", "ruins": "castle", "city_gate": "monument", "monument": "monument",
    "memorial": "monument", "mill": "monument", "archaeological_site": "monument", "technical_monument": "monument",
}  # fmt: skip
HEALTHCARE: Final[dict[str, str]] = {
    "doctor": "doctor", "centre": "doctor", "clinic": "doctor", "dentist": "dentist", "pharmacy": "pharmacy",
    "hospital": "hospital", "physiotherapist": "therapist", "psychotherapist": "therapist",
    "speech_therapist": "therapist", "occupational_therapist": "therapist", "alternative": "therapist",
    "podiatrist": "therapist", "midwife": "midwife", "nurse": "care_home", "nursing": "care_home",
    "rehabilitation": "hospital", "optometrist": "optician", "audiologist": "medical_supply",
}  # fmt: skip
OFFICES: Final[dict[str, str]] = {
    "government": "public_office", "employment_agency": "public_office", "coworking": "coworking",
    "association": "club", "ngo": "club", "charity": "social_facility", "forestry": "public_office",
}  # fmt: skip
CRAFTS: Final[dict[str, str]] = {
    "brewery": "farm_shop", "winery": "farm_shop", "beekeeper": "farm_shop", "distillery": "farm_shop",
}  # fmt: skip
EMERGENCY: Final[dict[str, str]] = {
    "defibrillator": "defibrillator", "ambulance_station": "ambulance", "access_point": "rescue_point",
    "assembly_point": "rescue_point", "water_rescue": "ambulance",
}  # fmt: skip

KEYS: Final[tuple[tuple[str, Mapping[str, str]], ...]] = (
    ("emergency", EMERGENCY),
    ("amenity", AMENITIES),
    ("shop", SHOPS),
    ("healthcare", HEALTHCARE),
    ("tourism", TOURISM),
    ("historic", HISTORIC),
    ("leisure", LEISURE),
    ("office", OFFICES),
    ("craft", CRAFTS),
)
"""Keys in the order in which they decide: a fuel station with a shop is a fuel station."""

_SERVICE_PARKING: Final = frozenset({"street_side", "lane", "on_kerb", "half_on_kerb", "layby"})
_FOOD_VENDING: Final = frozenset(
    {"food", "milk", "eggs", "bread", "meat", "cheese", "potatoes", "honey", "vegetables", "fruit", "pizza"}
)


def kind_of(tags: Mapping[str, str]) -> str:
    """Our kind for an object's tags; empty for what is no place to go to."""
    if tags.get("tourism") == "information":
        return "tourist_info" if tags.get("information") in {"office", "visitor_centre"} else ""
    if tags.get("railway") in {"station", "halt"}:
        return "station"
    if tags.get("natural") == "beach" or (tags.get("sport") == "swimming" and "leisure" not in tags):
        return "bathing_place"
    found = next((kinds[tags[key]] for key, kinds in KEYS if tags.get(key) in kinds), "")
    if not found and "club" in tags:
        found = "club"
    if not found and tags.get("shop", "no") not in {"no", "vacant"}:
        found = "shop"
    if not found and tags.get("landuse") == "cemetery":
        found = "cemetery"
    return _narrowed(found, tags)


def _narrowed(kind: str, tags: Mapping[str, str]) -> str:
    """The same value means several things; others are left out because nobody looks for them."""
    match kind:
        case "attraction":
            kind = HISTORIC.get(tags.get("historic", ""), kind)
        case "recycling" if tags.get("recycling_type") == "centre":
            kind = "recycling_yard"
        case "bench" if tags.get("bench:type") == "ride" or tags.get("hitchhiking") in {"designated", "yes"}:
            kind = "ride_bench"
        case "vending":
            sold = {part.strip() for part in tags.get("vending", "").split(";")}
            kind = kind if sold & _FOOD_VENDING else "charging" if "electric_vehicle_charging" in sold else ""
        case "parking" if tags.get("parking") in _SERVICE_PARKING:
            kind = ""
        case "shelter" if tags.get("shelter_type") == "public_transport":
            kind = ""
        case "church" if tags.get("religion", "christian") != "christian":
            kind = "worship"
        case "pool" | "park" if "name" not in tags:
            # A garden pool is nobody else's business, and a lawn without a name is no park.
            kind = ""
    return kind
