/* The camera as a scanner, where the browser reads codes by itself. No script of others, nothing
   leaves the page: each code becomes a line of the field, as a hand scanner would type it. */
"use strict";

(async () => {
  const field = document.querySelector("[data-scans]");
  const box = document.querySelector("[data-camera]");
  if (!field || !box || !("BarcodeDetector" in window) || !navigator.mediaDevices) return;
  let formats;
  try {
    formats = await window.BarcodeDetector.getSupportedFormats();
  } catch {
    return;
  }
  const wanted = ["data_matrix", "code_128", "qr_code", "itf"].filter((one) => formats.includes(one));
  if (!wanted.includes("data_matrix")) return;

  const detector = new window.BarcodeDetector({ formats: wanted });
  const video = box.querySelector("video");
  const start = box.querySelector("[data-start]");
  const told = box.querySelector("[data-told]");
  const last = new Map();
  let stream = null;
  box.hidden = false;
  document.querySelector("[data-nocamera]").hidden = true;

  function stop() {
    if (stream) stream.getTracks().forEach((track) => track.stop());
    stream = null;
    video.hidden = true;
    start.textContent = "Use the camera";
  }

  /* The same code is taken again only after it was out of sight for two seconds: packages without
     a serial look alike. */
  function take(raw) {
    const now = Date.now(), seen = last.get(raw);
    last.set(raw, now);
    if (seen && now - seen < 2000) return;
    const before = field.value && !field.value.endsWith("\n") ? `${field.value}\n` : field.value;
    field.value = `${before}${raw.replaceAll("\x1d", "<GS>")}\n`;
    field.scrollTop = field.scrollHeight;
    const count = field.value.split("\n").filter((line) => line.trim()).length;
    told.textContent = `${count} ${count === 1 ? "code" : "codes"} so far. Then: Look at them.`;
    if (navigator.vibrate) navigator.vibrate(60);
  }

  async function look() {
    if (!stream) return;
    try {
      (await detector.detect(video)).forEach((code) => take(code.rawValue));
    } catch {
      /* a frame that is not ready: the next one is looked at */
    }
    setTimeout(look, 200);
  }

  start.addEventListener("click", async () => {
    if (stream) {
      stop();
      return;
    }
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch {
      told.textContent = "The camera was not allowed. Type the code, or use a hand scanner.";
      return;
    }
    video.srcObject = stream;
    video.hidden = false;
    await video.play();
    start.textContent = "Stop the camera";
    told.textContent = "Hold the square code into the picture.";
    look();
  });
  window.addEventListener("pagehide", stop);
})();
