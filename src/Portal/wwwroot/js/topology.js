// Pan, zoom and traffic of one call graph. The graph itself is drawn by the server; nothing here asks it anything.

const travel = p50 => 1.1 + 0.55 * Math.log10(1 + Math.max(0, p50)); // seconds from end to end: slower calls drift, fast ones dart
const perSecond = rate => rate <= 0 ? 0 : Math.min(7, 0.5 + 1.5 * Math.log10(1 + rate));

export function attach(root, interactive) {
  const svg = root.querySelector("svg.canvas");
  const view = svg.querySelector("g.view");
  const canvas = root.querySelector("canvas");
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  let scale = 1, x = 0, y = 0, touched = false, fitted = "", frame = 0, last = 0, alive = true;
  const edges = new Map();

  const place = () => view.setAttribute("transform", `translate(${x} ${y}) scale(${scale})`);

  // Where the graph is wider than its frame, what the panel is about stays in sight.
  function selectedX() {
    const at = svg.querySelector(".node.selected")?.style.transform.match(/translate\(([-\d.]+)px/);
    return at ? +at[1] : 0;
  }

  function fit() {
    const width = +svg.dataset.width, height = +svg.dataset.height;
    if (!width || !root.clientWidth) {
      return;
    }

    const pad = interactive ? 28 : 12;
    const whole = Math.min((root.clientWidth - 2 * pad) / width, (root.clientHeight - 2 * pad) / height, 1.15);
    // On a phone the whole graph would be too small to read: show its left end at a readable size and let the finger move it.
    scale = interactive ? Math.max(whole, 0.72) : whole;
    x = width * scale <= root.clientWidth ? (root.clientWidth - width * scale) / 2 : Math.min(pad, Math.max(root.clientWidth - pad - width * scale, root.clientWidth / 2 - selectedX() * scale));
    y = (root.clientHeight - height * scale) / 2;
    fitted = `${width} ${height} ${root.clientWidth} ${root.clientHeight}`;
    place();
    root.classList.add("ready");
  }

  function zoom(by, cx, cy) {
    const next = Math.min(3, Math.max(0.2, scale * by));
    x = cx - (cx - x) * next / scale;
    y = cy - (cy - y) * next / scale;
    scale = next;
    touched = true;
    place();
  }

  const pointers = new Map();
  let moved = 0;
  const onWheel = event => {
    event.preventDefault();
    const box = root.getBoundingClientRect();
    zoom(Math.exp(-event.deltaY * 0.0015), event.clientX - box.left, event.clientY - box.top);
  };
  const onDown = event => {
    if (event.button === 0 && !event.target.closest("button")) {
      pointers.set(event.pointerId, event);
      moved = 0;
    }
  };
  const onMove = event => {
    const before = pointers.get(event.pointerId);
    if (!before) {
      return;
    }

    const dx = event.clientX - before.clientX, dy = event.clientY - before.clientY;
    if (pointers.size === 2) {
      const other = [...pointers.values()].find(p => p.pointerId !== event.pointerId);
      const box = root.getBoundingClientRect();
      const was = Math.hypot(before.clientX - other.clientX, before.clientY - other.clientY);
      const is = Math.hypot(event.clientX - other.clientX, event.clientY - other.clientY);
      if (was > 0) {
        zoom(is / was, (event.clientX + other.clientX) / 2 - box.left, (event.clientY + other.clientY) / 2 - box.top);
      }
    } else {
      x += dx;
      y += dy;
      touched = true;
      place();
    }

    moved += Math.abs(dx) + Math.abs(dy);
    pointers.set(event.pointerId, event);
  };
  const onUp = event => pointers.delete(event.pointerId);
  const onClick = event => {
    const button = event.target.closest("[data-zoom]");
    if (button?.dataset.zoom === "fit") {
      touched = false;
      fit();
    } else if (button) {
      zoom(button.dataset.zoom === "in" ? 1.25 : 0.8, root.clientWidth / 2, root.clientHeight / 2);
    } else if (moved > 6) {
      event.preventDefault(); // the end of a drag is not a choice
      event.stopPropagation();
    }

    moved = 0;
  };
  const onDrag = event => event.preventDefault();

  if (interactive) {
    root.addEventListener("wheel", onWheel, { passive: false });
    root.addEventListener("pointerdown", onDown);
    addEventListener("pointermove", onMove);
    addEventListener("pointerup", onUp);
    addEventListener("pointercancel", onUp);
    root.addEventListener("click", onClick, true);
    root.addEventListener("dragstart", onDrag);
  }

  function measure(path) {
    const d = path.getAttribute("d");
    let edge = edges.get(path);
    if (!edge || edge.d !== d) {
      const length = path.getTotalLength();
      const steps = 48;
      const points = [];
      for (let i = 0; i <= steps; i++) {
        const p = path.getPointAtLength(length * i / steps);
        points.push(p.x, p.y);
      }

      edge = { d, points, steps, dots: edge?.dots ?? [], due: edge?.due ?? Math.random() };
      edges.set(path, edge);
    }

    return edge;
  }

  let colours = {}, coloursAt = -1e9;
  function tick(now) {
    if (!alive) {
      return;
    }

    frame = requestAnimationFrame(tick);
    const shape = `${+svg.dataset.width} ${+svg.dataset.height} ${root.clientWidth} ${root.clientHeight}`;
    if (!touched && shape !== fitted) {
      fit();
    }

    const passed = Math.min(0.1, (now - last) / 1000);
    last = now;
    const ratio = devicePixelRatio || 1;
    const width = Math.round(root.clientWidth * ratio), height = Math.round(root.clientHeight * ratio);
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }

    const pen = canvas.getContext("2d");
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, width, height);
    if (still.matches || document.hidden) {
      return;
    }

    if (now - coloursAt > 1000) {
      const style = getComputedStyle(root);
      colours = { ok: style.getPropertyValue("--accent"), bad: style.getPropertyValue("--bad") };
      coloursAt = now;
    }

    pen.setTransform(ratio * scale, 0, 0, ratio * scale, ratio * x, ratio * y);
    const seen = new Set();
    for (const path of view.querySelectorAll("path.wire")) {
      const edge = measure(path);
      seen.add(path);
      const rate = perSecond(+path.dataset.rate);
      edge.due -= passed * rate;
      if (rate > 0 && edge.due <= 0 && edge.dots.length < 40) {
        edge.due += 0.75 + Math.random() * 0.5;
        edge.dots.push({ at: 0, bad: Math.random() * 100 < +path.dataset.errors });
      }

      const speed = passed / travel(+path.dataset.p50);
      edge.dots = edge.dots.filter(dot => (dot.at += speed) < 1);
      for (const dot of edge.dots) {
        const i = Math.min(edge.steps - 1, Math.floor(dot.at * edge.steps));
        const part = dot.at * edge.steps - i;
        const px = edge.points[2 * i] + (edge.points[2 * i + 2] - edge.points[2 * i]) * part;
        const py = edge.points[2 * i + 1] + (edge.points[2 * i + 3] - edge.points[2 * i + 1]) * part;
        pen.globalAlpha = Math.min(1, 8 * dot.at, 8 * (1 - dot.at));
        pen.fillStyle = dot.bad ? colours.bad : colours.ok;
        pen.beginPath();
        if (dot.bad) {
          pen.moveTo(px, py - 5);
          pen.lineTo(px + 5, py);
          pen.lineTo(px, py + 5);
          pen.lineTo(px - 5, py);
        } else {
          pen.arc(px, py, 2.4, 0, 7);
        }

        pen.fill();
      }
    }

    pen.globalAlpha = 1;
    for (const path of edges.keys()) {
      if (!seen.has(path)) {
        edges.delete(path);
      }
    }
  }

  fit();
  frame = requestAnimationFrame(tick);
  return {
    dispose() {
      alive = false;
      cancelAnimationFrame(frame);
      removeEventListener("pointermove", onMove);
      removeEventListener("pointerup", onUp);
      removeEventListener("pointercancel", onUp);
    },
  };
}
