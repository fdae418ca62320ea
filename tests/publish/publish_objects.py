"""A process that publishes release A or B of the tests to a bucket, to be killed: ENDPOINT BUCKET RELEASE SILENCE."""

import sys

from msgspec import structs
from object_servers import HASTE, publish
from releases import release_a, release_b

from broadsheet.problems import SiteError
from broadsheet.publish.objects.store import objects_of
from broadsheet.targets import S3Target

endpoint, bucket, name, silence = sys.argv[1:]
patience = structs.replace(HASTE, silence=float(silence))
target = objects_of(S3Target(bucket=bucket, endpoint=endpoint, gzip=True), patience)
said: list[str] = []
try:
    publish(target, {"a": release_a, "b": release_b}[name](target.headers), said)
except SiteError as error:
    sys.exit(str(error))
sys.stdout.write("\n".join(said))
