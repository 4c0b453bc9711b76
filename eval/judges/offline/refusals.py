"""Sentences by which an answer says that it does not know, recognised by rules on words.

English mostly, with what German, French and Spanish say most often. A rule asks for a negation near a word for telling or
knowing, and mostly for a word for the sources too: a claim about the world can have a "not" as well.
"""

import re

_SOURCE = (
    r"(?:passages?|contexts?|documents?|texts?|sources?|articles?|excerpts?|pages?|sections?|materials?|information|notes?"
    r"|records?|reports?|manuals?|files?|extracts?|snippets?|paragraphs?|documentation)"
)
_TELLS = (
    r"(?:contain|mention|say|state|provide|answer|include|specify|tell|give|cover|indicate|explain|describe|address|list|discuss"
    r"|reveal|report|disclose|note|name|offer|touch|refer|record|show|speak|identify|clarify|present|support|establish)"
)
_TOLD = (
    r"(?:contained|mentioned|said|stated|provided|answered|included|specified|told|given|covered|indicated|explained|described"
    r"|addressed|listed|discussed|revealed|reported|disclosed|noted|named|recorded|shown|identified|clarified|found|known)"
)
_NOT = r"(?:(?:do|does|did|is|are|was|were|has|have|can|could|will|would)(?:\s+not|n['’]t)|cannot|never|nowhere|fails?\s+to)"
_FIND = (
    r"(?:say|tell|answer|determine|find|know|establish|work\s+out|conclude|infer|confirm|derive|identify|provide|help|see|judge"
    r"|told|said|known|found|worked\s+out|drawn|learned|learnt|gathered|read)"
)
_REFUSAL = re.compile(
    "|".join(
        (
            rf"\b(?:I|we|one|you|it|this|that|which|who|what|when|where|how|whether|why)\b[^.;]{{0,60}}\b(?:cannot|can['’]t|could\s?n[o'’]t|can\s+not|unable\s+to"
            rf"|(?:not|im)\s?(?:able\s+to|possible\s+to)|do(?:es)?\s+not|don['’]t)\s+(?:be\s+)?{_FIND}",
            rf"\b{_SOURCE}\b[^.;]{{0,60}}?\b{_NOT}\b\s+(?:\w+\s+)?{_TELLS}\b",
            rf"(?:\b(?:not|nowhere|never)|n['’]t)\s+(?:\w+\s+)?{_TOLD}\b[^.;]{{0,24}}?\b(?:in|by|from|within|anywhere)\s+"
            rf"(?:(?:the|these|those|this|any(?: of)?|what)\s+)*(?:\w+\s+)?{_SOURCE}\b",
            rf"\b(?:given|mentioned|stated|said|told|found|specified|named|covered|covers?|says|mentions|states|tells)\b[^.;]{{0,20}}"
            rf"\b(?:nowhere|nothing)\b|\b(?:nowhere|nothing)\b[^.;]{{0,30}}\b(?:{_SOURCE}|here|above)\b",
            rf"\b(?:none|neither|nothing)\s+(?:of|in|from)\s+(?:the|these|those|this)\s+(?:\w+\s+)?{_SOURCE}\b",
            r"\b(?:no|not\s+enough|insufficient|lacks?|lacking|missing|without)\s+(?:\w+\s+)?(?:information|mention|details?|indication"
            r"|answer|word|reference)\b[^.;]{0,40}?\b(?:about|on|of|for|to|that|whether|how|as\s+to|is"
            r"|was|here|in)\b",
            rf"\b{_SOURCE}\b[^.;]{{0,40}}?\b(?:silent|insufficient|lacks?|leaves?\s+(?:open|out)|omits?|unclear|gives?\s+no|says?\s+nothing"
            r"|tells?\s+us\s+nothing|makes?\s+no\s+mention|contains?\s+no|has\s+no|have\s+no|provides?\s+no|offers?\s+no|says?\s+no)\b",
            rf"\b(?:is|are|was|were)(?:\s+not|n['’]t)\s+(?:\w+\s+)?{_TOLD}\s*(?:$|[.,;:]|(?:here|there|anywhere|how|when|who|where|which"
            rf"|what|whether|why)\b)",
            rf"\bno\s+(?:\w+\s+){{1,3}}(?:is|are|was|were)\s+{_TOLD}\b",
            rf"^\W*(?:it|they|this|that|these|those|which)\s+(?:{_TELLS}s?\s+(?:no|nothing)|{_NOT}\s+(?:\w+\s+)?{_TELLS})\b",
            rf"\b(?:none|nothing)\s+(?:of|in)\s+(?:this|that|it|these|those)\b[^.;]{{0,12}}\b{_TELLS}"
            r"|\bleft\s+open\b|\b(?:won['’]t|will\s+not|cannot|can['’]t)\s+find\b",
            rf"\b(?:nobody|no\s+one|none)\b[^.;]{{0,40}}\b{_TOLD}\b[^.;]{{0,30}}\b(?:in|by)\s+(?:the|these|this)\s+(?:\w+\s+)?{_SOURCE}\b",
            r"\b(?:do|does|did)(?:\s+not|n['’]t)\s+have\s+(?:enough|any|the|sufficient|that)\s+(?:\w+\s+)?(?:information|details?|context|data)\b",
            r"\b(?:says?|tells?|said|reads?|stands?|words?)\s+(?:nothing|nowhere)\b|\bno\s+word\s+(?:of|on|about)\b"
            r"|\b(?:does|do|did|is|are)(?:\s+not|n['’]t)\s+(?:go\s+into|come\s+up|appear|something|part\s+of\s+what|among\s+what)\b"
            rf"|\b(?:outside|beyond)\s+(?:of\s+)?(?:what\s+)?(?:the|these|this)\s+(?:\w+\s+)?{_SOURCE}\b",
            r"^\W*(?:(?:it|this|that)\s+)?(?:remains?|is)\s+(?:unclear|unknown|unstated|unspecified|unmentioned|unanswered|undisclosed)\b",
            r"\b(?:I['’]m|I\s+am)\s+(?:sorry|afraid|not\s+sure)|\bI\s+have\s+no\b|\bno\s+idea\b|\bI\s+would\s+need\b|NO_ANSWER\b",
            # The same in German, French and Spanish: what a multilingual model says most.
            r"\b(?:geht|steht|l[aä]sst|sagt|sagen|nennt|nennen|enth[aä]lt|enthalten|erw[aä]hnt|beantworte\w*|wei[sß]+|finde\w*|kann|ist)\b"
            r"[^.;]{0,60}?\b(?:nicht|keine?[nrms]?|nichts)\b[^.;]{0,60}?(?:\b(?:Texte?n?|Kontext\w*|Passage\w*|Dokument\w*|Angabe\w*"
            r"|Information\w*|Quelle\w*|Unterlagen|hervor|erw[aä]hnt|genannt|angegeben|beantworten|bekannt)\b)",
            r"\b(?:Texte?n?|Kontext\w*|Passage\w*|Dokument\w*|Quelle\w*)\b[^.;]{0,60}?\b(?:nicht|keine?[nrms]?|nichts)\b",
            r"\b(?:texte|contexte|document|passages?|extraits?|sources?|informations?)\b[^.;]{0,60}?\bn(?:e\s|['’])[^.;]{0,40}?\b(?:pas|rien|aucune?)\b"
            r"|\bje\s+ne\s+(?:sais|peux|trouve)\b|\b(?:rien|aucune?)\b[^.;]{0,60}?\b(?:texte|contexte|document|passages?|extraits?)\b",
            r"\b(?:texto|contexto|documentos?|pasajes?|fragmentos?|fuentes?|informaci[oó]n)\b[^.;]{0,60}?\bno\b[^.;]{0,40}?\b"
            r"(?:menciona|dice|indica|contiene|especifica|responde|da|aclara|figura|consta|incluye|explica|indican|dicen|mencionan)\w*"
            r"|\bno\s+(?:lo\s+)?(?:s[eé]\b|puedo|se\s+(?:menciona|dice|indica|especifica|sabe|puede))\b",
        )
    ),
    re.IGNORECASE,
)

_ABOUT_SOURCES = re.compile(
    rf"^\W*(?:(?:all|only|instead|rather|while|although|though)\W+)*(?:(?:the|these|this|those|what|both|all|given|provided)\s+)+"
    rf"(?:\w+\s+){{0,2}}?{_SOURCE}\b|^\W*(?:they|it)\s+(?:only|just|merely|mostly)\b"
    r"|^\W*(?:please|you\s+(?:may|might|could|should|would)|try|consider|perhaps|if\s+you|for\s+(?:that|this))\b",
    re.IGNORECASE,
)


def refuses(sentence: str) -> bool:
    """Whether ``sentence`` says that something is not known, not told, or not to be found in the sources."""
    return _REFUSAL.search(sentence) is not None


def is_about_sources(sentence: str) -> bool:
    """Whether ``sentence`` says what the sources are about, or gives advice: beside a refusal that is no claim."""
    return _ABOUT_SOURCES.match(sentence) is not None
