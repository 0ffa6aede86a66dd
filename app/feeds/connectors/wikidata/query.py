"""The question to Wikidata's query service (SPARQL)."""

from typing import Final

from app.feeds.connectors.wikidata.properties import PROPERTIES

_VALUES: Final = " ".join(f'("{name}" p:{key} ps:{key} psv:{key})' for key, name in PROPERTIES.items())
_QUESTION: Final = (
    "SELECT ?item ?itemLabel ?key ?value ?valueLabel ?unit ?asOf WHERE {"
    ' ?item wdt:P439 "$ags".'
    f" VALUES (?key ?p ?ps ?psv) {{ {_VALUES} }}"
    " ?item ?p ?statement. ?statement a wikibase:BestRank; ?ps ?value."
    " OPTIONAL { ?statement ?psv ?node. ?node wikibase:quantityUnit ?unit. }"
    " OPTIONAL { ?statement pq:P585 ?asOf. }"
    ' SERVICE wikibase:label { bd:serviceParam wikibase:language "de,en". }'
    " }"
)


def query_of(ags: str) -> str:
    """The best values of our properties, of every item that has the municipality's key (P439), 8 digits."""
    return _QUESTION.replace("$ags", ags)
