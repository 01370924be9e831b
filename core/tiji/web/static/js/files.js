/* Files: dropped into their field, sent with a bar that shows how far, the list shown anew. */
(function () {
  "use strict";

  function shown(box, text) {
    box.querySelector(".files__state").textContent = text;
  }

  function bar(box, percent) {
    var progress = box.querySelector("progress");
    progress.hidden = percent === null;
    progress.value = percent || 0;
  }

  function send(form, target) {
    var box = form.querySelector("[data-drop]");
    var state = box.querySelector(".files__state").dataset;
    var button = form.querySelector("button:not([type=button])");
    var request = new XMLHttpRequest();
    var ended = function () {
      bar(box, null);
      button.disabled = false;
    };
    request.open("POST", form.action);
    request.setRequestHeader("HX-Request", "true");
    request.setRequestHeader("Accept", "text/html");
    request.upload.onprogress = function (event) {
      if (!event.lengthComputable) return;
      var percent = Math.floor((100 * event.loaded) / event.total);
      bar(box, percent);
      shown(box, percent < 100 ? state.sending.replace("{percent}", percent + "%") : state.checking);
    };
    request.onload = function () {
      ended();
      if (request.getResponseHeader("HX-Redirect")) {
        window.location.assign(request.getResponseHeader("HX-Redirect"));
        return;
      }
      var page = new DOMParser().parseFromString(request.responseText, "text/html");
      var fresh = page.getElementById(target);
      if (!fresh) {
        shown(box, state.lost);
        return;
      }
      var old = document.getElementById(target);
      fresh = document.importNode(fresh, true);
      old.replaceWith(fresh);
      if (window.htmx) window.htmx.process(fresh);
      prepare(fresh);
      var wanted = fresh.querySelector("[data-focus]");
      if (wanted) wanted.focus();
    };
    request.onerror = request.onabort = function () {
      ended();
      shown(box, state.lost);
    };
    button.disabled = true;
    bar(box, 0);
    request.send(new FormData(form));
  }

  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (!form.dataset.upload || event.defaultPrevented) return;
    if (!document.getElementById(form.dataset.upload)) return;
    event.preventDefault();
    send(form, form.dataset.upload);
  }, true);

  function box(event) {
    return event.target instanceof Element ? event.target.closest("[data-drop]") : null;
  }

  ["dragenter", "dragover"].forEach(function (kind) {
    document.addEventListener(kind, function (event) {
      if (!box(event)) return;
      event.preventDefault();
      box(event).classList.add("is-over");
    });
  });
  document.addEventListener("dragleave", function (event) {
    var left = box(event);
    if (left && !left.contains(event.relatedTarget)) left.classList.remove("is-over");
  });
  document.addEventListener("drop", function (event) {
    var over = box(event);
    if (!over) return;
    event.preventDefault();
    over.classList.remove("is-over");
    var input = over.querySelector("input[type=file]");
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });

  function prepare(root) {
    root.querySelectorAll(".files__drag").forEach(function (hint) {
      hint.hidden = false;
    });
  }

  document.addEventListener("DOMContentLoaded", function () {
    prepare(document);
  });
  document.addEventListener("htmx:after:swap", function () {
    prepare(document);
  });
})();
