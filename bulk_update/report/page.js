"use strict";
(() => {
  const { labels, page, columns, rows, cells } = JSON.parse(document.getElementById("data").textContent);
  const table = document.getElementById("rows");
  const body = table.tBodies[0];
  const search = document.getElementById("search");
  const count = document.getElementById("count");
  const more = document.getElementById("more");
  const headings = [...table.tHead.rows[0].cells].slice(0, rows[0].length);
  const folded = (text) => text.normalize("NFC").toLocaleLowerCase();
  const order = new Intl.Collator(undefined, { numeric: true });
  let texts = null;
  let found = rows.map((_, index) => index);
  let limit = page;

  const counted = (value) => value.toLocaleString(document.documentElement.lang, { useGrouping: true });
  const filled = (label, values) => label.replace(/\{(\w+)\}/g, (_, name) => values[name]);

  const named = (values) => {
    const td = document.createElement("td");
    td.className = "cells";
    values.forEach((value, index) => {
      if (!value) return;
      const pair = document.createElement("span");
      const name = document.createElement("b");
      name.textContent = columns[index] ?? "";
      pair.append(name, ` ${value}`);
      td.append(pair, " ");
    });
    return td;
  };

  const line = (row, index) => {
    const tr = document.createElement("tr");
    row.forEach((value, column) => {
      const cell = document.createElement(column ? "td" : "th");
      if (!column) {
        cell.scope = "row";
        cell.className = "count";
      }
      cell.textContent = value;
      tr.append(cell);
    });
    if (cells.length) tr.append(named(cells[index] ?? []));
    return tr;
  };

  const show = () => {
    const shown = found.slice(0, limit);
    body.replaceChildren(...shown.map((index) => line(rows[index], index)));
    const label = search.value.trim() ? labels.found : labels.shown;
    const values = { shown: shown.length, found: found.length };
    count.textContent = filled(label, {
      shown: counted(values.shown),
      found: counted(values.found),
    });
    more.hidden = shown.length === found.length;
  };

  let sorted = { column: 0, down: false };

  const arrange = () => {
    const { column, down } = sorted;
    const compare = column
      ? (a, b) => order.compare(rows[a][column], rows[b][column]) || a - b
      : (a, b) => a - b;
    found.sort(down ? (a, b) => compare(b, a) : compare);
  };

  const find = () => {
    texts ??= rows.map((row, index) => folded([...row, ...(cells[index] ?? [])].join("\t")));
    const words = folded(search.value).split(/\s+/).filter(Boolean);
    found = [];
    texts.forEach((text, index) => {
      if (words.every((word) => text.includes(word))) found.push(index);
    });
    if (sorted.column || sorted.down) arrange();
    limit = page;
    show();
  };

  headings.forEach((heading, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = heading.textContent;
    button.title = filled(labels.sort, { column: heading.textContent });
    heading.replaceChildren(button);
    if (!column) heading.setAttribute("aria-sort", "ascending");
    button.addEventListener("click", () => {
      sorted = { column, down: sorted.column === column && !sorted.down };
      headings.forEach((each) => each.removeAttribute("aria-sort"));
      heading.setAttribute("aria-sort", sorted.down ? "descending" : "ascending");
      arrange();
      limit = page;
      show();
    });
  });
  let waiting = 0;
  search.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(find, 120);
  });
  more.firstElementChild.addEventListener("click", () => {
    limit += page;
    show();
  });
  document.getElementById("controls").hidden = false;
  show();
})();
