/* The grid by keyboard: arrows move from cell to cell, Space selects, Enter shows the household. */
(function () {
  "use strict";

  function prepare(form) {
    var cells = Array.from(form.querySelectorAll("a.u"));
    var bulk = form.querySelector("[data-bulk]");
    var chosen = new Set();
    if (!cells.length) return;

    function enter(cell) {
      cells.forEach(function (one) {
        one.tabIndex = one === cell ? 0 : -1;
      });
    }

    function middle(cell) {
      var box = cell.getBoundingClientRect();
      return { x: box.left + box.width / 2, y: box.top + box.height / 2, h: box.height };
    }

    /* The nearest cell in a direction; rows of all buildings form one map. */
    function next(cell, dx, dy) {
      if (dx) return cells[cells.indexOf(cell) + dx] || null;
      var from = middle(cell);
      var best = null;
      var least = Infinity;
      cells.forEach(function (one) {
        var at = middle(one);
        var down = (at.y - from.y) * dy;
        if (down < from.h / 2) return;
        var far = down + 3 * Math.abs(at.x - from.x);
        if (far < least) {
          least = far;
          best = one;
        }
      });
      return best;
    }

    function count() {
      bulk.hidden = !chosen.size;
      bulk.querySelector("[data-count]").textContent =
        form.dataset.selected.replace("{n}", chosen.size);
    }

    function toggle(cell) {
      var number = cell.dataset.case;
      var field = form.querySelector('input[name=case][value="' + number + '"]');
      if (field) {
        field.remove();
        chosen.delete(number);
      } else {
        field = document.createElement("input");
        field.type = "hidden";
        field.name = "case";
        field.value = number;
        form.append(field);
        chosen.add(number);
      }
      cell.classList.toggle("is-on", chosen.has(number));
      cell.setAttribute("aria-description", chosen.has(number) ? form.dataset.selected.replace("{n} ", "") : "");
      count();
    }

    function show(cell) {
      cells.forEach(function (one) {
        one.classList.toggle("is-cur", one === cell);
      });
      window.htmx.ajax("GET", cell.dataset.house, { target: "#house", swap: "outerHTML" }).then(function () {
        var card = document.getElementById("house");
        if (card.getBoundingClientRect().top > window.innerHeight - 80) card.scrollIntoView();
      });
    }

    form.addEventListener("focusin", function (event) {
      if (cells.includes(event.target)) enter(event.target);
    });
    form.addEventListener("click", function (event) {
      var cell = event.target.closest("a.u");
      if (cell && window.htmx && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
        event.preventDefault();
        show(cell);
      }
      if (event.target.closest("[data-clear]")) {
        cells.filter(function (one) {
          return chosen.has(one.dataset.case);
        }).forEach(toggle);
      }
    });
    form.addEventListener("keydown", function (event) {
      var cell = event.target.closest("a.u");
      var moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
      if (!cell) return;
      if (event.key === " ") {
        event.preventDefault();
        toggle(cell);
      } else if (moves[event.key]) {
        event.preventDefault();
        var to = next(cell, moves[event.key][0], moves[event.key][1]);
        if (to) to.focus();
      }
    });
    enter(cells.find(function (one) {
      return one.classList.contains("is-cur");
    }) || cells[0]);
    count();
  }

  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("[data-grid]").forEach(prepare);
  });
})();
