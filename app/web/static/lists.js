// Rows of a form that can be added and taken away: `<div data-list="absent">` holds rows, `<template data-row="absent">`
// one more, with `#` in names and ids for its number; `<button data-add="absent">` adds one, of the template that the
// select beside it (`data-kinds`) names where there are several; `<button data-remove>` inside a row takes it away.
// What the rows say becomes an array of the body (see forms.js); rows that say nothing are left out. `data-sent` then
// holds the numbers of the rows that were sent.
let number = 1000;

function add(form, name, kind) {
  const room = form.querySelector(`[data-list="${name}"]`);
  const template = form.querySelector(kind ? `template[data-row="${name}"][data-kind="${kind}"]` : `template[data-row="${name}"]`);
  const row = template.content.firstElementChild.cloneNode(true);
  number += 1;
  for (const element of [row, ...row.querySelectorAll("*")]) {
    for (const attribute of element.attributes) {
      if (attribute.value.includes("#")) attribute.value = attribute.value.replaceAll("#", number);
    }
  }
  room.append(row);
  row.querySelector("input:not([type=hidden]), select, textarea")?.focus();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  const form = button?.form;
  if (!form) return;
  if (button.dataset.add) {
    const kinds = button.dataset.kinds && document.getElementById(button.dataset.kinds);
    add(form, button.dataset.add, kinds?.value);
  } else if (button.hasAttribute("data-remove")) {
    const room = button.closest("[data-list]");
    button.closest("[data-item]").remove();
    (form.querySelector(`button[data-add="${room.dataset.list}"]`) ?? room).focus();
  }
});

const isEmpty = (value) => value === undefined || value === null || value === "" || (typeof value === "object" && Object.values(value).every(isEmpty));

document.addEventListener("app:send", (event) => {
  for (const room of event.target.querySelectorAll("[data-list]")) {
    const name = room.dataset.list;
    const at = event.detail.body;
    const sent = Object.entries(at[name] ?? {}).filter(([, row]) => !isEmpty(row));
    room.dataset.sent = sent.map(([number]) => number).join(" ");
    at[name] = sent.map(([, row]) => row);
  }
});
