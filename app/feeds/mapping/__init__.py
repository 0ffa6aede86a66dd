"""Rows of any simple source as items, by a mapping that stands in a feed's options: for `json_api` and `csv`.

kind = "event"
id = "nr"
dates = ["%d.%m.%Y %H:%M"]
[feed.options.fields]
title = "titel"
starts_at = "{datum} {beginn}"
url = "https://bibliothek.example/termine/{nr}"
[feed.options.values.status]
abgesagt = "cancelled"
"""

from app.feeds.mapping.paths import names_in, text_of, value_of
from app.feeds.mapping.rule import MAPPED, Rule, items_of, rule_of

__all__ = ["MAPPED", "Rule", "items_of", "names_in", "rule_of", "text_of", "value_of"]
