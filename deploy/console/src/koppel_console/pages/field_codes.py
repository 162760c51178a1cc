"""What is wrong with one field of a form, by the code that a service gives it, in the language of the page.

Services check shapes with pydantic: its types of errors are the codes. What else they refuse has a code of its own.
"""

from koppel_console.pages.codes import CODES
from koppel_console.services.problem import FieldProblem
from koppel_console.words import Language, Words

_EMPTY = Words("Vul dit in.", "Fill this in.")
_TEXT = Words("Dit is geen tekst.", "This is no text.")
_NUMBER = Words("Dit is geen heel getal.", "This is no whole number.")
_YES_OR_NO = Words("Kies ja of nee.", "Choose yes or no.")
_ID = Words("Dit is geen id.", "This is no id.")
_TIME = Words("Dit is geen tijd.", "This is no time.")
_CHOICE = Words("Kies iets uit de lijst.", "Choose something of the list.")
_LIST = Words("Dit is geen lijst.", "This is no list.")
_SHAPE = Words("De dienst kan dit niet lezen.", "The service cannot read this.")
_NOT_RIGHT = Words("Dit klopt niet.", "This is not right.")
_TOO_LONG = Words("Dit is te lang.", "This is too long.")
_TOO_MANY = Words("Dit zijn er te veel.", "These are too many.")
_TOO_FEW = Words("Dit zijn er te weinig.", "These are too few.")
_TOO_SMALL = Words("Dit getal is te klein.", "This number is too small.")
_TOO_LARGE = Words("Dit getal is te groot.", "This number is too large.")

FIELD_CODES: dict[str, Words] = {
    "missing": _EMPTY,
    "string_too_short": _EMPTY,
    "string_too_long": _TOO_LONG,
    "string_type": _TEXT,
    "string_pattern_mismatch": Words("Dit heeft niet de goede vorm.", "This has not the right form."),
    "text_not_storable": Words(
        "Hier staat een teken in dat niet bewaard kan worden.", "A character in this cannot be stored."
    ),
    "int_type": _NUMBER,
    "int_parsing": _NUMBER,
    "int_parsing_size": _TOO_LARGE,
    "int_from_float": _NUMBER,
    "greater_than": _TOO_SMALL,
    "greater_than_equal": _TOO_SMALL,
    "less_than": _TOO_LARGE,
    "less_than_equal": _TOO_LARGE,
    "bool_type": _YES_OR_NO,
    "bool_parsing": _YES_OR_NO,
    "uuid_type": _ID,
    "uuid_parsing": _ID,
    "datetime_type": _TIME,
    "datetime_parsing": _TIME,
    "datetime_from_date_parsing": _TIME,
    "datetime_object_invalid": _TIME,
    "timezone_aware": Words("Deze tijd mist zijn tijdzone.", "This time lacks its time zone."),
    "enum": _CHOICE,
    "literal_error": _CHOICE,
    "union_tag_invalid": _CHOICE,
    "union_tag_not_found": _CHOICE,
    "list_type": _LIST,
    "tuple_type": _LIST,
    "too_long": _TOO_MANY,
    "too_short": _TOO_FEW,
    "dict_type": _SHAPE,
    "model_type": _SHAPE,
    "model_attributes_type": _SHAPE,
    "extra_forbidden": Words("De dienst kent dit veld niet.", "The service does not know this field."),
    "value_error": _NOT_RIGHT,
    "event_type_unknown": Words("Zo'n soort event is er niet.", "There is no such type of event."),
    "event_type_not_here": Words(
        "Dit soort event is van een andere dienst.", "This type of event is another service's."
    ),
    "topic_unknown": Words("Dit topic is er niet.", "There is no such topic."),
    "topic_not_here": Words("Dit topic is van een andere dienst.", "This topic is another service's."),
    "range_reversed": Words("Het einde ligt voor het begin.", "The end is before the beginning."),
    "snapshot_needs_it": Words("Een momentopname heeft dit nodig.", "A snapshot needs this."),
    "not_for_a_snapshot": Words("Een momentopname kent dit niet.", "A snapshot does not take this."),
}
WITH_LIMIT: dict[str, Words] = {
    "string_too_long": Words("Dit mag hoogstens {limit} tekens lang zijn.", "At most {limit} characters."),
    "greater_than_equal": Words("Dit moet minstens {limit} zijn.", "This must be at least {limit}."),
    "less_than_equal": Words("Dit mag hoogstens {limit} zijn.", "This may be at most {limit}."),
    "too_long": Words("Dit mogen er hoogstens {limit} zijn.", "These may be at most {limit}."),
    "too_short": Words("Dit moeten er minstens {limit} zijn.", "These must be at least {limit}."),
}
"""The same with the bound that was broken, where the service tells it."""
_AT_FIELD: dict[tuple[str, str], Words] = {
    ("email", "string_pattern_mismatch"): Words("Dit is geen e-mailadres.", "This is no e-mail address."),
}


def wrong_with(field: FieldProblem, language: Language) -> str:
    """One sentence. Of a code that is not known here a Dutch page tells the code, an English one the service's words."""
    name = field.pointer.rpartition("/")[2]
    if field.limit is not None and field.code in WITH_LIMIT:
        return WITH_LIMIT[field.code].said(language, limit=field.limit)
    words = _AT_FIELD.get((name, field.code)) or FIELD_CODES.get(field.code) or CODES.get(field.code)
    if words is not None:
        return words.said(language)
    if language == "en" and field.message:
        return field.message
    return _NOT_RIGHT.said(language) + (f" ({field.code})" if field.code else "")
