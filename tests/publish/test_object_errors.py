"""What errors of object stores come to, in words; and what their objects may be called."""

import os
import subprocess
import sys

import pytest
from object_servers import HASTE
from obstore.store import GCSStore

from broadsheet.problems import SiteError
from broadsheet.publish.objects.errors import explained
from broadsheet.publish.objects.hosts import AZURE, GCS, S3, Host
from broadsheet.publish.objects.store import Objects, objects_of
from broadsheet.publish.release import Item
from broadsheet.targets import AzureTarget, GcsTarget, S3Target


def answered(status: int, code: str = "", more: str = "") -> str:
    return (
        f"Generic error: Error performing PUT https://x.example/b?sig=s3cr3t in 1ms - Server returned non-2xx status "
        f"code: {status} Reason: <Error><Code>{code}</Code><Message>{more}</Message></Error>"
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (answered(403, "RequestTimeTooSkewed"), "the clock of this machine is wrong: the signature is not of now"),
        (
            answered(403, "AuthenticationFailed", "Request date header too old"),
            "the clock of this machine is wrong: the signature is not of now",
        ),
        (answered(400, "ExpiredToken"), "the credentials have expired"),
        (answered(403, "SignatureDoesNotMatch"), "the credentials are refused (403 SignatureDoesNotMatch)"),
        (answered(401), "the credentials are refused (401)"),
        (answered(403, "AccessDenied"), "the credentials do not allow this (403 AccessDenied)"),
        (answered(404, "NoSuchBucket"), "there is no bucket news"),
        (answered(301, "PermanentRedirect"), "the bucket news is in another region"),
        (answered(400, "AuthorizationHeaderMalformed"), "the bucket news is in another region"),
        (answered(503, "SlowDown"), "S3 answers 503 SlowDown, again and again"),
        (answered(429), "S3 answers 429, again and again"),
        (answered(400, "EntityTooLarge"), "S3 refuses this: 400 EntityTooLarge"),
        ("Generic S3 error: Missing SecretAccessKey", "no credentials were found"),
        ("Error performing PUT http://169.254.169.254/latest/api/token - HTTP error", "no credentials were found"),
        ("Error - HTTP error: error sending request\n kind: Connect", "S3 can not be reached"),
        ("Error - HTTP error: error sending request\n kind: Timeout", "S3 does not answer in time"),
        ("Odd thing at https://x.example/?sig=s3cr3t happened\nmore", "S3: Odd thing at … happened"),
    ],
)
def test_an_error_is_told_without_what_may_be_secret(text: str, told: str):
    message, hint = explained(text, S3, "news")
    assert message == told
    assert "s3cr3t" not in message + hint


@pytest.mark.parametrize("host", [S3, GCS, AZURE])
def test_whoever_has_no_credentials_is_told_where_they_come_from(host: Host):
    message, hint = explained("Error performing token request", host, "news")
    assert message == "no credentials were found"
    assert hint == host.credentials


LONG = "a" * 1025
NAMES: dict[str, tuple[Host, str]] = {
    "it has 1,025 bytes, and 1,024 are the most": (S3, LONG),
    "it has 1,026 bytes, and 1,024 are the most": (GCS, "ß" * 513),
    "it is longer than 1,024 characters": (AZURE, LONG),
    "it lies 255 folders deep, and 254 are the most": (AZURE, "/".join("a" * 255)),
    "a part of it ends with a dot or a backslash": (AZURE, "news/and so on./index.html"),
    "it holds a control character": (S3, "a\nb"),
    "a part of it is empty, `.` or `..`": (S3, "a/../b"),
    "what begins with .well-known/acme-challenge/ is kept for others": (GCS, ".well-known/acme-challenge/x"),
}


@pytest.mark.parametrize("reason", NAMES)
def test_a_name_that_the_host_refuses_is_told_with_the_reason(reason: str):
    host, name = NAMES[reason]
    assert host.objection(name) == reason


@pytest.mark.parametrize("host", [S3, GCS, AZURE])
@pytest.mark.parametrize("name", ["a" * 1024, "news/2024-05-01-straße/index.html", "a b/c+d&e.html", "files/.hidden"])
def test_usual_names_are_taken(host: Host, name: str):
    assert host.objection(name) == ""


def test_an_azure_name_may_have_as_many_characters_as_it_likes_bytes():
    assert AZURE.objection("ß" * 1024) == ""
    assert AZURE.objection("\\/x")


@pytest.fixture
def no_credentials(monkeypatch: pytest.MonkeyPatch, tmp_path) -> pytest.MonkeyPatch:
    for name in os.environ:
        if name.startswith(("AWS_", "AZURE_", "GOOGLE_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return monkeypatch


def test_names_are_looked_at_with_the_prefix(no_credentials: pytest.MonkeyPatch):
    no_credentials.setenv("AWS_ACCESS_KEY_ID", "x")
    no_credentials.setenv("AWS_SECRET_ACCESS_KEY", "x")
    there = objects_of(S3Target(bucket="news", prefix="n" * 1000), HASTE)
    problems = there.refused([Item("short.html", "", 1), Item("l" * 30, "", 1)])
    assert [problem.message.partition(": ")[2] for problem in problems] == [
        "it has 1,031 bytes, and 1,024 are the most"
    ]
    assert str(problems[0].place) == f"s3://news/{'n' * 1000}"


def refusal(target: S3Target | AzureTarget | GcsTarget) -> str:
    with pytest.raises(SiteError) as caught:
        objects_of(target, HASTE)
    return f"{caught.value}: {caught.value.problems[0].hint}"


def test_without_credentials_for_s3_the_error_says_what_to_set(no_credentials: pytest.MonkeyPatch):
    told = refusal(S3Target(bucket="news"))
    assert "s3://news: error: no credentials were found" in told
    assert "AWS_ACCESS_KEY_ID" in told


def test_half_of_the_credentials_for_s3_are_none(no_credentials: pytest.MonkeyPatch):
    no_credentials.setenv("AWS_ACCESS_KEY_ID", "x")
    with pytest.raises(SiteError, match="no credentials were found"):
        objects_of(S3Target(bucket="news"), HASTE).fetch("index.html")


def test_a_profile_of_the_tools_of_aws_is_used(no_credentials: pytest.MonkeyPatch, tmp_path, moto, bucket):
    file = tmp_path / "credentials"
    file.write_text("[news]\naws_access_key_id = AKIAPROFILE\naws_secret_access_key = secret\n")
    no_credentials.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    no_credentials.setenv("AWS_PROFILE", "news")
    there = objects_of(S3Target(bucket=bucket, endpoint=moto.address, region="eu-central-1"), HASTE)
    assert there.standing({}).found == {}


def test_a_profile_that_is_not_there_is_told(no_credentials: pytest.MonkeyPatch):
    no_credentials.setenv("AWS_PROFILE", "weather")
    assert "weather" in refusal(S3Target(bucket="news"))


def test_boto3_need_not_be_there():
    code = (
        "import sys; sys.modules['boto3'] = None\n"
        "from broadsheet.publish.objects.store import objects_of\n"
        "from broadsheet.publish.target import Patience\n"
        "from broadsheet.targets import S3Target\n"
        "print(objects_of(S3Target(bucket='news'), Patience()).place)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PATH": ""})
    assert done.stdout == "s3://news\n"


def test_a_key_for_azure_that_is_none_is_told_and_not_shown(no_credentials: pytest.MonkeyPatch):
    no_credentials.setenv("AZURE_STORAGE_ACCOUNT_KEY", "a secret, not in base 64!")
    told = refusal(AzureTarget(account="news"))
    assert "az://$web: error: the credentials can not be read" in told
    assert "AZURE_STORAGE_ACCOUNT_KEY" in told
    assert "a secret" not in told


def test_azure_wants_an_account(no_credentials: pytest.MonkeyPatch):
    assert "AZURE_STORAGE_ACCOUNT_NAME" in refusal(AzureTarget())


def test_a_file_with_credentials_for_google_that_is_missing_is_told(no_credentials: pytest.MonkeyPatch):
    no_credentials.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/not/there.json")
    told = refusal(GcsTarget(bucket="news"))
    assert "gs://news: error: the credentials can not be read" in told
    assert "GOOGLE_APPLICATION_CREDENTIALS" in told


def test_a_bucket_of_google_is_opened_with_its_tools_credentials(no_credentials: pytest.MonkeyPatch):
    there = objects_of(GcsTarget(bucket="news", prefix="2026/"), HASTE)
    assert isinstance(there, Objects)
    assert isinstance(there._bucket._store, GCSStore)
    assert there.place == "gs://news/2026"


def test_settings_of_the_environment_that_make_no_sense_are_told(no_credentials: pytest.MonkeyPatch):
    no_credentials.setenv("AWS_ACCESS_KEY_ID", "x")
    no_credentials.setenv("AWS_SECRET_ACCESS_KEY", "x")
    no_credentials.setenv("AWS_SKIP_SIGNATURE", "perhaps")
    assert "S3" in refusal(S3Target(bucket="news"))
