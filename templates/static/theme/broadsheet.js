// Comfort for readers. Nothing is lost without it, and nothing that it knows leaves the browser.
//
// It reads the page: lists of `article[data-topics][data-source]`, each with a title link and a `<time datetime>`; the
// `<main>` of a topic or a source, which says so in data attributes; `a.video`. All controls are made here, so that
// none is dead where scripts are off. In a built site WORDS, the texts in its language, stands in front of this.

(() => {
  "use strict";

  /** So many milliseconds without a sign of the reader end a visit. */
  const PAUSE = 30 * 60 * 1000;

  /** What readers choose from. The usual is not kept; what is kept, a script in the page's head applies earlier. */
  const CHOICES = { look: ["system", "light", "dark"], size: ["small", "normal", "large"] };
  const USUAL = { look: "system", size: "normal" };

  /** Stories that can be hidden and can be new; what the keys j and k stop at; where keys are for typing. */
  const STORY = "main article:is([data-topics], [data-source]):not(.story)";
  const STOP = `${STORY}, main :is(.row, .report)`;
  const FIELD = "input, textarea, select, [contenteditable]";

  const page = document.documentElement;
  const main = document.querySelector("main");
  const root = page.dataset.root || "/";

  // The page

  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  /** Returns the elements that do not stand in another one of the same kind: a story may show others within. */
  const outermost = (selector, within) =>
    all(selector, within).filter((element) => !element.parentElement.closest(selector));

  /** Returns a new element; texts among its children stay texts. */
  function make(tag, properties, ...children) {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  }

  const button = (label, onclick, className = "") => make("button", { type: "button", className, onclick }, label);

  const titleOf = (story) => story.querySelector(":is(h2, h3, .headline, .row-title) a");

  /** Returns when a story was published, in milliseconds since 1970, or 0. */
  const dateOf = (story) => Date.parse(story.querySelector("time")?.dateTime) || 0;

  const counted = (words, count) => words.replace("{count}", count);

  // What the browser keeps

  const plain = (value) => (value?.constructor === Object ? value : {});

  /** Values that the browser keeps under a key. Where it does not, they last as long as the page. */
  class Kept {
    values = {};

    constructor(key) {
      this.key = key;
      this.read();
    }

    read() {
      try {
        this.values = plain(JSON.parse(localStorage.getItem(this.key)));
      } catch {
        // It is shut, or somebody else wrote into it: what is known stays.
      }
    }

    /** Keeps `values` beside the others; an undefined one is forgotten. */
    change(values) {
      Object.assign(this.values, values);
      try {
        localStorage.setItem(this.key, JSON.stringify(this.values));
      } catch {
        // It is shut or full.
      }
    }
  }

  const preferences = new Kept("broadsheet");
  const site = new Kept(`broadsheet ${root}`);

  // Preferences

  function chosen(name) {
    const choice = preferences.values[name];
    return CHOICES[name].includes(choice) ? choice : USUAL[name];
  }

  function choose(name, choice) {
    preferences.change({ [name]: choice === USUAL[name] ? undefined : choice });
    applyPreferences();
  }

  function applyPreferences() {
    for (const name in CHOICES) {
      const choice = chosen(name);
      if (choice === USUAL[name]) delete page.dataset[name];
      else page.dataset[name] = choice;
    }
  }

  // Hidden topics and sources: names by "topic <id>" and "source <domain>"

  const hidden = () => plain(site.values.hidden);

  /** What the whole page is about, if that is a topic or a source. */
  const subject = ["topic", "source"]
    .filter((kind) => main?.dataset[kind])
    .map((kind) => ({ kind, key: `${kind} ${main.dataset[kind]}`, name: main.dataset.name || main.dataset[kind] }))[0];

  const subjectsOf = ({ dataset: { topics = "", source } }) => [
    ...topics.split(" ").map((id) => `topic ${id}`),
    `source ${source}`,
  ];

  let areHiddenShown = false;

  function hide(key, name) {
    site.change({ hidden: { ...hidden(), [key]: name } });
    applyHidden();
  }

  function takeBack(key) {
    const { [key]: _, ...others } = hidden();
    site.change({ hidden: others });
    applyHidden();
  }

  /** Hides what the reader does not want to see, but on the page that is all about it, and says how much that is. */
  function applyHidden() {
    const names = hidden();
    const isUnwanted = (story) => subjectsOf(story).some((key) => key !== subject?.key && Object.hasOwn(names, key));
    for (const story of all(STORY)) story.hidden = !areHiddenShown && isUnwanted(story);
    for (const section of all("main section")) {
      const stories = outermost(STORY, section);
      if (stories.length) section.hidden = stories.every((story) => story.hidden);
    }
    showHiddenCount(outermost(STORY).filter(isUnwanted).length);
    showNewCount();
    labelHideButton();
  }

  const hiddenCount = make("span", { role: "status" });
  const hiddenSwitch = button("", () => {
    areHiddenShown = !areHiddenShown;
    applyHidden();
  });
  const hiddenLine = make("p", { className: "hidden-line" }, hiddenCount, " ", hiddenSwitch);

  function showHiddenCount(count) {
    if (!count) hiddenLine.remove();
    else if (!hiddenLine.isConnected) placeAboveLists(hiddenLine);
    hiddenCount.textContent = counted(WORDS.hidden_stories, count);
    hiddenSwitch.textContent = areHiddenShown ? WORDS.hide_them : WORDS.show_them;
  }

  function placeAboveLists(line) {
    const head = main.querySelector(":scope > header");
    if (head) head.after(line);
    else main.prepend(line);
  }

  const hideButton = button("", toggleSubject, "hide-button");

  function toggleSubject() {
    if (Object.hasOwn(hidden(), subject.key)) takeBack(subject.key);
    else hide(subject.key, subject.name);
  }

  function labelHideButton() {
    if (!subject) return;
    const action = Object.hasOwn(hidden(), subject.key) ? "show" : "hide";
    hideButton.textContent = WORDS[`${action}_${subject.kind}`];
  }

  // New since the last visit

  const number = (value) => (Number.isFinite(value) ? value : 0);

  /** Notes this visit, and returns the newest date that the last one had seen: 0 when there was none. */
  function noteVisit(stories) {
    const { at, before, seen } = site.values;
    const isGoingOn = Math.abs(Date.now() - number(at)) < PAUSE;
    const last = number(isGoingOn ? before : seen);
    site.change({ at: Date.now(), before: last, seen: Math.max(number(seen), ...stories.map(dateOf)) });
    return last;
  }

  /** Marks what is new in a list. A story's page counts for nothing: its reader has not seen what came before it. */
  function markNew() {
    const stories = main.querySelector(".story") ? [] : outermost(STORY);
    const last = noteVisit(stories);
    for (const story of stories) {
      if (last && dateOf(story) > last) {
        story.querySelector("time").parentElement.prepend(make("span", { className: "tag new" }, WORDS.new), " ");
      }
    }
  }

  const newLine = make("p", { className: "new-line", role: "status" });

  function showNewCount() {
    const count = all(`${STORY}:not([hidden]) .new`).length;
    newLine.textContent = count ? counted(WORDS.new_stories, count) : "";
  }

  // Dialogs

  function openDialog(title, ...content) {
    const dialog = make(
      "dialog",
      { className: "dialog", ariaLabel: title, onclose: () => dialog.remove() },
      make("h2", {}, title),
      ...content,
      button(WORDS.close, () => dialog.close()),
    );
    document.body.append(dialog);
    dialog.showModal();
  }

  const KEYS = { j: "next_story", k: "previous_story", o: "open_story", "/": "search", "?": "help" };

  function openHelp() {
    const lines = Object.entries(KEYS).flatMap(([key, word]) => [
      make("dt", {}, make("kbd", {}, key)),
      make("dd", {}, WORDS[word]),
    ]);
    openDialog(WORDS.keys, make("dl", {}, ...lines));
  }

  function openPreferences() {
    openDialog(WORDS.preferences, choiceOf("look"), choiceOf("size"), choiceOfKeys(), listOfHidden());
  }

  function choiceOf(name) {
    const options = CHOICES[name].map((value) => {
      const checked = value === chosen(name);
      const onchange = () => choose(name, value);
      return make("label", {}, make("input", { type: "radio", name, value, checked, onchange }), " ", WORDS[value]);
    });
    return make("fieldset", {}, make("legend", {}, WORDS[name]), ...options);
  }

  function choiceOfKeys() {
    const input = make("input", { type: "checkbox", name: "keys", checked: preferences.values.keys !== false });
    input.onchange = () => preferences.change({ keys: input.checked ? undefined : false });
    const label = make("label", {}, input, " ", WORDS.use_keys);
    return make("fieldset", {}, make("legend", {}, WORDS.keys), label, button(WORDS.help, openHelp));
  }

  function listOfHidden() {
    const group = make("fieldset", {}, make("legend", {}, WORDS.hidden));
    const lines = Object.entries(hidden()).map(([key, name]) => {
      const showAgain = button(WORDS.show_again, () => {
        takeBack(key);
        line.remove();
        (group.querySelector("button") ?? group.closest("dialog").lastChild).focus();
        group.hidden = !group.querySelector("li");
      });
      showAgain.ariaLabel = `${WORDS.show_again}: ${name}`;
      const line = make("li", {}, make("bdi", {}, String(name)), " ", showAgain);
      return line;
    });
    group.append(make("ul", {}, ...lines));
    group.hidden = !lines.length;
    return group;
  }

  // Keys

  const ACTIONS = { j: () => goTo(1), k: () => goTo(-1), o: openStory, "/": goToSearch, "?": openHelp };

  /** The keys of letters that a reader types in another script. */
  const LATIN = { KeyJ: "j", KeyK: "k", KeyO: "o" };

  function onKey(event) {
    const { target, key, code } = event;
    const isOurs = !(event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.defaultPrevented);
    if (!isOurs || preferences.values.keys === false || target.closest?.(FIELD) || document.querySelector("dialog[open]")) return;
    const action = ACTIONS[key > "~" ? LATIN[code] : key.toLowerCase()];
    if (action && action() !== false) event.preventDefault();
  }

  /** Moves the focus to the title of the next story, or of the first on the screen; returns false if there is none. */
  function goTo(step) {
    const stops = outermost(STOP).filter((stop) => titleOf(stop)?.checkVisibility());
    const at = stops.findIndex((stop) => stop.contains(document.activeElement));
    const onScreen = stops.find((stop) => titleOf(stop).getBoundingClientRect().top >= 0) ?? stops.at(-1);
    const stop = at < 0 ? onScreen : stops[at + step];
    if (!stop) return false;
    titleOf(stop).focus({ preventScroll: true });
    const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    stop.scrollIntoView({ block: "nearest", behavior: isCalm ? "instant" : "smooth" });
  }

  function openStory() {
    const stop = outermost(STOP).find((stop) => stop.contains(document.activeElement));
    if (!stop) return false;
    titleOf(stop)?.click();
  }

  function goToSearch() {
    const field = all("input[type=search]").find((field) => field.checkVisibility());
    if (!field) return false;
    field.focus();
  }

  // Videos: nothing is asked of their host before the reader wants one

  function onClick(event) {
    const link = event.target.closest?.("a.video[data-video]");
    const isPlain = !(event.button || event.ctrlKey || event.shiftKey || event.altKey || event.metaKey);
    if (!link || !isPlain || event.defaultPrevented) return;
    event.preventDefault();
    const player = make("iframe", {
      className: link.className,
      title: (link.closest("article") ?? document).querySelector("h1, h2, h3")?.textContent ?? document.title,
      allow: "autoplay; fullscreen; picture-in-picture",
      referrerPolicy: "strict-origin-when-cross-origin",
      src: `https://www.youtube-nocookie.com/embed/${encodeURIComponent(link.dataset.video)}?autoplay=1`,
    });
    link.replaceWith(player);
    player.focus({ preventScroll: true });
  }

  // The beginning, and what other tabs do

  function addControls() {
    const sign = make("span", { ariaHidden: "true" }, "Aa");
    const name = make("span", { className: "visually-hidden" }, WORDS.preferences);
    document.querySelector(".tools")?.append(make("button", { type: "button", onclick: openPreferences }, sign, name));
    if (subject) main.querySelector("h1")?.before(hideButton);
    if (location.pathname.replace(/index\.html$/, "") === root) document.querySelector(".masthead")?.append(newLine);
  }

  function readAgain() {
    preferences.read();
    site.read();
    applyPreferences();
    if (main) applyHidden();
  }

  /** Leaves a calm area where a picture from elsewhere can not be had. */
  function hideMissing(image) {
    if (image.tagName === "IMG" && new URL(image.src).origin !== location.origin) image.classList.add("is-missing");
  }

  applyPreferences();
  all("img")
    .filter((image) => image.complete && !image.naturalWidth)
    .forEach(hideMissing);
  if (main) {
    addControls();
    markNew();
    applyHidden();
  }
  document.addEventListener("keydown", onKey);
  document.addEventListener("click", onClick);
  document.addEventListener("error", ({ target }) => hideMissing(target), true);
  document.addEventListener("visibilitychange", () => document.hidden && site.change({ at: Date.now() }));
  addEventListener("storage", readAgain);
  addEventListener("pageshow", ({ persisted }) => persisted && readAgain());
})();
