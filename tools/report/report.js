"use strict";
// Seeking only: without this script the page reads and plays all the same.
(() => {
  const lanes = document.querySelector(".lanes");
  const players = [...document.querySelectorAll("video, audio")];
  const main = document.getElementById("preview") || document.querySelector("#players audio");
  if (!lanes || !main) return;
  const duration = Number(lanes.dataset.duration);
  const head = lanes.querySelector(".playhead");
  const clockText = document.getElementById("clock");

  const show = () => {
    const lane = lanes.querySelector(".lane");
    const share = Math.min(1, main.currentTime / duration);
    head.style.left = `${lane.offsetLeft + share * lane.clientWidth}px`;
    if (clockText) clockText.textContent = `${main.currentTime.toFixed(2)} s`;
  };
  const seek = (seconds) => {
    main.currentTime = Math.max(0, Math.min(duration, seconds));
    show();
  };
  const follow = () => {
    show();
    if (!main.paused) requestAnimationFrame(follow);
  };

  lanes.addEventListener("click", (event) => {
    const lane = event.target.closest(".lane");
    if (!lane || event.target.closest("a")) return;
    const box = lane.getBoundingClientRect();
    seek(((event.clientX - box.left) / box.width) * duration);
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-t]");
    if (!button) return;
    seek(Number(button.dataset.t));
    main.play();
  });
  // One sound at a time: a stem over the mix tells nothing.
  for (const player of players) {
    player.addEventListener("play", () => players.forEach((other) => other !== player && other.pause()));
  }
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#candidate-']");
    const details = link && document.getElementById(link.getAttribute("href").slice(1));
    if (details) details.open = true;
  });
  main.addEventListener("play", follow);
  main.addEventListener("timeupdate", show);
  main.addEventListener("seeked", show);
  addEventListener("resize", show);
  show();
})();
