// "Near me": asks the device where it is and the page for what is near. Without this file the button stays hidden.
(() => {
  "use strict";

  // Where the reader is, rounded to about a hundred metres before it leaves the device.
  const near = document.querySelector("[data-near]");
  if (near && navigator.geolocation) {
    const answer = document.querySelector("[data-near-answer]");
    near.hidden = false;
    near.addEventListener("click", () => {
      near.disabled = true;
      answer.textContent = "";
      navigator.geolocation.getCurrentPosition(
        ({ coords }) => {
          const there = new URL(location.href);
          there.searchParams.set("lat", coords.latitude.toFixed(3));
          there.searchParams.set("lon", coords.longitude.toFixed(3));
          there.searchParams.delete("cursor");
          location.assign(there);
        },
        () => {
          near.disabled = false;
          answer.textContent = near.dataset.failed;
        },
        { maximumAge: 60_000, timeout: 10_000 },
      );
    });
  }
})();
