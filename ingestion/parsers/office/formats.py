"""The parsers of this package, for the registry."""

from ingestion.elements import Parser
from ingestion.parsers.office.mail import EmlParser, MsgParser
from ingestion.parsers.office.markup import EpubParser, OdtParser, OrgParser, RtfParser
from ingestion.parsers.office.slides import SlidesParser
from ingestion.parsers.office.word import WordParser
from ingestion.parsers.office.workbooks import WorkbookParser

OFFICE_PARSERS: tuple[Parser, ...] = (
    WordParser(),
    SlidesParser(),
    WorkbookParser(),
    OdtParser(),
    EpubParser(),
    RtfParser(),
    OrgParser(),
    EmlParser(),
    MsgParser(),
)
