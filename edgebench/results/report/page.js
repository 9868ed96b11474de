"use strict";
// Sort and filter the table of runs, and switch between light and dark. Without scripts the page
// is whole; the controls are then hidden.
(() => {
  const table = document.getElementById("runs");
  const body = table.tBodies[0];
  const PREFIXES = { n: 1e-9, u: 1e-6, m: 1e-3 };

  // A number with a unit, and no more but its interval or its uncertainty: "1d-conv" is a name.
  const NUMBER =
    /^(-?[\d,]*\.?\d+(?:e[+-]?\d+)?)(?:\s*([num]?)(?:s|J|W)|\s*%|\s+[a-z/ ]+)?(?:\s+(?:\(|\+-|accuracy).*)?$/i;

  const value = (row, column) => {
    const text = row.cells[column].dataset.text ?? row.cells[column].textContent.trim();
    const found = NUMBER.exec(text);
    if (!found) return text;
    return Number(found[1].replaceAll(",", "")) * (PREFIXES[found[2]] ?? 1);
  };

  const compare = (one, other) => {
    if (one === "" || other === "") return (one === "") - (other === "");
    if (typeof one === "number" && typeof other === "number") return one - other;
    return String(one).localeCompare(String(other), "en", { numeric: true });
  };

  const sort = (heading) => {
    const column = heading.cellIndex;
    const down = heading.getAttribute("aria-sort") === "ascending";
    for (const each of table.tHead.rows[0].cells) each.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", down ? "descending" : "ascending");
    const rows = [...body.rows].map((row) => [value(row, column), row]);
    rows.sort(([one], [other]) => {
      const order = compare(one, other);
      return down && one !== "" && other !== "" ? -order : order;
    });
    body.append(...rows.map(([, row]) => row));
  };

  for (const heading of table.tHead.rows[0].cells) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = heading.textContent;
    button.addEventListener("click", () => sort(heading));
    heading.replaceChildren(button);
  }

  const filter = document.getElementById("filter");
  const count = document.getElementById("count");
  const apply = () => {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of body.rows) {
      const text = row.textContent.toLowerCase();
      const kept = words.every((word) => text.includes(word));
      shown += kept;
      row.hidden = !kept;
      const run = row.dataset.of;
      document.getElementById(run).hidden = !kept;
      for (const mark of document.querySelectorAll(`[data-run="${run}"]`)) {
        mark.style.display = kept ? "" : "none";
      }
    }
    count.textContent = words.length ? `${shown} of ${body.rows.length} runs` : "";
  };
  filter.addEventListener("input", apply);

  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  document.getElementById("theme").addEventListener("click", () => {
    const now = root.dataset.theme ?? (dark.matches ? "dark" : "light");
    root.dataset.theme = now === "dark" ? "light" : "dark";
  });
  for (const each of document.querySelectorAll(".needs-script")) each.hidden = false;
})();
