"""The words of the pages, in Dutch and in English."""

from collections.abc import Mapping
from types import MappingProxyType

NL: Mapping[str, str] = MappingProxyType(
    {
        "login": "Inloggen",
        "for_client": "Inloggen voor {client}",
        "only_here": "Alleen op deze machine: wie dit ziet, kan iedereen zijn. Er is geen wachtwoord.",
        "organisations": "Organisatie",
        "search": "Zoeken",
        "search_label": "Zoek een organisatie op naam",
        "no_organisations": "Er is nog geen organisatie. Maak er hieronder een.",
        "nothing_found": "Niets gevonden voor ‘{search}’.",
        "services_away": "De diensten antwoorden niet: hier staat alleen wat hier gemaakt is.",
        "nameless": "zonder naam",
        "more": "Er zijn er meer dan hier staan: zoek op naam.",
        "search_people_label": "Zoek iemand op naam of e-mailadres",
        "people": "Wie bent u?",
        "no_people": "Deze organisatie heeft nog niemand in haar lijst.",
        "other_organisation": "Andere organisatie",
        "continue": "Ga verder",
        "cancel": "Annuleren",
        "new_organisation": "Nieuwe organisatie",
        "organisation_name": "Naam van de organisatie",
        "your_name": "Uw naam",
        "email": "E-mailadres",
        "make": "Maak organisatie en ga verder",
        "operator": "Beheer van Koppel (operator)",
        "operator_hint": "Ziet alle organisaties, maar niet wat gebeurtenissen bevatten. Dezelfde naam is dezelfde persoon.",
        "payload": "Ook zien wat gebeurtenissen bevatten (payload)",
        "as_operator": "Ga verder als operator",
        "error_title": "Dit inloggen kan niet verder",
        "attempt_unknown": "Dit inloggen is verlopen, is al klaar of begon in een andere browser. Begin opnieuw bij de toepassing.",
        "form_foreign": "Dit formulier komt niet van deze pagina. Begin opnieuw bij de toepassing.",
        "wrong_input": "Verbeter dit eerst:",
        "name_wrong": "Vul een naam in van 1 tot 200 tekens.",
        "organisation_name_wrong": "Vul een naam van de organisatie in, van 1 tot 200 tekens.",
        "email_wrong": "Vul een e-mailadres in, zoals naam@kantoor.nl.",
        "person_wrong": "Kies iemand uit de lijst.",
        "code_title": "Een apparaat koppelen",
        "code_label": "Code die op de opdrachtregel staat",
        "code_hint": "Acht letters. Ga alleen verder als u zelf net ‘koppel login’ typte en dezelfde code ziet.",
        "code_wrong": "Deze code is onbekend, verlopen of al gebruikt.",
        "code_too_often": "Te veel verkeerde codes. Probeer het over een minuut opnieuw.",
        "done_title": "U bent ingelogd",
        "done": "U kunt dit venster sluiten en verdergaan op de opdrachtregel.",
        "denied_title": "Niet ingelogd",
        "denied": "Het inloggen is geannuleerd. U kunt dit venster sluiten.",
        "out_title": "U bent uitgelogd",
        "out": "U kunt dit venster sluiten.",
        "client_unknown": "De toepassing is hier niet bekend.",
        "redirect_foreign": "De toepassing vraagt om terug te keren naar een adres dat niet van deze machine is.",
        "other_language": "English",
    }
)
EN: Mapping[str, str] = MappingProxyType(
    {
        "login": "Log in",
        "for_client": "Log in for {client}",
        "only_here": "On this machine only: whoever sees this may be anybody. There is no password.",
        "organisations": "Organisation",
        "search": "Search",
        "search_label": "Find an organisation by its name",
        "no_organisations": "There is no organisation yet. Make one below.",
        "nothing_found": "Nothing found for ‘{search}’.",
        "services_away": "The services do not answer: only what was made here is shown.",
        "nameless": "without a name",
        "more": "There are more than are shown here: search by name.",
        "search_people_label": "Find somebody by name or e-mail address",
        "people": "Who are you?",
        "no_people": "This organisation has nobody in its directory yet.",
        "other_organisation": "Another organisation",
        "continue": "Continue",
        "cancel": "Cancel",
        "new_organisation": "New organisation",
        "organisation_name": "Name of the organisation",
        "your_name": "Your name",
        "email": "E-mail address",
        "make": "Make the organisation and continue",
        "operator": "Operating Koppel (operator)",
        "operator_hint": "Sees all organisations, but not what events hold. The same name is the same person.",
        "payload": "See what events hold, too (payload)",
        "as_operator": "Continue as operator",
        "error_title": "This login cannot go on",
        "attempt_unknown": "This login has expired, has ended or was begun in another browser. Start again at the application.",
        "form_foreign": "This form does not come from this page. Start again at the application.",
        "wrong_input": "Please correct this first:",
        "name_wrong": "Give a name of 1 to 200 characters.",
        "organisation_name_wrong": "Give a name of the organisation, of 1 to 200 characters.",
        "email_wrong": "Give an e-mail address, such as name@office.example.",
        "person_wrong": "Choose somebody of the list.",
        "code_title": "Connect a device",
        "code_label": "Code that the command line shows",
        "code_hint": "Eight letters. Go on only if you yourself just typed ‘koppel login’ and see the same code.",
        "code_wrong": "This code is unknown, has expired or was used.",
        "code_too_often": "Too many wrong codes. Try again in a minute.",
        "done_title": "You are logged in",
        "done": "You may close this window and go on at the command line.",
        "denied_title": "Not logged in",
        "denied": "The login was cancelled. You may close this window.",
        "out_title": "You are logged out",
        "out": "You may close this window.",
        "client_unknown": "The application is not known here.",
        "redirect_foreign": "The application asks to return to an address that is not of this machine.",
        "other_language": "Nederlands",
    }
)
LANGUAGES: Mapping[str, Mapping[str, str]] = MappingProxyType({"nl": NL, "en": EN})
DEFAULT = "nl"


def preferred(wanted: str) -> str:
    """The first language of ours in `ui_locales` or `Accept-Language`, whose order is taken as it stands."""
    for each in wanted[:200].replace(",", " ").split():
        tag = each.partition(";")[0].partition("-")[0].lower()
        if tag in LANGUAGES:
            return tag
    return DEFAULT
