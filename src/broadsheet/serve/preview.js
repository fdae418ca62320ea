// What an open page of the preview runs. The server puts it into what it serves; no built page has a byte of it.
//
// The server tells what is, in values of `told.py`. This script compares that with what the page has and catches up, so
// that a restart, a sleep, a lost line and several tabs are all the same case. It makes its own parts in a shadow root,
// whose style sheet is a constructed one: the policy of the pages, which holds here too, allows no other. All that it is
// told may hold anything that files hold: it only ever becomes text.

(() => {
  "use strict";

  const HOME = "/.broadsheet/";

  /** What the page was served with: `page` and `look`, as in the state. */
  const had = document.currentScript.dataset;

  const page = document.documentElement;
  // A page's own scripts may change its address.
  const here = () => location.pathname + location.search;
  const about = (name) => `${HOME}${name}?path=${encodeURIComponent(location.pathname)}`;

  // The page

  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  /** Returns a new element; texts among its children stay texts. */
  function make(tag, properties, ...children) {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  }

  const button = (className, onclick, ...children) => make("button", { type: "button", className, onclick }, ...children);

  const counted = (count, noun, plural = `${noun}s`) => `${count.toLocaleString("en")} ${count === 1 ? noun : plural}`;

  // What the browser keeps: as long as the tab, or for good. Where it keeps nothing, nothing is kept.

  function read(storage, key) {
    try {
      return JSON.parse(window[storage].getItem(key));
    } catch {
      return null;
    }
  }

  function write(storage, key, value) {
    try {
      if (value === null) window[storage].removeItem(key);
      else window[storage].setItem(key, JSON.stringify(value));
    } catch {
      // It is shut or full.
    }
  }

  const KEPT = "broadsheet-preview kept";
  const DISMISSED = "broadsheet-preview dismissed";
  const SMALL = "broadsheet-preview small";

  /** Returns what the page before this one left for it: once, and only if it was the same one. */
  function takeKept() {
    const kept = read("sessionStorage", KEPT);
    write("sessionStorage", KEPT, null);
    return kept?.here === here() ? kept : {};
  }

  const kept = takeKept();

  // Finding elements again on the page after this one

  const text = (element) => (element?.textContent ?? "").trim().slice(0, 300);

  /** Returns what tells an element from others with its tag. */
  function signOf(element) {
    if (element.localName === "details") return text(element.querySelector("summary"));
    if (!element.matches("input, textarea, select")) return `${element.getAttribute("href")} ${text(element)}`;
    return `${element.type} ${element.name} ${isTicked(element) ? element.value : ""}`;
  }

  /** Returns all elements with a tag, and their signs; `known` saves long pages from being read again for each trace. */
  function kinOf(tag, known) {
    if (!known.has(tag)) known.set(tag, all(tag).map((element) => ({ element, sign: signOf(element) })));
    return known.get(tag);
  }

  function trace(element, known = new Map()) {
    const tag = element.localName;
    const kin = kinOf(tag, known);
    const place = kin.findIndex((one) => one.element === element);
    const { sign } = kin[place];
    const alike = kin.filter((one) => one.sign === sign);
    const nth = alike.indexOf(kin[place]);
    return { id: element.id, tag, sign, nth, alike: alike.length, place, count: kin.length };
  }

  /** Returns the element with a trace: by its id, by what it says, or, where as many are there as were, by its place. */
  function find({ id, tag, sign, nth, place, count }, known = new Map()) {
    const named = id && document.getElementById(id);
    if (named && named.localName === tag) return named;
    const kin = kinOf(tag, known);
    return (kin.filter((one) => one.sign === sign)[nth] ?? (kin.length === count ? kin[place] : undefined))?.element;
  }

  // What a person did to the page: details that were opened, fields that were filled

  // No password goes into a storage.
  const CHANGEABLE = "details, textarea, select, input:not([type=file], [type=hidden], [type=password])";

  const isTicked = ({ type }) => type === "checkbox" || type === "radio";

  const valueOf = (element) => {
    if (element.localName === "details") return element.open;
    if (element.localName === "select") return [...element.selectedOptions].map(({ value }) => value).join("\n");
    return isTicked(element) ? element.checked : element.value;
  };

  /** What details and selects were at first: the page says that of other fields. What nobody touched may change. */
  const first = new WeakMap(all("details, select").map((element) => [element, valueOf(element)]));

  function usualOf(element) {
    if (element.matches("details, select")) return first.get(element) ?? valueOf(element);
    return isTicked(element) ? element.defaultChecked : element.defaultValue;
  }

  function changes() {
    const known = new Map();
    const changed = all(CHANGEABLE).filter((element) => valueOf(element) !== usualOf(element));
    return changed.map((element) => ({ trace: trace(element, known), value: valueOf(element) }));
  }

  function change({ trace, value }) {
    const element = find(trace);
    if (!element || valueOf(element) === value) return;
    if (element.localName === "details") element.open = value;
    else if (element.localName === "select") {
      for (const option of element.options) option.selected = value.split("\n").includes(option.value);
    } else if (isTicked(element)) element.checked = value;
    else element.value = value;
    if (element.localName === "details") return;
    // The page's own scripts follow what is in a field.
    for (const name of ["input", "change"]) element.dispatchEvent(new Event(name, { bubbles: true }));
  }

  function focusOf() {
    const element = document.activeElement;
    if (!element || element === document.body || element === host) return null;
    const { selectionStart: start = null, selectionEnd: end, selectionDirection: direction } = element;
    return { trace: trace(element), selection: start === null ? null : [start, end, direction] };
  }

  function focusAgain({ trace, selection }) {
    const element = find(trace);
    element?.focus({ preventScroll: true });
    if (selection) element?.setSelectionRange?.(...selection);
  }

  // Where on the page a person is

  // What holds text and no other of them: what grows within one of these moves nothing else in it.
  const LINE = "h1, h2, h3, h4, h5, h6, p, dt, dd, td, figcaption, li:not(:has(p, ul, ol, h2, h3))";

  /** Returns the first lines on the screen, and how far below its top they are: some will be on the next page, too. */
  function anchors() {
    const found = [];
    const known = new Map();
    for (const line of all(LINE)) {
      const { top, bottom, height } = line.getBoundingClientRect();
      if (!height || bottom <= 0 || top >= innerHeight) continue;
      const { alike, ...others } = trace(line, known);
      if (alike === 1) found.push({ trace: { ...others, count: -1 }, top });
      if (found.length === 10) break;
    }
    return found;
  }

  // Who is at the top wants to see what comes to stand there.
  const position = () => ({ x: scrollX, y: scrollY, anchors: scrollY ? anchors() : [] });

  function scrollBack({ x, y, anchors }) {
    const known = new Map();
    for (const { trace, top } of anchors) {
      const line = find(trace, known);
      if (line?.getClientRects().length) {
        y = scrollY + line.getBoundingClientRect().top - top;
        break;
      }
    }
    scrollTo({ left: x, top: y, behavior: "instant" });
  }

  /** Goes back to where the person was: now, and when all pictures are there, unless the person moves. */
  function settle(position) {
    // Until here the browser did it, so that the page is never seen at its top. From here on it would disagree.
    const usual = history.scrollRestoration;
    history.scrollRestoration = "manual";
    const end = new AbortController();
    const { signal } = end;
    for (const name of ["wheel", "touchmove", "keydown", "pointerdown"]) {
      addEventListener(name, () => end.abort(), { signal, passive: true });
    }
    const giveBack = () => (history.scrollRestoration = usual);
    signal.addEventListener("abort", giveBack);
    addEventListener("pagehide", () => end.abort(), { signal });
    const finish = () => {
      if (signal.aborted) return;
      scrollBack(position);
      end.abort();
    };
    scrollBack(position);
    // After the browser's own work at the load event, such as going to the target of the address.
    addEventListener("load", () => requestAnimationFrame(finish), { signal });
  }

  // Loading the page anew

  let isLeaving = false;

  /** Loads the page anew, as the server says it is `wanted` now. */
  function reload(wanted) {
    isLeaving = true;
    const tries = triesFor(wanted) + 1;
    const person = { position: position(), changes: changes(), focus: focusOf() };
    write("sessionStorage", KEPT, { here: here(), wanted, tries, ...person, own: ownParts() });
    disconnect();
    location.reload();
  }

  const triesFor = (wanted) => (kept.wanted === wanted ? kept.tries : 0);

  function resume() {
    for (const it of kept.changes ?? []) change(it);
    if (kept.position) settle(kept.position);
    if (kept.focus) focusAgain(kept.focus);
  }

  // Styles

  /** Style sheets that are on their way, and the look that they bring. */
  let swap = null;

  const isOwn = (link) => new URL(link.href).origin === location.origin && !link.disabled;

  /** Puts the style sheets as they are now in the place of those that are here, each as soon as it is there. */
  function swapStyles(look) {
    // One that came already is all that there is in its place.
    for (const { old, fresh } of swap?.pairs ?? []) if (old.isConnected) fresh.remove();
    const pairs = all("link[rel~=stylesheet]").filter(isOwn).map((old) => ({ old, fresh: renewed(old, look) }));
    const mine = (swap = { look, pairs });
    Promise.all(pairs.map(replace)).then((results) => {
      if (swap !== mine) return;
      swap = null;
      // What did not come is asked for again when the next state comes.
      if (results.every(Boolean)) had.look = look;
    });
  }

  function renewed(link, look) {
    const url = new URL(link.href);
    url.searchParams.set("v", look);
    const fresh = link.cloneNode();
    fresh.href = url.href;
    return fresh;
  }

  /** Returns a promise that tells whether the new style sheet came; one that is taken back keeps it for ever. */
  function replace({ old, fresh }) {
    return new Promise((tell) => {
      fresh.onload = () => {
        if (fresh.isConnected) old.remove();
        tell(true);
      };
      fresh.onerror = () => {
        fresh.remove();
        tell(false);
      };
      old.after(fresh);
    });
  }

  // The state

  let state = kept.own?.state ?? null;

  // A page that is never what the server says it is would be loaded for ever.
  const MOST_TRIES = 3;

  function take(told) {
    state = told;
    if (told.page && told.page !== had.page && triesFor(told.page) < MOST_TRIES) {
      reload(told.page);
      return;
    }
    if (told.look !== (swap?.look ?? had.look)) swapStyles(told.look);
    show();
  }

  // The line to the server

  const LONGEST_WAIT = 2000;

  let source = null;
  let wait = 0;
  let retry = 0;
  let alarm = 0;

  // A browser has six connections to a host for all its tabs, and each of these lines takes one for good. So a tab has
  // one only while it is seen. What it misses meanwhile is in the first state that it is told.
  function connect() {
    clearTimeout(retry);
    if (source || isLeaving || document.hidden) return;
    alarm ||= setTimeout(showConnection, 1200, false);
    source = new EventSource(about("events"));
    source.onerror = connectLater;
    source.addEventListener("state", ({ data }) => {
      wait = 0;
      clearTimeout(alarm);
      alarm = 0;
      showConnection(true);
      take(JSON.parse(data));
    });
  }

  function disconnect() {
    source?.close();
    source = null;
    clearTimeout(retry);
    clearTimeout(alarm);
    alarm = 0;
  }

  // A browser that tries again by itself gives up after some answers, such as those of a proxy whose server is away.
  function connectLater() {
    source.close();
    source = null;
    alarm ||= setTimeout(showConnection, 1200, false);
    wait = Math.min(LONGEST_WAIT, 2 * wait || 100);
    retry = setTimeout(connect, wait);
  }

  function connectAnew() {
    disconnect();
    connect();
  }

  /** Notices that the computer slept, by a clock that ran on without this script: its line may be dead and not know it. */
  function watchForSleep() {
    let last = Date.now();
    setInterval(() => {
      const isLate = Date.now() - last > 15_000;
      last = Date.now();
      if (isLate) connectAnew();
    }, 5000);
  }

  // The preview's own parts

  const ERRORS_SHOWN = 20;
  const NOTES_SHOWN = 50;
  const LONGEST_LINE = 240;
  const NOT_HERE = "This page is not here";
  const ADVICE = "What you see below is the best that can be had. This goes away as soon as all is mended.";

  /** What the page itself must know: room for the bar and the ribbon, so that both hide nothing, and marks at links. */
  const PAGE_STYLE = `
    @media screen {
      :root { padding-block-end: 56px; scroll-padding-block-end: 64px; }
      :root[data-preview-ribbon] { padding-block-start: 32px; scroll-padding-block-start: 48px; }
      [data-preview-mark]::after {
        content: attr(data-preview-mark);
        display: inline-block;
        margin-inline-start: .6em;
        padding: .2em .55em;
        border-radius: 3px;
        background: #3d5a70;
        color: #fff;
        font: 600 11px/1.2 system-ui, sans-serif;
        letter-spacing: 0;
        white-space: nowrap;
        vertical-align: middle;
      }
    }
    @media print { broadsheet-preview { display: none !important; } }
    @media (forced-colors: active) { [data-preview-mark]::after { border: 1px solid; } }
  `;

  const host = make("broadsheet-preview", { lang: "en", dir: "ltr", hidden: true });
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();

  const ribbon = make("p", { className: "ribbon", hidden: true });
  const overlay = make("div", { className: "overlay", role: "dialog", ariaModal: "false", tabIndex: -1, hidden: true });
  const panel = make("section", { className: "panel", id: "panel", ariaLabel: "About this page", tabIndex: 0, hidden: true });
  const voice = make("p", { className: "unseen", role: "status" });

  const connection = make("span", { className: "connection", role: "status" });
  const [nameButton, errorsButton, notesButton, countsButton, whyButton, foldButton] = [
    button("name", () => (bar.classList.contains("is-small") ? fold(false) : open(panel.hidden)), "Preview"),
    button("errors", () => showOverlay(true)),
    button("notes", () => open(true, ".problems")),
    button("counts", () => open(true, ".groups")),
    button("why", () => open(true, ".reasons"), "Why here?"),
    button("fold", () => fold(true), "–"),
  ];
  nameButton.setAttribute("aria-controls", panel.id);
  foldButton.ariaLabel = foldButton.title = "Make this bar small";
  const parts = [nameButton, connection, errorsButton, notesButton, countsButton, whyButton, foldButton];
  const bar = make("div", { className: "bar" }, ...parts);

  let styleText = "";

  function dress(text) {
    styleText = text;
    sheet.replaceSync(text);
    host.hidden = false;
  }

  function addParts() {
    const pageSheet = new CSSStyleSheet();
    pageSheet.replaceSync(PAGE_STYLE);
    document.adoptedStyleSheets.push(pageSheet);
    root.adoptedStyleSheets = [sheet];
    root.append(make("section", { ariaLabel: "Preview" }, ribbon, overlay, panel, bar, voice));
    fold(read("localStorage", SMALL) === true);
    // Beside the body, where it is nobody's child, sibling or last one.
    page.append(host);
    fetchStyle();
  }

  /** Dresses the preview's own parts, which nobody sees before; the line tells when the server is away meanwhile. */
  function fetchStyle() {
    fetch(`${HOME}preview.css`)
      .then((answer) => (answer.ok ? answer.text() : Promise.reject(answer)))
      .then(dress)
      .catch(() => setTimeout(fetchStyle, LONGEST_WAIT));
  }

  /** Returns what shall be on the next page as it is here, at once and without a flash. */
  function ownParts() {
    const openGroups = all("details[open]", panel).map(({ id }) => id);
    return { state, style: styleText, isOpen: !panel.hidden, openGroups, focus: root.activeElement?.classList[0] };
  }

  function resumeParts({ style, isOpen, focus }) {
    if (style) dress(style);
    if (state) show();
    if (isOpen) open(true);
    if (focus) root.querySelector(`.${CSS.escape(focus)}`)?.focus();
  }

  function show() {
    showBar();
    showOverlay(false);
    showRibbon();
    showMarks();
    if (!panel.hidden) showPanel();
  }

  // The bar

  const errors = () => state.problems.filter(({ severity }) => severity === "error");
  const others = () => state.problems.filter(({ severity }) => severity !== "error");

  function say(element, words) {
    element.textContent = words;
    element.hidden = !words;
  }

  function showBar() {
    const [bad, notes] = [errors().length, others()];
    const warnings = notes.filter(({ severity }) => severity === "warning").length;
    const rest = notes.length - warnings;
    const kinds = [warnings && counted(warnings, "warning"), rest && counted(rest, "note")];
    // All groups are named by adjectives but this one.
    const counts = Object.entries(state.counts).map(([name, count]) => counted(count, name === "drafts" ? "draft" : name, name));
    say(errorsButton, bad ? counted(bad, "error") : "");
    say(notesButton, kinds.filter(Boolean).join(", "));
    say(countsButton, [state.drafts && "drafts are shown", ...counts].filter(Boolean).join(" · "));
    whyButton.hidden = !state.reasons.length;
    const isRestless = triesFor(state.page) >= MOST_TRIES && state.page !== had.page;
    if (isRestless) say(connection, "this page is another one each time: load it anew by hand");
  }

  function showConnection(isThere) {
    bar.classList.toggle("is-away", !isThere);
    say(connection, isThere ? "" : "not connected: is the server still running?");
  }

  /** Makes the bar small or not, here and on all pages to come. */
  function fold(isSmall) {
    bar.classList.toggle("is-small", isSmall);
    if (isSmall) open(false);
    if (root.activeElement === foldButton) nameButton.focus();
    write("localStorage", SMALL, isSmall || null);
  }

  // The panel

  let groups = [];
  let groupsRound = -1;

  function open(isOpen, section) {
    panel.hidden = !isOpen;
    nameButton.ariaExpanded = String(isOpen);
    if (!isOpen || !state) return;
    showPanel();
    if (section) panel.querySelector(section)?.scrollIntoView({ block: "nearest" });
    if (section) panel.focus({ preventScroll: true });
  }

  function showPanel() {
    drawPanel();
    if (groupsRound === state.round) return;
    const round = (groupsRound = state.round);
    fetch(about("groups.json"))
      .then((answer) => answer.json())
      .then((told) => {
        groups = told;
        if (round === groupsRound) drawPanel();
      })
      // The line tells when the server is away, and then a new state.
      .catch(() => (groupsRound = -1));
  }

  let drawn = "";

  /** Draws the panel, unless it would be the same: who reads in it keeps the place. */
  function drawPanel() {
    const shown = JSON.stringify([state.missing, state.nearby, state.reasons, state.story, others(), groups]);
    if (shown === drawn) return;
    const opened = drawn ? all("details[open]", panel).map(({ id }) => id) : (kept.own?.openGroups ?? []);
    if (groups.length) drawn = shown;
    const { scrollTop } = panel;
    const focused = root.activeElement?.closest("details")?.id;
    panel.replaceChildren(...[missingPart(), reasonsPart(opened), problemsPart(), groupsPart(opened)].filter(Boolean));
    if (!panel.firstChild) panel.append(make("p", {}, "There is nothing to tell of this page."));
    panel.scrollTop = scrollTop;
    if (focused) (root.getElementById(focused)?.firstChild ?? panel).focus({ preventScroll: true });
  }

  const part = (className, title, ...children) => make("section", { className }, make("h2", {}, title), ...children);
  // An address in a file may be a script: a link leads to a page of this server or is none.
  const link = (url, title) =>
    new URL(url, location.origin).origin === location.origin ? make("a", { href: url }, title) : make("bdi", {}, title);
  const list = (lines) => make("ul", {}, ...lines.map((line) => make("li", {}, ...line)));
  const more = (count, whole) => (whole > count ? [make("p", { className: "more" }, `and ${counted(whole - count, "more", "more")}`)] : []);

  const reasonsPart = (opened) =>
    state.reasons.length && part("reasons", "Why here?", list(state.reasons.map((reason) => [reason])), ...storyParts(opened));

  function storyParts(opened) {
    const { members, memberCount, related, leftOut, earlier } = state.story ?? {};
    const parts = [
      ["What its story holds", members, memberCount],
      ["Related stories", related],
      ["Nearest that were left out", leftOut],
      ["Earlier in this story", earlier],
    ];
    return parts.filter(([, items]) => items?.length).map(([title, items, count = items.length]) => folded(`story ${title}`, title, count, items.map(itemLine), opened));
  }

  function itemLine({ title, url, outlet, group, score, days, shared, why }) {
    const said = [group, score?.toFixed(2), `${days < 0 ? "−" : "+"}${Math.abs(days)} d`, shared.join(", "), why];
    const hint = make("span", { className: "hint" }, said.filter(Boolean).join(" · "));
    return [url ? link(url, title) : make("bdi", {}, title), " ", make("code", {}, outlet), hint];
  }

  const missingPart = () => state.missing && part("missing", NOT_HERE, ...missingContent());

  function problemsPart() {
    const notes = others();
    const lines = notes.slice(0, NOTES_SHOWN).map((problem) => [
      make("span", { className: `kind is-${problem.severity}` }, problem.severity),
      " ",
      make("code", {}, placeOf(problem)),
      " ",
      make("bdi", {}, problem.message),
      ...(problem.hint ? [make("span", { className: "hint" }, problem.hint)] : []),
    ]);
    return notes.length && part("problems", "Warnings and notes", list(lines), ...more(lines.length, notes.length));
  }

  const groupsPart = (opened) =>
    groups.length && part("groups", "Not shown as all others", ...groups.map((group) => groupPart(group, opened)));

  function groupPart({ name, title, count, shown }, opened) {
    const lines = shown.map((it) => [
      it.url ? link(it.url, it.title) : make("bdi", {}, it.title),
      " ",
      make("code", {}, it.file),
      ...(it.remark ? [make("span", { className: "hint" }, it.remark)] : []),
    ]);
    return folded(`group ${name}`, title, count, lines, opened);
  }

  function folded(id, title, count, lines, opened) {
    const summary = make("summary", {}, title, " ", make("span", { className: "count" }, count.toLocaleString("en")));
    return make("details", { id, open: opened.includes(id) }, summary, list(lines), ...more(lines.length, count));
  }

  // The overlay: errors, and why a page is not here

  let overlaid = "";

  function showOverlay(isAsked) {
    const [bad, { missing, nearby }] = [errors(), state];
    const content = bad.length || missing ? JSON.stringify([bad, missing, nearby]) : "";
    if (!content || isAsked) write("sessionStorage", DISMISSED, null);
    const isHidden = !content || read("sessionStorage", DISMISSED) === content;
    if (content !== overlaid) {
      if (bad.length) voice.textContent = `The site has ${counted(bad.length, "error")}.`;
      else if (voice.textContent) voice.textContent = "All errors are mended.";
      overlaid = content;
      overlay.replaceChildren(...(content ? overlayParts(bad) : []));
      overlay.classList.toggle("is-quiet", !bad.length);
    }
    const isNew = overlay.hidden && !isHidden;
    overlay.hidden = isHidden;
    if (isNew) open(false);
    // Whoever types or reads with the keyboard goes on.
    const isFree = document.activeElement === document.body || root.activeElement === errorsButton;
    if (isNew && isFree) overlay.focus({ preventScroll: true });
  }

  function overlayParts(bad) {
    const title = (overlay.ariaLabel = bad.length ? counted(bad.length, "error") : NOT_HERE);
    const close = button("close", dismiss, "Dismiss ", make("kbd", {}, "Esc"));
    const problems = bad.slice(0, ERRORS_SHOWN).map(problemPart);
    const content = [...problems, ...more(problems.length, bad.length)];
    if (state.missing) content.push(make("article", {}, ...missingContent()));
    const parts = [make("header", {}, make("h2", {}, title), close), make("div", { className: "content" }, ...content)];
    if (bad.length) parts.push(make("p", { className: "advice" }, ADVICE));
    return parts;
  }

  function dismiss() {
    const isWithin = overlay.contains(root.activeElement);
    write("sessionStorage", DISMISSED, overlaid);
    overlay.hidden = true;
    if (isWithin) (errorsButton.hidden ? nameButton : errorsButton).focus();
  }

  const placeOf = ({ file, line, column }) => [file, ...(line ? [line, ...(column ? [column] : [])] : [])].join(":");

  function problemPart(problem) {
    const { message, hint, line, column } = problem;
    const lines = problem.lines.map(([number, code]) => linePart(number, code, number === line, column));
    return make(
      "article",
      {},
      make("p", { className: "place" }, make("code", {}, placeOf(problem))),
      make("h3", {}, message),
      ...(hint ? [make("p", { className: "hint" }, hint)] : []),
      ...(lines.length ? [make("div", { className: "lines" }, ...lines)] : []),
    );
  }

  function linePart(number, line, isIt, column) {
    const cut = [line.slice(0, LONGEST_LINE), line.length > LONGEST_LINE ? "…" : ""];
    const code = make("code", {}, ...(isIt && column ? marked(line, column) : cut));
    const className = isIt ? "line is-it" : "line";
    return make("div", { className }, make("span", { className: "number" }, String(number)), code);
  }

  /** Returns a line with the character of a column marked: a caret below would have to know how wide all others are. */
  function marked(line, column) {
    const characters = [...line];
    const from = Math.max(0, column - 1 - LONGEST_LINE / 2);
    const to = column - 1 + LONGEST_LINE / 2;
    const rest = characters.slice(column - 1, to).join("");
    // What is one character to the eye may be several to a program.
    const [it = " "] = [...new Intl.Segmenter().segment(rest)].map(({ segment }) => segment);
    const before = characters.slice(from, column - 1).join("");
    return [from ? "…" : "", before, make("mark", {}, it), rest.slice(it.length), characters.length > to ? "…" : ""];
  }

  function missingContent() {
    const { missing, nearby } = state;
    const links = nearby.map(({ url, title }) => [link(url, title), " ", make("code", {}, url)]);
    return [make("p", {}, missing), ...(links.length ? [make("h3", {}, "Near by"), list(links)] : [])];
  }

  // The ribbon, and marks at links

  function showRibbon() {
    say(ribbon, state.ribbon);
    page.toggleAttribute("data-preview-ribbon", !ribbon.hidden);
  }

  function decoded(path) {
    try {
      return decodeURIComponent(path);
    } catch {
      return path;
    }
  }

  function showMarks() {
    const marks = new Map(Object.entries(state.marks).map(([path, word]) => [decoded(path), word]));
    for (const link of all("[data-preview-mark]")) delete link.dataset.previewMark;
    if (!marks.size) return;
    for (const link of all("a[href]")) {
      const word = link.origin === location.origin && text(link) && marks.get(decoded(link.pathname));
      if (word) link.dataset.previewMark = word;
    }
  }

  // The beginning

  function onKey(event) {
    const isTaken = event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]");
    if (event.key !== "Escape" || isTaken || (overlay.hidden && panel.hidden)) return;
    event.preventDefault();
    if (panel.hidden) dismiss();
    else {
      if (panel.contains(root.activeElement)) nameButton.focus();
      open(false);
    }
  }

  addParts();
  connect();
  watchForSleep();
  addEventListener("pagehide", disconnect);
  addEventListener("pageshow", connect);
  addEventListener("online", connectAnew);
  document.addEventListener("visibilitychange", () => (document.hidden ? disconnect() : connect()));
  document.addEventListener("keydown", onKey);
  resumeParts(kept.own ?? {});
  resume();
})();
