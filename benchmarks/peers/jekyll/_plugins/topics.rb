# Makes the lists of the common page set: a topic's records on pages of 25, the hottest by topic, the newest.
module Lists
  PAGE_SIZE = 25

  class TopicPage < Jekyll::PageWithoutAFile
    def initialize(site, topic, number, count, records)
      slug = Jekyll::Utils.slugify(topic)
      super(site, site.source, number > 1 ? "topics/#{slug}/#{number}" : "topics/#{slug}", "index.html")
      data.merge!("layout" => "topic", "title" => topic, "slug" => slug, "records" => records)
      data.merge!("newer" => "/topics/#{slug}/#{"#{number - 1}/" if number > 2}") if number > 1
      data.merge!("older" => "/topics/#{slug}/#{number + 1}/") if number < count
    end
  end

  class Generator < Jekyll::Generator
    def generate(site)
      records = site.collections["news"].docs
      newest = records.sort_by { |record| record.data["publishedDateTime"] }.reverse
      site.config["newest"] = newest.first(50)
      hottest = records.sort_by { |record| -(record.data["heat"] || 0) }.first(50)
      site.config["hottest"] = hottest.group_by { |record| topics(record).last || "News" }.to_a
      by_topic = Hash.new { |lists, topic| lists[topic] = [] }
      newest.each { |record| topics(record).each { |topic| by_topic[topic] << record } }
      by_topic.each do |topic, tagged|
        pages = tagged.each_slice(PAGE_SIZE).to_a
        pages.each_with_index { |page, index| site.pages << TopicPage.new(site, topic, index + 1, pages.size, page) }
      end
    end

    def topics(record)
      (record.data["topics"] || []).compact
    end
  end
end
