"""What `broadsheet check` says of texts and addresses, and what it would put in their place."""

from broadsheet.check.addresses import address_remarks
from broadsheet.check.remark import Remark
from broadsheet.check.texts import text_remarks
from broadsheet.text import clean_url, display_text
from fuzz.addresses import ADDRESS
from fuzz.target import Target, text_of
from fuzz.texts import DISPLAY


def check_remarks(data: bytes) -> None:
    """What is put in a text's place is not wrong by the same rule, and reads the same."""
    text = text_of(data)
    for field in ("title", "excerpt", "name"):
        for remark in text_remarks(field, text):
            check_remark(remark)
            for mended in filter(None, remark.mended):
                again = {other.rule for other in text_remarks(field, mended)}
                assert remark.rule not in again, (remark, mended)
                if remark.rule in {"outer-blanks", "invisible-character", "escaped-entity"}:
                    assert display_text(mended) == display_text(text), (remark, mended)
    for remark in address_remarks("webUrl", text):
        check_remark(remark)
        for mended in filter(None, remark.mended):
            assert remark.rule not in {other.rule for other in address_remarks("webUrl", mended)}, remark
            assert clean_url(mended) == mended


def check_remark(remark: Remark) -> None:
    assert remark.rule
    assert remark.message


REMARKS = Target(check_remarks, [*DISPLAY.seeds, *ADDRESS.seeds], [*DISPLAY.words, *ADDRESS.words], longest=400)
