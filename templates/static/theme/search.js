// The search page: asks Pagefind's index, keeps what was asked in the address, shows what was found.
// All words stand in the page; all of them, and all texts of stories, get into it as text, never as HTML.

const AT_A_TIME = 10;
const FILTERS = ["topic", "source", "year"];
const PATIENCE = 200;

const form = document.querySelector("form.search");
const found = document.querySelector(".search-found");
const status = found.querySelector(".search-status");
const list = found.querySelector(".search-list");
const more = found.querySelector(".search-more");
const template = found.querySelector("template");
const browse = document.querySelector(".search-browse");

let asked = 0;
let rest = [];
let typing = false;
let isLoaded = false;
let timer;

restore();
const loading = load();
loading.then(
  () => answer(),
  (error) => {
    console.error(error);
    status.textContent = status.dataset.failed;
  },
);

async function load() {
  const pagefind = await import(new URL(`${form.dataset.bundle}pagefind.js`, location.href));
  // A worker would run under no policy of this page.
  await pagefind.options({ noWorker: true, excerptLength: 40 });
  await pagefind.init();
  const totals = await pagefind.filters();
  for (const name of FILTERS) fill(form.elements[name], totals[name] ?? {}, name === "year");
  isLoaded = true;
  return { pagefind, totals };
}

// What is asked: the form is the one place that knows it, the address follows it, and leads back to it.

function wanted() {
  const words = form.elements.q.value.trim();
  const filters = {};
  for (const name of FILTERS) if (form.elements[name].value) filters[name] = form.elements[name].value;
  return { words, filters, newest: form.elements.sort.value === "newest" };
}

function address() {
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (value.trim()) query.set(name, value.trim());
  return `${query}` ? `${location.pathname}?${query}` : location.pathname;
}

function restore() {
  const query = new URLSearchParams(location.search);
  form.elements.q.value = query.get("q") ?? "";
  for (const name of [...FILTERS, "sort"]) {
    const value = query.get(name) ?? "";
    // What can be chosen comes with the index; what is chosen is known before.
    if (value && !isLoaded && name !== "sort") form.elements[name].append(new Option(value, value));
    choose(form.elements[name], value);
  }
}

function remember() {
  if (address() !== location.pathname + location.search) history.pushState(null, "", address());
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  typing = false;
  remember();
  answer();
});

form.addEventListener("change", (event) => {
  if (event.target.name === "q") return;
  typing = false;
  remember();
  answer();
});

form.elements.q.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(() => {
    // One step back leads to what was asked before somebody began to type.
    if (typing) history.replaceState(null, "", address());
    else remember();
    typing = true;
    answer();
  }, PATIENCE);
});

addEventListener("popstate", () => {
  typing = false;
  restore();
  answer();
});

// What is found.

async function answer() {
  clearTimeout(timer);
  const number = ++asked;
  const { words, filters, newest } = wanted();
  const isAsked = words !== "" || Object.keys(filters).length > 0;
  if (isAsked && !list.childElementCount) status.textContent = status.dataset.loading;
  let results;
  try {
    const { pagefind, totals } = await loading;
    const ask = (chosen) =>
      words || Object.keys(chosen).length
        ? pagefind.search(words || null, { filters: chosen, sort: newest || !words ? { date: "desc" } : {} })
        : { results: [], filters: totals };
    results = await ask(filters);
    const counts = {};
    for (const name of FILTERS) {
      // How many another choice would give: with all other filters, and without its own.
      const { [name]: own, ...others } = filters;
      counts[name] = (own ? await ask(others) : results).filters[name] ?? {};
    }
    if (number !== asked) return;
    for (const name of FILTERS) label(form.elements[name], counts[name]);
    const first = await fetched(results.results.slice(0, AT_A_TIME));
    if (number !== asked) return;
    list.replaceChildren(...first);
  } catch (error) {
    if (number !== asked) return;
    console.error(error);
    list.replaceChildren();
    more.hidden = true;
    browse.hidden = false;
    status.textContent = status.dataset.failed;
    return;
  }
  rest = results.results.slice(AT_A_TIME);
  more.hidden = rest.length === 0;
  const total = results.results.length;
  browse.hidden = isAsked && total > 0;
  status.textContent = !isAsked ? "" : total ? status.dataset.found.replace("{number}", count(total)) : status.dataset.none;
}

more.addEventListener("click", async () => {
  const number = asked;
  const next = rest.slice(0, AT_A_TIME);
  const items = await fetched(next);
  // Something else was asked meanwhile, or the button was pressed twice.
  if (number !== asked || next[0] !== rest[0]) return;
  rest = rest.slice(next.length);
  list.append(...items);
  more.hidden = rest.length === 0;
  items[0].querySelector("a").focus();
});

async function fetched(results) {
  return (await Promise.all(results.map((result) => result.data()))).map(item);
}

function item({ url, meta, excerpt, content }) {
  const row = template.content.firstElementChild.cloneNode(true);
  const link = row.querySelector("a");
  link.href = url;
  link.textContent = meta.title || url;
  const summary = row.querySelector(".row-summary");
  // A story of which nothing else is told is indexed by what stands beside it anyway.
  if (content === meta.title || content === meta.date) summary.remove();
  else summary.append(...marked(excerpt, content));
  const provider = row.querySelector(".provider");
  if (meta.provider) provider.textContent = meta.provider;
  else provider.remove();
  const time = row.querySelector("time");
  time.dateTime = meta.day;
  time.textContent = meta.date;
  return row;
}

// Pagefind escapes `<` and `>` of a text, and nothing else, and puts its own <mark> around what matches.
function marked(excerpt, content) {
  const parts = excerpt.split(/<\/?mark>/).map(plain);
  const shown = parts.join("");
  const whole = plain(content);
  const pieces = parts.map((text, number) => {
    if (number % 2 === 0) return text;
    const mark = document.createElement("mark");
    mark.textContent = text;
    return mark;
  });
  return [whole.startsWith(shown) ? "" : "… ", ...pieces, whole.endsWith(shown) ? "" : " …"];
}

function plain(text) {
  const characters = text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("\u200b", "");
  return characters.replace(/\s+/g, " ");
}

// What can be chosen.

function choose(select, value) {
  select.value = value;
  if (select.selectedIndex < 0) select.value = "";
}

function fill(select, counts, isLatestFirst) {
  const chosen = select.value;
  const names = Object.keys(counts).sort(new Intl.Collator(document.documentElement.lang).compare);
  if (isLatestFirst) names.reverse();
  select.length = 1;
  select.append(...names.map((name) => new Option(name, name)));
  choose(select, chosen);
  label(select, counts);
}

function label(select, counts) {
  for (const option of select.options) {
    if (option.value) option.textContent = `${option.value} (${count(counts[option.value] ?? 0)})`;
  }
}

function count(number) {
  return number.toLocaleString(document.documentElement.lang);
}
