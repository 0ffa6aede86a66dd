"""What is measured and told as a level: the danger of forest fire, the water of a river."""

from datetime import datetime
from typing import Literal

from app.feeds.items.envelope import Item

LevelTopic = Literal["forest-fire", "gauge"]
Trend = Literal["rising", "steady", "falling", ""]
WaterState = Literal["low", "normal", "high", ""]


class Level(Item, frozen=True, kw_only=True):
    """A level at one moment (Waldbrandgefahrenstufe, Pegel); lives in the region's schema.

    The danger of forest fire is for the districts of `area`, a gauge stands at `geo`. `title` is the name of the
    district or the station, `url` a page for people.
    """

    topic: LevelTopic
    level: int | None = None
    """Forest fire: 1 (very low) to 5 (very high). Gauge: class of the states' flood centres, 0 (no flood) to 4 (very
    large flood). None: the source says none."""
    value: float | None = None
    unit: str = ""
    """Of `value`, as the source writes it, e.g. `cm`."""
    trend: Trend = ""
    state: WaterState = ""
    """A gauge beside its long-term means: below mean low water, above mean high water, or between."""
    water: str = ""
    """The river or lake of a gauge."""
    number: str = ""
    """Official number of a gauge (Messstellennummer), by which the same one is known in other sources."""
    measured_at: datetime | None = None
