// Plays the rounds of a training: the map, the likelihood and the workloads, from frames that were
// computed before. Nothing is asked of the server.
const SPEED = 7; // rounds a second
const mix = (a, b, part) => a + (b - a) * part;

function bytes(text) {
  const raw = atob(text);
  return Uint8ClampedArray.from(raw, (letter) => letter.charCodeAt(0));
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".player");
  const canvas = root.querySelector("canvas");
  const slider = root.querySelector("input");
  const label = root.querySelector(".round");
  const play = root.querySelector(".play");
  const pen = canvas.getContext("2d");
  const pixels = bytes(data.map);
  const side = data.side, last = data.rounds, cells = side * side * 3;
  const small = document.createElement("canvas");
  small.width = small.height = side;
  const smallPen = small.getContext("2d");
  const image = smallPen.createImageData(side, side);
  let at = last, playing = false, before = 0, drawn = 0, since = 0, frame = 0;

  root.style.color = data.ink;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", data.alt);
  slider.max = last;
  slider.step = "any";

  const number = (value, digits) => value.toFixed(digits).replace("-", "\u2212");
  const text = (words, x, y, size, colour, align = "left", bold = false) => {
    pen.font = `${bold ? "600 " : ""}${size}px "Source Sans", "Source Sans Pro", sans-serif`;
    pen.fillStyle = colour;
    pen.textAlign = align;
    pen.fillText(words, x, y);
  };

  function drawMap(x, y, size, low, part) {
    const from = low * cells, to = Math.min(low + 1, last) * cells;
    for (let row = 0; row < side; row += 1) {
      for (let column = 0; column < side; column += 1) {
        // Rows come from below.
        const there = ((side - 1 - row) * side + column) * 3, here = (row * side + column) * 4;
        for (let k = 0; k < 3; k += 1) {
          image.data[here + k] = mix(pixels[from + there + k], pixels[to + there + k], part);
        }
        image.data[here + 3] = 255;
      }
    }
    smallPen.putImageData(image, 0, 0);
    pen.imageSmoothingEnabled = true;
    pen.drawImage(small, x, y, size, size);
    pen.strokeStyle = data.muted;
    pen.strokeRect(x, y, size, size);
    pen.fillStyle = data.ink;
    pen.globalAlpha = 0.55;
    for (const [cx, cy, kind] of data.cases) {
      const px = x + (cx + 1) / 2 * size, py = y + (1 - cy) / 2 * size;
      pen.beginPath();
      if (kind === 0) { pen.arc(px, py, 3, 0, 7); }
      else if (kind === 1) { pen.rect(px - 3, py - 3, 6, 6); }
      else { pen.moveTo(px, py - 4); pen.lineTo(px + 4, py + 3); pen.lineTo(px - 4, py + 3); }
      pen.fill();
    }
    pen.globalAlpha = 1;
  }

  function drawCurves(x, y, width, height) {
    const lines = data.curves, all = lines.flatMap((line) => line.values);
    const low = Math.min(...all), high = Math.max(...all), span = high - low || 1;
    const px = (round) => x + 52 + round / last * (width - 60);
    const py = (value) => y + height - 24 - (value - low) / span * (height - 58);
    text(number(high, 2), x + 46, py(high) + 5, 14, data.muted, "right");
    text(number(low, 2), x + 46, py(low) + 5, 14, data.muted, "right");
    text("rounds →", x + width - 8, y + height - 4, 14, data.muted, "right");
    pen.strokeStyle = data.grid;
    pen.lineWidth = 1;
    for (const value of [low, high]) {
      pen.beginPath(); pen.moveTo(px(0), py(value)); pen.lineTo(px(last), py(value)); pen.stroke();
    }
    let named = x;
    for (const line of lines) {
      const until = Math.floor(at);
      pen.strokeStyle = line.colour;
      pen.lineWidth = 3;
      pen.setLineDash(line.dash);
      pen.beginPath();
      line.values.slice(0, until + 1).forEach((value, round) => pen.lineTo(px(round), py(value)));
      const end = Math.min(until + 1, last), now = mix(line.values[until], line.values[end], at - until);
      pen.lineTo(px(at), py(now));
      pen.stroke();
      pen.setLineDash([]);
      pen.fillStyle = data.alarm;
      for (const round of line.falls) {
        if (round <= at) {
          pen.beginPath(); pen.arc(px(round), py(line.values[round]), 4, 0, 7); pen.fill();
        }
      }
      text(`${line.name} ${number(now, 3)}`, named, y + 14, 16, line.colour, "left", true);
      named += pen.measureText(`${line.name} ${number(now, 3)}`).width + 22;
    }
  }

  function drawBars(x, y, width, height, low, part) {
    text(data.barsTitle, x, y + 14, 16, data.ink, "left", true);
    const next = Math.min(low + 1, last), row = (height - 22) / data.names.length;
    const from = x + 34, room = width - 100;
    data.names.forEach((name, n) => {
      const top = y + 24 + n * row, thick = Math.max(row - 10, 8);
      const value = mix(data.gate[low][n], data.gate[next][n], part);
      const share = mix(data.loads[low][n], data.loads[next][n], part);
      pen.fillStyle = data.grid;
      pen.fillRect(from, top, room, thick);
      if (data.bounded) {
        pen.fillStyle = data.band;
        pen.fillRect(from + data.lower[n] * room, top - 4,
          Math.max((data.upper[n] - data.lower[n]) * room, 3), thick + 8);
      }
      pen.fillStyle = data.colours[n];
      pen.fillRect(from, top + thick * 0.2, value * room, thick * 0.6);
      pen.strokeStyle = data.ink;
      pen.lineWidth = 3;
      pen.beginPath();
      pen.moveTo(from + share * room, top - 2); pen.lineTo(from + share * room, top + thick + 2);
      pen.stroke();
      text(name, x, top + thick * 0.75, 16, data.colours[n], "left", true);
      text(`${(100 * value).toFixed(0)} %`, x + width, top + thick * 0.75, 16, data.ink, "right");
    });
  }

  function draw() {
    const width = root.clientWidth, narrow = width < 640;
    if (!width) { return; }
    const square = narrow ? width : Math.min(400, width * 0.42);
    const height = narrow ? square + 420 : Math.max(square, 330);
    const scale = window.devicePixelRatio || 1;
    if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
      canvas.width = Math.round(width * scale);
      canvas.height = Math.round(height * scale);
      canvas.style.height = `${height}px`;
    }
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.clearRect(0, 0, width, height);
    const low = Math.min(Math.floor(at), last), part = at - low;
    drawMap(0, 0, square, low, part);
    const x = narrow ? 0 : square + 28, room = width - x - 4, top = narrow ? square + 16 : 0;
    const half = narrow ? 200 : height / 2;
    drawCurves(x, top, room, half - 8);
    drawBars(x, top + half + 6, room, half - 10, low, part);
    slider.value = at;
    label.textContent = `Round ${Math.round(at)} of ${last}`;
  }

  function step(now) {
    if (!playing) { return; }
    // The first frame may be of a moment before the click.
    at = Math.min(at + SPEED * Math.max(now - before, 0) / 1000, last);
    before = Math.max(now, before);
    drawn += 1;
    draw();
    if (now - since > 1000) { // for whoever wants to know how smooth it is
      root.dataset.fps = (1000 * drawn / (now - since)).toFixed(1);
      since = now; drawn = 0;
    }
    if (at >= last) { pause(); } else { frame = requestAnimationFrame(step); }
  }
  function pause() {
    playing = false;
    cancelAnimationFrame(frame);
    play.textContent = "Play";
  }
  function toggle() {
    if (playing) { pause(); return; }
    if (at >= last) { at = 0; }
    playing = true;
    before = since = performance.now();
    drawn = 0;
    play.textContent = "Pause";
    frame = requestAnimationFrame(step);
  }
  const jump = (to) => { pause(); at = Math.max(0, Math.min(to, last)); draw(); };

  play.onclick = toggle;
  root.querySelector(".restart").onclick = () => jump(0);
  root.querySelector(".back").onclick = () => jump(Math.ceil(at) - 1);
  root.querySelector(".step").onclick = () => jump(Math.floor(at) + 1);
  slider.oninput = () => jump(Number(slider.value));
  document.addEventListener("caseload-play", toggle);
  const watch = new ResizeObserver(draw);
  watch.observe(root);
  pause();
  draw();
  return () => {
    pause();
    watch.disconnect();
    document.removeEventListener("caseload-play", toggle);
  };
}
