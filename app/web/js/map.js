// Maps. Without this file the drawing that the server made and the list beside it stay.
(() => {
  "use strict";

  const box = document.querySelector("[data-map]");
  const L = window.L;
  if (!box || !L) {
    return;
  }

  const colour = (name) => getComputedStyle(box).getPropertyValue(name).trim();
  const ink = colour("--kern-color-action-default");
  const paper = colour("--village-surface");
  const tint = colour("--village-tint");
  const quiet = colour("--kern-color-layout-border");
  // With one finger a page is scrolled; a map is moved with two.
  const byFinger = matchMedia("(pointer: coarse)").matches;

  const live = () => {
    box.textContent = "";
    box.classList.add("map-live");
    const map = L.map(box, {
      preferCanvas: true,
      zoomControl: false,
      dragging: !byFinger,
      scrollWheelZoom: false,
      maxZoom: Number(box.dataset.most) || 19,
      // Pictures come in whole steps; a drawing fills the frame at any.
      zoomSnap: box.dataset.tiles ? 1 : 0.1,
      zoomAnimation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    });
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", box.dataset.label);
    map.attributionControl.setPrefix(false);
    L.control.zoom({ zoomInTitle: box.dataset.in, zoomOutTitle: box.dataset.out }).addTo(map);
    if (box.dataset.tiles) {
      L.tileLayer(box.dataset.tiles, { attribution: box.dataset.credit, maxZoom: map.options.maxZoom }).addTo(map);
    }
    const outline = box.dataset.outline
      ? L.polygon(JSON.parse(box.dataset.outline), { color: quiet, weight: 2, fillColor: tint, fillOpacity: box.dataset.tiles ? 0 : 1, interactive: false }).addTo(map)
      : null;

    const mark = (place, radius = 8) => L.circleMarker(place, { radius, color: paper, weight: 2, fillColor: ink, fillOpacity: 1 });

    /** What a point says when it is pressed: its name, which leads to its page. */
    const told = ({ title, url, kind_name: kind, text }) => {
      const said = document.createElement("div");
      const name = document.createElement(url ? "a" : "strong");
      name.textContent = title;
      if (url) {
        name.href = new URL(url).pathname;
      }
      said.append(name);
      if (kind || text) {
        const more = document.createElement("p");
        more.textContent = kind || text;
        said.append(more);
      }
      return said;
    };

    const show = (bounds, zoom = 17) => {
      const there = bounds?.isValid() ? bounds : outline?.getBounds();
      if (there) {
        map.fitBounds(there.pad(0.08), { maxZoom: zoom, animate: false });
      } else {
        map.setView([51.2, 10.4], 6);
      }
    };

    const asJson = async (address) => {
      const answer = await fetch(address, { credentials: "same-origin", headers: { accept: "application/json" } });
      if (!answer.ok) {
        throw new Error(String(answer.status));
      }
      return answer.json();
    };

    /** The places of an address; where there are too many for one answer, those of the part that is seen. */
    const places = async (address) => {
      const points = L.layerGroup().addTo(map);
      const put = (found) => {
        points.clearLayers();
        const radius = found.features.length > 20 ? 6 : 8;
        for (const { geometry, properties } of found.features) {
          mark([geometry.coordinates[1], geometry.coordinates[0]], radius).bindPopup(() => told(properties)).addTo(points);
        }
      };
      const found = await asJson(address);
      put(found);
      const around = L.latLngBounds(found.features.map(({ geometry: { coordinates: [lon, lat] } }) => [lat, lon]));
      show("whole" in box.dataset && outline ? outline.getBounds().extend(around) : around);
      if (!found.complete) {
        map.on("moveend", async () => {
          const part = new URL(address, location.href);
          part.searchParams.set("bbox", map.getBounds().toBBoxString().split(",").map((text) => Number(text).toFixed(4)).join(","));
          put(await asJson(part));
        });
      }
    };

    const track = async (address) => {
      const tour = await asJson(address);
      const lines = tour.track.coordinates.map((line) => line.map(([lon, lat]) => [lat, lon]));
      const way = L.polyline(lines, { color: ink, weight: 5 }).addTo(map);
      for (const stop of tour.stops) {
        mark([stop.lat, stop.lon]).bindPopup(() => told(stop)).addTo(map);
      }
      show(way.getBounds());
    };

    const { lat, lon } = box.dataset;
    if (lat) {
      const here = L.latLng(Number(lat), Number(lon));
      mark(here).addTo(map);
      // Without tiles a single street would be an empty page: the outline tells where in the town it is.
      show(box.dataset.tiles || !outline ? here.toBounds(600) : outline.getBounds().extend(here));
    } else {
      show(null);
      const load = box.dataset.track ? track(box.dataset.track) : places(box.dataset.places);
      load.catch(() => show(null));
    }
  };

  // The drawing stays until the page has come to rest: what one reads and presses comes first.
  const idle = window.requestIdleCallback ?? ((call) => setTimeout(call, 50));
  idle(() => idle(live, { timeout: 1000 }), { timeout: 1000 });
})();
