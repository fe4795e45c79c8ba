// What needs no round trip: the theme, the search key, and the hover of charts. Listeners sit on the document, so that pages come and go freely.

document.addEventListener("click", event => {
  if (event.target.closest?.("[data-theme-toggle]")) {
    const root = document.documentElement;
    const isLight = (root.dataset.theme ?? (matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark")) === "light";
    root.dataset.theme = isLight ? "dark" : "light";
    localStorage.setItem("meshinsight-theme", root.dataset.theme);
  }
});

document.addEventListener("keydown", event => {
  if (event.key === "/" && !/^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName ?? "")) {
    event.preventDefault();
    document.querySelector("[data-search]")?.focus();
  }
});

const tip = document.createElement("div");
tip.className = "chart-tip";
tip.hidden = true;
const hair = document.createElement("div");
hair.className = "chart-hair";
hair.hidden = true;
document.body.append(tip, hair);

function hide() {
  tip.hidden = true;
  hair.hidden = true;
}

// [data-tip]: a few lines of text, the first a heading.
function showText(event, text) {
  const [heading, ...lines] = text.split("\n");
  tip.replaceChildren(Object.assign(document.createElement("b"), { textContent: heading }),
    ...lines.map(line => Object.assign(document.createElement("div"), { textContent: line })));
  tip.hidden = false;
  hair.hidden = true;
  tip.style.left = `${Math.max(4, Math.min(innerWidth - tip.offsetWidth - 4, event.clientX + 14))}px`;
  tip.style.top = `${Math.max(4, Math.min(innerHeight - tip.offsetHeight - 4, event.clientY + 14))}px`;
}

document.addEventListener("pointermove", event => {
  const tipped = event.target.closest?.("[data-tip]");
  if (tipped) {
    showText(event, tipped.dataset.tip);
    return;
  }

  const chart = event.target.closest?.("[data-chart]");
  const plot = chart?.querySelector(".plot");
  if (!plot) {
    hide();
    return;
  }

  const box = plot.getBoundingClientRect();
  const { times, lines } = JSON.parse(chart.dataset.chart);
  const step = Math.min(times.length - 1, Math.max(0, Math.floor((event.clientX - box.left) / box.width * times.length)));
  tip.replaceChildren(Object.assign(document.createElement("div"), { className: "at", textContent: times[step] }));
  for (const line of lines) {
    const row = document.createElement("div");
    row.className = "row " + line.tone;
    const name = Object.assign(document.createElement("span"), { textContent: line.name });
    const value = Object.assign(document.createElement("b"), { textContent: line.values[step] ?? "–" });
    row.append(name, value);
    tip.append(row);
  }

  tip.hidden = false;
  hair.hidden = false;
  const x = box.left + (step + 0.5) / times.length * box.width;
  hair.style.cssText = `left:${x}px;top:${box.top}px;height:${box.height}px`;
  const width = tip.offsetWidth;
  tip.style.left = `${x + 12 + width > innerWidth ? x - 12 - width : x + 12}px`;
  tip.style.top = `${Math.max(4, Math.min(innerHeight - tip.offsetHeight - 4, event.clientY - 20))}px`;
});
document.addEventListener("pointerleave", hide);
document.addEventListener("scroll", hide, true);
