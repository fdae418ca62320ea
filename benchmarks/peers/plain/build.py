"""What one would write oneself: PyYAML's C loader, Jinja, and a loop. `python build.py RECORDS OUTPUT`."""

import re
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, FileSystemLoader

Record = dict[str, Any]
SITE = "https://news.example"
PAGE_SIZE = 25


def read(folder: Path) -> list[Record]:
    records = []
    for path in sorted(folder.glob("*.md")):
        front_matter = path.read_text(encoding="utf-8").split("\n---\n", 1)[0]
        record = yaml.load(front_matter, yaml.CSafeLoader)
        record["path"] = f"/news/{path.stem}/"
        record["topics"] = [topic for topic in record.get("topics") or () if topic]
        records.append(record)
    return records


def slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def write(output: Path, path: str, text: str) -> None:
    target = output / path.removeprefix("/")
    if path.endswith("/"):
        target /= "index.html"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")


def main() -> None:
    records, output = read(Path(sys.argv[1])), Path(sys.argv[2])
    templates = Environment(loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True)
    templates.filters["slug"] = slug
    templates.globals["site"] = SITE
    records.sort(key=lambda record: record["publishedDateTime"], reverse=True)
    paths = ["/"]

    page = templates.get_template("record.html")
    for record in records:
        write(output, record["path"], page.render(record=record))
        paths.append(record["path"])

    by_topic = defaultdict(list)
    for record in records:
        for topic in record["topics"]:
            by_topic[topic].append(record)
    page = templates.get_template("topic.html")
    for topic, tagged in by_topic.items():
        chunks = [tagged[start : start + PAGE_SIZE] for start in range(0, len(tagged), PAGE_SIZE)]
        places = [f"/topics/{slug(topic)}/" + (f"{number + 1}/" if number else "") for number in range(len(chunks))]
        for number, chunk in enumerate(chunks):
            write(output, places[number], page.render(topic=topic, records=chunk, places=places, number=number))
        paths += places

    hottest = defaultdict(list)
    for record in sorted(records, key=lambda record: record.get("heat") or 0, reverse=True)[:50]:
        hottest[record["topics"][-1] if record["topics"] else "News"].append(record)
    write(output, "/", templates.get_template("home.html").render(groups=hottest))
    write(output, "/feed.xml", templates.get_template("feed.xml").render(records=records[:50]))
    write(output, "/sitemap.xml", templates.get_template("sitemap.xml").render(paths=paths))


if __name__ == "__main__":
    main()
