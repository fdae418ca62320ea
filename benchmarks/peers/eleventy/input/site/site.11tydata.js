// For every record: its page, under the name of its file.
export default {
  layout: "record.njk",
  permalink: ({ page }) => `/news/${page.inputPath.split("/").at(-1).slice(0, -3)}/`,
};
