// Shows how sending goes on, until it ends or nobody looks.
const live = document.querySelector("[data-events]");
const said = document.getElementById("said");
let source = null;
let saidAt = 0;

function show(event) {
  live.innerHTML = event.data;
  const words = live.querySelector("[data-said]");
  if (words && said && Date.now() - saidAt >= 4000) {
    said.textContent = words.textContent;
    saidAt = Date.now();
  }
}

function listen() {
  source = new EventSource(live.dataset.events);
  source.addEventListener("progress", show);
  source.addEventListener("end", (event) => {
    source.close();
    location.replace(event.data);
  });
}

if (live) {
  listen();
  document.addEventListener("visibilitychange", () => {
    source.close();
    if (!document.hidden) listen();
  });
}
