"""PDF: pages to text in reading order, with the structure that their layout shows.

The way of a page: words of the text layer, of form fields or of text recognition (:mod:`textlayer`, :mod:`annotations`,
:mod:`ocr`) are fragments of lines; tables are taken out (:mod:`ruled_tables`, :mod:`aligned_tables`), columns put in order
(:mod:`columns`), and lines come out (:mod:`layout`). When all pages are read (:mod:`reader`), running heads go
(:mod:`running`), lines become blocks (:mod:`blocks`, :mod:`flow`), some of them headings (:mod:`outline`, :mod:`headings`),
and the text is written (:mod:`writing`, :mod:`document`).
"""

from ingestion.parsers.pdf.parser import PdfParser, is_pdf

__all__ = ["PdfParser", "is_pdf"]
