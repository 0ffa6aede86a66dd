"""GeoJSON of offices, clubs and other systems."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.feeds.connector import Stop
from app.feeds.items import Place, Tour
from tests.feeds.reading import problems, read

SAMPLES = Path(__file__).parents[4] / "shared" / "samples" / "municipalities"


def collection(*features: dict[str, Any], **more: Any) -> bytes:
    return msgspec.json.encode({"type": "FeatureCollection", "features": features, **more})


def feature(kind: str, coordinates: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": {"type": kind, "coordinates": coordinates}}


def test_coordinates_of_another_system_are_refused() -> None:
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::25833"}}

    with pytest.raises(Stop) as stop:
        read("geojson", collection(feature("Point", [352345, 5778901]), crs=crs))

    assert stop.value.code == "coordinates"


def test_an_editor_says_which_property_means_what() -> None:
    body = collection(
        feature("Point", [12.6, 52.1], Anlage="Rutsche", Art="SP", ID=7),
        feature("Point", [12.7, 52.1], Anlage="Tor", Art="BP", ID=8),
    )

    found = read(
        "geojson", body, title_from="Anlage", kind_from="Art", kinds={"SP": "playground"}, kind="pitch", id_from="ID"
    )

    assert [(one.external_id, one.title, one.kind) for one in found if isinstance(one, Place)] == [
        ("7", "Rutsche", "playground"),
        ("8", "Tor", "pitch"),
    ]


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Point", "coordinates": []},
        {"type": "Point", "coordinates": [None, 5]},
        {"type": "Point", "coordinates": ["12", "52"]},
        {"type": "Point", "coordinates": [0, 0]},
        {"type": "Point", "coordinates": [1e300, 5]},
        {"type": "LineString", "coordinates": [[12, 52]]},
        {"type": "Polygon", "coordinates": [[]]},
        {"type": "MultiPolygon", "coordinates": [[], None]},
        {"type": "GeometryCollection", "geometries": [{"type": "GeometryCollection", "geometries": []}]},
        {"type": "Torus", "coordinates": 7},
        "Punkt",
        None,
    ],
)
def test_what_lies_nowhere_loses_only_itself(geometry: Any) -> None:
    body = collection(
        {"type": "Feature", "properties": {}, "geometry": geometry}, feature("Point", [12.6, 52.1], name="Da")
    )

    found = read("geojson", body)

    assert [one.title for one in found if isinstance(one, Place)] == ["Da"]
    assert len(problems(found)) == 1


def test_a_single_geometry_and_a_single_feature_are_files_too() -> None:
    line = {"type": "LineString", "coordinates": [[12.6, 52.1], [12.7, 52.2]]}

    assert [type(one) for one in read("geojson", msgspec.json.encode(line))] == [Tour]
    assert [type(one) for one in read("geojson", msgspec.json.encode(feature("Point", [12.6, 52.1])))] == [Place]


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not here")
def test_what_others_published_is_read() -> None:
    for path in sorted(SAMPLES.glob("*.geojson")):
        found = read("geojson", path.read_bytes(), title_from="GEN")
        assert found
        assert not problems(found)
