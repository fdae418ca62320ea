"""What an object store or the way to it is to be understood to have said. Pure.

Of what it said itself, only its own word for it is passed on: addresses may hold signatures.
"""

from __future__ import annotations

import re

from broadsheet.problems import SiteError
from broadsheet.publish.objects.hosts import Host

_STATUS = re.compile(r"status code: (\d{3})").search
_CODE = re.compile(r"<Code>(\w{1,64})</Code>").search
_HTTP = re.compile(r"HTTP error|HttpError|error sending request").search
_TIMED_OUT = re.compile(r"kind: Timeout|operation timed out|timed out").search
_CLOCK = re.compile(r"RequestTimeTooSkewed|RequestInTheFuture|Request date header too old").search
_EXPIRED = re.compile(
    r"ExpiredToken|TokenRefreshRequired|token (?:has|is) expired|Signature not valid in the specified"
).search
# What is asked where the environment says nothing: the machine's own metadata, which only clouds have.
_NO_CREDENTIALS = re.compile(
    r"169\.254\.169\.254|metadata\.google\.internal|token request|"
    r"Missing\s?(?:SecretAccessKey|AccessKeyId|Account\b)|Account must be specified"
).search
_BAD_CREDENTIALS = re.compile(
    r"Invalid Access Key|(?:open|decode|read) (?:service account|credentials?)|service account file|SAS"
).search
_NO_BUCKET = frozenset({"NoSuchBucket", "ContainerNotFound", "ContainerBeingDeleted"})
_ELSEWHERE = frozenset({"PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException"})
# Those who are known, and may not.
_NOT_ALLOWED = frozenset({"AccessDenied", "AuthorizationPermissionMismatch", "AllAccessDisabled", "AccountIsDisabled"})
_LATE = "does not answer in time"
_ADDRESS = re.compile(r"[a-z]+://\S+")
_LONGEST = 160


def explained(text: str, host: Host, bucket: str) -> tuple[str, str]:
    """Return what is wrong with a `bucket`, and what to do, by what an error of obstore says."""
    found, named = _STATUS(text), _CODE(text)
    status = int(found[1]) if found else 0
    code = named[1] if named else ""
    return (
        _about_credentials(text, host)
        or _about_the_bucket(status, code, host, bucket)
        or _about_an_answer(status, code, host, bucket)
        or _about_the_network(text, host)
        or (f"{host.name}: {_ADDRESS.sub('…', text.partition(chr(10))[0])[:_LONGEST]}", "")
    )


def is_late(error: SiteError) -> bool:
    """Return whether an error that was explained is that a host has not answered in time."""
    return any(problem.message.endswith(_LATE) for problem in error.problems)


def _about_credentials(text: str, host: Host) -> tuple[str, str] | None:
    if _CLOCK(text):
        return "the clock of this machine is wrong: the signature is not of now", "set the clock"
    if _EXPIRED(text):
        return "the credentials have expired", f"get new ones: {host.credentials}"
    if _NO_CREDENTIALS(text):
        return "no credentials were found", host.credentials
    if not _STATUS(text) and _BAD_CREDENTIALS(text):
        return "the credentials can not be read", host.credentials
    return None


def _about_the_bucket(status: int, code: str, host: Host, bucket: str) -> tuple[str, str] | None:
    if code in _NO_BUCKET:
        return f"there is no {host.noun} {bucket}", "create it: publishing never does"
    if code in _ELSEWHERE or status == 301:
        return f"the {host.noun} {bucket} is in another region", "set `region` to the one it is in"
    return None


def _about_an_answer(status: int, code: str, host: Host, bucket: str) -> tuple[str, str] | None:
    said = f"{status} {code}".rstrip()
    if status in {401, 403}:
        if code in _NOT_ALLOWED:
            return f"the credentials do not allow this ({said})", f"let them list, read, write and delete in {bucket}"
        return f"the credentials are refused ({said})", host.credentials
    if status == 429 or status >= 500:
        return f"{host.name} answers {said}, again and again", "try again later: what has arrived is not sent again"
    return (f"{host.name} refuses this: {said}", "") if status else None


def _about_the_network(text: str, host: Host) -> tuple[str, str] | None:
    if not _HTTP(text):
        return None
    what = _LATE if _TIMED_OUT(text) else "can not be reached"
    return f"{host.name} {what}", "is the network there? Publish again: what has arrived is not sent again"
