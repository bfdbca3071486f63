"use strict";
// Seeking, keeping sound and picture together, dragging hits, drawing paths. Everything that it changes lands in a
// labelled text field that can be typed into as well, so nothing needs a mouse.
(() => {
  const near = (element, selector) => element instanceof Element && element.closest(selector);
  const inside = (root, selector) => (root ? root.querySelector(selector) : null);

  const setField = (id, value) => {
    const field = document.querySelector(`#${id} textarea, #${id} input`);
    if (!field) return;
    const kind = field.tagName === "TEXTAREA" ? HTMLTextAreaElement : HTMLInputElement;
    Object.getOwnPropertyDescriptor(kind.prototype, "value").set.call(field, value);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };

  // one sound at a time, the picture beside it
  const follow = (audio) => {
    const video = inside(near(audio, ".synced"), "video.clip");
    if (!video || !("start" in audio.dataset)) return;
    const at = audio.currentTime + Number(audio.dataset.start);
    if (Math.abs(video.currentTime - at) > 0.08) video.currentTime = at;
    if (audio.paused) video.pause();
    else video.play().catch(() => {});
  };
  for (const kind of ["play", "pause", "seeked"]) {
    document.addEventListener(kind, (event) => {
      const sound = event.target;
      if (!(sound instanceof HTMLMediaElement)) return;
      if (kind === "play" && near(sound, ".foley")) {
        for (const other of document.querySelectorAll(".foley audio, .foley video"))
          if (other !== sound && !(sound.tagName === "AUDIO" && other.muted)) other.pause();
      }
      if (sound.tagName === "AUDIO") follow(sound);
    }, true);
  }

  // A / B at the same place
  document.addEventListener("click", (event) => {
    const swap = near(event.target, "button.swap");
    if (!swap) return;
    const [a, b] = swap.closest(".synced").querySelectorAll("audio[data-ab]");
    const [from, to] = a.paused && !b.paused ? [b, a] : [a, b];
    to.currentTime = from.currentTime;
    from.pause();
    to.play().catch(() => {});
  });

  // seeking by a time button or a lane
  document.addEventListener("click", (event) => {
    const button = near(event.target, ".foley button[data-t], .foley-page button[data-t]");
    const lane = near(event.target, ".foley .lane");
    const root = near(event.target, ".synced");
    const video = inside(root, "video.clip");
    if (!video) return;
    let seconds = null;
    if (button) seconds = Number(button.dataset.t);
    else if (lane && !near(event.target, "a")) {
      const box = lane.getBoundingClientRect();
      seconds = ((event.clientX - box.left) / box.width) * Number(lane.closest(".lanes").dataset.duration);
    }
    if (seconds === null) return;
    video.currentTime = seconds;
    const audio = inside(root, "audio[data-start]");
    if (button && audio) audio.currentTime = Math.max(0, seconds - Number(audio.dataset.start));
  });

  // dragging a hit
  let drag = null;
  document.addEventListener("pointerdown", (event) => {
    const handle = near(event.target, ".dragline .handle");
    if (handle) {
      drag = { handle, line: handle.parentElement };
      event.preventDefault();
    }
  });
  document.addEventListener("pointermove", (event) => {
    if (!drag) return;
    const box = drag.line.getBoundingClientRect();
    const share = Math.min(0.9999, Math.max(0, (event.clientX - box.left) / box.width));
    drag.handle.style.left = `${share * 100}%`;
    drag.handle.dataset.t = share * Number(drag.line.dataset.duration);
  });
  document.addEventListener("pointerup", () => {
    if (!drag) return;
    const times = [...drag.line.querySelectorAll(".handle")].map((h) => Number(h.dataset.t)).sort((a, b) => a - b);
    setField(drag.line.dataset.target, times.map((t) => t.toFixed(3)).join(" "));
    drag = null;
  });

  // drawing a path: while it is drawn the film plays, and where the pointer is then is where the sound is
  let drawn = null;
  const drawing = (event) => {
    if (!drawn) return;
    const box = drawn.area.getBoundingClientRect();
    const x = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    const y = Math.min(1, Math.max(0, (event.clientY - box.top) / box.height));
    const t = drawn.video.currentTime;
    const last = drawn.points[drawn.points.length - 1];
    if (last && t - last[0] < 0.1) return;
    drawn.points.push([t, x, y]);
    const line = drawn.points.map((p) => `${(p[1] * 100).toFixed(1)} ${(p[2] * 100).toFixed(1)}`).join("L");
    drawn.area.querySelector("svg.path").innerHTML = `<path d="M${line}"/>`;
  };
  document.addEventListener("click", (event) => {
    if (!near(event.target, "#draw-path")) return;
    const area = document.querySelector(".drawing");
    if (area) area.classList.toggle("on");
  });
  document.addEventListener("pointerdown", (event) => {
    const area = near(event.target, ".drawing.on");
    const video = inside(area, "video.clip");
    if (!video) return;
    drawn = { area, video, points: [] };
    drawing(event);
    video.play().catch(() => {});
    event.preventDefault();
  });
  document.addEventListener("pointermove", drawing);
  document.addEventListener("pointerup", () => {
    if (!drawn) return;
    drawn.video.pause();
    drawn.area.classList.remove("on");
    setField(drawn.area.dataset.target, drawn.points.map((p) => `${p[0].toFixed(3)} ${p[1].toFixed(3)}`).join("\n"));
    drawn = null;
  });

  // the 5.1 room, moved by whatever plays beside it
  const rooms = () => {
    for (const room of document.querySelectorAll(".scene51")) {
      const media = [...(near(room, ".synced") || document).querySelectorAll("audio, video")];
      const playing = media.find((m) => !m.paused) || media[0];
      const share = playing ? Math.min(1, playing.currentTime / Number(room.dataset.duration)) : 0;
      for (const source of room.querySelectorAll(".source")) {
        source.rows = source.rows || ["angles", "depths", "active"].map((k) => source.dataset[k].split(",").map(Number));
        const [angles, depths, active] = source.rows;
        const index = Math.min(angles.length - 1, Math.round(share * (angles.length - 1)));
        const radius = 25 + 70 * Math.min(1, Math.log2(1 + depths[index]) / 6);
        const angle = (angles[index] * Math.PI) / 180;
        source.setAttribute("cx", (radius * Math.sin(angle)).toFixed(1));
        source.setAttribute("cy", (-radius * Math.cos(angle)).toFixed(1));
        source.classList.toggle("active", Boolean(active[index]));
      }
    }
    setTimeout(() => requestAnimationFrame(rooms), 80);
  };
  rooms();
})();
