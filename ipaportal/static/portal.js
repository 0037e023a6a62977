/* Small helps on top of pages that work without them. No inline script, no eval. */
"use strict";

(() => {
  const typing = (target) => target.closest("input, textarea, select, [contenteditable]");

  document.addEventListener("keydown", (event) => {
    const wants = (event.key === "/" && !typing(event.target) && !event.ctrlKey && !event.metaKey)
      || (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey));
    const search = document.querySelector("[data-search]");
    if (wants && search) {
      event.preventDefault();
      search.focus();
      search.select();
    }
    if (event.key === "Escape") {
      document.querySelectorAll("details[data-menu][open]").forEach((menu) => {
        menu.open = false;
        menu.querySelector("summary").focus();
      });
    }
  });

  document.addEventListener("click", (event) => {
    document.querySelectorAll("details[data-menu][open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
    const explain = event.target.closest("a[data-explain]");
    if (explain && !event.ctrlKey && !event.metaKey && !event.shiftKey && explain_in_drawer(explain)) {
      event.preventDefault();
      return;
    }
    if (event.target.closest("[data-close]")) {
      event.target.closest("dialog").close();
      return;
    }
    if (event.target.matches("dialog.drawer")) event.target.close();
    const copy = event.target.closest("[data-copy]");
    if (copy) copy_text(copy);
    open_row(event);
  });

  /* The drawer is a modal dialog: Esc closes it and the browser gives the focus back. */
  function explain_in_drawer(link) {
    const drawer = document.getElementById("drawer");
    if (!drawer || !window.htmx) return false;
    const body = drawer.querySelector("#drawer-body");
    if (!drawer.open) {
      body.textContent = "Looking it up…";
      drawer.showModal();
    }
    window.htmx.ajax("GET", link.getAttribute("href"), { target: "#drawer-body", swap: "innerHTML" });
    return true;
  }

  document.addEventListener("htmx:responseError", (event) => {
    const drawer = document.getElementById("drawer-body");
    if (event.detail.target === drawer) {
      drawer.textContent = "This could not be shown. Nothing was changed; open the page again to retry.";
    }
  });

  function open_row(event) {
    const row = event.target.closest("tr[data-open]");
    if (!row || event.target.closest("a, button, input, select, label, summary")) return;
    if (String(window.getSelection())) return;
    if (event.ctrlKey || event.metaKey) window.open(row.dataset.open, "_blank", "noopener");
    else window.location.assign(row.dataset.open);
  }

  async function copy_text(button) {
    await navigator.clipboard.writeText(button.dataset.copy);
    const before = button.textContent;
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = before; }, 1500);
  }

  /* Files: dropped or chosen, sent at once with a bar; the answer is the page that a plain form
     would have led to. */
  const drop_of = (event) => event.target.closest && event.target.closest("form[data-drop]");
  ["dragenter", "dragover"].forEach((name) => document.addEventListener(name, (event) => {
    const form = drop_of(event);
    if (!form) return;
    event.preventDefault();
    form.classList.add("over");
  }));
  document.addEventListener("dragleave", (event) => {
    const form = drop_of(event);
    if (form && !form.contains(event.relatedTarget)) form.classList.remove("over");
  });
  document.addEventListener("drop", (event) => {
    const form = drop_of(event);
    if (!form) return;
    event.preventDefault();
    form.classList.remove("over");
    if (!event.dataTransfer.files.length) return;
    form.querySelector("input[type=file]").files = event.dataTransfer.files;
    if (form.reportValidity()) send(form);
  });
  document.addEventListener("submit", (event) => {
    const form = drop_of(event);
    if (!form) return;
    event.preventDefault();
    send(form);
  });

  function send(form) {
    const request = new XMLHttpRequest();
    const bar = form.querySelector("progress");
    const said = form.querySelector("[data-said]");
    const button = form.querySelector("[data-send]");
    const failed = (why) => {
      bar.hidden = true;
      button.disabled = false;
      said.textContent = `${why} Nothing was received; send it again.`;
    };
    bar.hidden = false;
    button.disabled = true;
    request.upload.addEventListener("progress", (event) => {
      if (!event.lengthComputable) return;
      bar.value = Math.round((event.loaded / event.total) * 100);
      said.textContent = event.loaded < event.total
        ? `${bar.value} % sent` : "All sent. The file is being read…";
    });
    request.addEventListener("load", () => show_answer(request, failed));
    request.addEventListener("error", () => failed("The connection was lost."));
    request.open("POST", form.action || window.location.href);
    request.send(new FormData(form));
  }

  /* The answer was already fetched, with its messages: show it instead of asking again. */
  function show_answer(request, failed) {
    const answer = new DOMParser().parseFromString(request.responseText, "text/html");
    const page = answer.querySelector("main");
    if (!page) {
      failed(`The server refused the file (${request.status}).`);
      return;
    }
    document.querySelector("main").replaceWith(document.adoptNode(page));
    document.title = answer.title;
    if (request.responseURL !== window.location.href) {
      window.history.pushState({}, "", request.responseURL);
    }
    if (window.htmx) window.htmx.process(document.querySelector("main"));
    document.querySelector("main").focus();
  }

  /* Signing out: two minutes before, a dialog offers to stay; what was typed stays on the page.
     Without this script the server ends the session all the same. */
  const left = document.body.dataset;
  if (left.idle) {
    const soon = 120, dialog = document.getElementById("leaving");
    let idle, whole;
    const set = (idle_left, whole_left) => {
      idle = Date.now() + idle_left * 1000;
      whole = Date.now() + whole_left * 1000;
    };
    set(Number(left.idle), Number(left.whole));
    const clock = (time) => new Date(time).toLocaleTimeString([], { hour: "numeric", minute: "2-digit" });
    const watch = () => {
      const end = Math.min(idle, whole);
      if (Date.now() >= end) {
        window.location.assign("/");
        return;
      }
      if (Date.now() < end - soon * 1000) {
        if (dialog.open) dialog.close();
        return;
      }
      const can_stay = idle < whole;
      dialog.querySelector("[data-when]").textContent = can_stay
        ? `Nobody has clicked for a while. Your session ends at ${clock(end)}; what you typed stays if you stay.`
        : `Your session ends at ${clock(end)} in any case. Send what you typed before then, and sign in again.`;
      dialog.querySelector("button[data-stay]").textContent = can_stay ? "Stay signed in" : "Close";
      if (!dialog.open && !(dialog.dataset.seen && !can_stay)) dialog.showModal();
    };
    setInterval(watch, 5000);
    dialog.querySelector("button[data-stay]").addEventListener("click", async () => {
      dialog.close();
      if (idle >= whole) {
        dialog.dataset.seen = "1";
        return;
      }
      const headers = JSON.parse(document.body.getAttribute("hx-headers"));
      const answer = await fetch(left.stay, { method: "POST", headers });
      if (!answer.ok || answer.redirected) {
        window.location.assign("/");
        return;
      }
      const now = await answer.json();
      set(now.idle_left, now.whole_left);
    });
    document.addEventListener("htmx:configRequest", (event) => {
      const every = (event.detail.elt.getAttribute("hx-trigger") || "").startsWith("every");
      if (every) event.detail.headers["X-Poll"] = "1";
      else set(Number(left.idle), (whole - Date.now()) / 1000);
    });
  }
})();
