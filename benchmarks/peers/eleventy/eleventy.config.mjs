// The common page set; the records lie in input/site/records.
const PAGE_SIZE = 25;

export default function (eleventy) {
  eleventy.setUseGitIgnore(false);
  eleventy.addFilter("iso", (time) => time.toISOString());
  eleventy.addFilter("rfc822", (time) => time.toUTCString());
  const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
  eleventy.addFilter("day", (time) => day.format(time));

  const topics = (record) => (record.data.topics ?? []).filter((topic) => topic !== null);
  const byTopic = (list, topicsOf) => {
    const found = new Map();
    for (const record of list) {
      for (const topic of topicsOf(record)) {
        if (!found.has(topic)) found.set(topic, []);
        found.get(topic).push(record);
      }
    }
    return found;
  };
  const records = (api) => api.getFilteredByGlob("input/site/records/*.md");
  const newest = (api) => records(api).sort((a, b) => b.data.publishedDateTime - a.data.publishedDateTime);

  eleventy.addCollection("records", records);
  eleventy.addCollection("newest", (api) => newest(api).slice(0, 50));
  eleventy.addCollection("hottest", (api) => {
    const hottest = records(api).sort((a, b) => b.data.heat - a.data.heat).slice(0, 50);
    return [...byTopic(hottest, (record) => [topics(record).at(-1) ?? "News"])];
  });
  eleventy.addCollection("topicPages", (api) => {
    const pages = [];
    for (const [topic, all] of byTopic(newest(api), topics)) {
      const count = Math.ceil(all.length / PAGE_SIZE);
      for (let number = 1; number <= count; number++) {
        pages.push({ topic, number, count, records: all.slice((number - 1) * PAGE_SIZE, number * PAGE_SIZE) });
      }
    }
    return pages;
  });

  return {
    dir: { input: "input", includes: "_includes" },
    markdownTemplateEngine: false,
    templateFormats: ["md", "njk"],
  };
}
