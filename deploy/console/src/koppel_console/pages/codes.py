"""What an error code means for the person who meets it, and who can do something about it.

A code that is not here is shown as it is, with the service's own words.
"""

from koppel_console.pages.failure_codes import FAILURE_CODES
from koppel_console.pages.refusal_codes import REFUSAL_CODES
from koppel_console.services.problem import Problem
from koppel_console.words import Language, Words

CODES: dict[str, Words] = (
    {
        "service_slow": Words("{service} antwoordt niet op tijd.", "{service} does not answer in time."),
        "service_away": Words("{service} antwoordt niet.", "{service} does not answer."),
        "answer_garbled": Words(
            "{service} antwoordde onleesbaar.", "{service} gave an answer that cannot be read."
        ),
        "database_unavailable": Words(
            "{service} kan niet bij zijn gegevens.", "{service} cannot reach its data."
        ),
        "forbidden": Words("Uw rol mag dit niet.", "Your role may not do this."),
        "operator_required": Words("Dit is voor beheerders van Koppel.", "This is for Koppel's operators."),
        "connection_not_found": Words(
            "Deze verbinding is er niet (meer).", "This connection is not there (any more)."
        ),
        "grant_not_found": Words("Deze login is er niet (meer).", "This login is not there (any more)."),
        "import_session_not_found": Words(
            "Deze import is er niet (meer).", "This import is not there (any more)."
        ),
        "administration_not_found": Words(
            "Deze administratie is er niet (meer).", "This administration is not there (any more)."
        ),
        "sync_run_not_found": Words(
            "Deze synchronisatie is er niet (meer).", "This sync is not there (any more)."
        ),
        "assignment_plan_not_found": Words(
            "Dit plan is er niet (meer).", "This plan is not there (any more)."
        ),
        "parked_event_not_found": Words("Dit event wacht niet meer.", "This event waits no more."),
        "release_not_found": Words(
            "Deze vrijgave is er niet (meer).", "This release is not there (any more)."
        ),
        "replay_not_found": Words("Deze replay is er niet (meer).", "This replay is not there (any more)."),
        "replay_planning": Words("Deze replay wordt nog gepland.", "This replay is still being planned."),
        "replay_planned": Words("Deze replay is nog niet gestart.", "This replay was not started yet."),
        "replay_running": Words("Deze replay loopt al.", "This replay runs already."),
        "replay_paused": Words("Deze replay staat al stil.", "This replay is paused already."),
        "replay_cancelling": Words(
            "Deze replay wordt al afgebroken.", "This replay is being cancelled already."
        ),
        "replay_finished": Words("Deze replay is al klaar.", "This replay has ended already."),
        "replay_cancelled": Words("Deze replay is al afgebroken.", "This replay was cancelled already."),
        "replay_stale": Words(
            "Er is intussen iets veranderd: maak een nieuw plan.",
            "Something changed meanwhile: make a new plan.",
        ),
        "four_eyes_required": Words(
            "Zoveel events start iemand anders dan wie het plan maakte.",
            "So many events are started by somebody other than who made the plan.",
        ),
        "filter_empty": Words("Geef minstens één voorwaarde.", "Give at least one condition."),
        "target_unknown": Words("Deze consumer is er niet.", "This consumer is not there."),
        "idempotency_key_reused": Words(
            "Dit formulier was al verstuurd met een andere inhoud. Laad de pagina opnieuw.",
            "This form was sent before with other content. Load the page again.",
        ),
        "credentials_malformed": Words(
            "Dit is geen sleutel van dit pakket.", "This is not a key of this package."
        ),
        "credentials_refused": Words(
            "Het pakket neemt deze sleutel niet aan. Er is niets opgeslagen.",
            "The package does not accept this key. Nothing was stored.",
        ),
        "credentials_required": Words("Vul de sleutel in.", "Fill in the key."),
        "region_unknown": Words("Kies een land uit de lijst.", "Choose a country of the list."),
        "access_denied": Words("U gaf geen toestemming.", "You did not give access."),
        "authorization_expired": Words(
            "Het inloggen duurde langer dan tien minuten. Begin opnieuw.",
            "The login took longer than ten minutes. Start again.",
        ),
        "browser_mismatch": Words(
            "Het inloggen was in een andere browser begonnen. Begin hier opnieuw.",
            "The login was begun in another browser. Start again here.",
        ),
        "company_mismatch": Words(
            "Er is bij een ander bedrijf ingelogd dan de vorige keer.",
            "The login was at another company than before.",
        ),
        "login_mismatch": Words(
            "Er is door een andere persoon ingelogd dan de vorige keer.",
            "Another person logged in than before.",
        ),
        "key_awaited": Words(
            "Het pakket heeft de sleutel nog niet gestuurd; zodra die er is, werkt de verbinding.",
            "The package has not sent the key yet; once it comes, the connection works.",
        ),
        "reauthorization_required": Words("Iemand moet opnieuw inloggen.", "Somebody has to log in again."),
        "connection_revoked": Words("De verbinding is verwijderd.", "The connection was removed."),
        "import_session_changed": Words(
            "Iemand anders heeft intussen iets gewijzigd. Kijk het na en probeer het opnieuw.",
            "Somebody else changed something meanwhile. Look it over and try again.",
        ),
        "import_session_expired": Words("Deze import is verlopen.", "This import has expired."),
        "nothing_selected": Words("Er is niets geselecteerd.", "Nothing is selected."),
        "profile_incomplete": Words(
            "Niet elke rij heeft een KvK-nummer of een sector.", "Not every row has a KvK number or a sector."
        ),
        "profile_missing": Words(
            "Vul een KvK-nummer in, of een sector met de reden.",
            "Fill in a KvK number, or a sector with the reason.",
        ),
        "profile_empty": Words("Vul een KvK-nummer of een sector in.", "Fill in a KvK number or a sector."),
        "profile_invalid": Words("Er klopt meer dan één ding niet.", "More than one thing is not right."),
        "kvk_number_invalid": Words("Een KvK-nummer heeft 8 cijfers.", "A KvK number has 8 digits."),
        "kvk_number_and_reason": Words(
            "Geef een KvK-nummer of een reden, niet allebei.", "Give a KvK number or a reason, not both."
        ),
        "no_kvk_reason_unknown": Words("Kies een reden uit de lijst.", "Choose a reason of the list."),
        "sector_unknown": Words("Kies een sector uit de lijst.", "Choose a sector of the list."),
        "sector_required": Words(
            "Zonder KvK-nummer is de sector verplicht.", "Without a KvK number the sector is required."
        ),
        "already_imported": Words("Deze administratie is al geïmporteerd.", "It was imported already."),
        "company_closed": Words(
            "Het pakket heeft deze boekhouding intussen gesloten.",
            "The package closed these books meanwhile.",
        ),
        "kvk_number_unknown": Words(
            "Het handelsregister kent dit nummer niet.", "The trade register does not know this number."
        ),
        "registry_unavailable": Words(
            "Het handelsregister antwoordt niet; u kunt gewoon verder.",
            "The trade register does not answer; you can go on.",
        ),
        "plan_stale": Words(
            "Er is intussen iets veranderd. Maak een nieuwe preview, of pas toe wat nog klopt.",
            "Something changed meanwhile. Make a new preview, or apply what still holds.",
        ),
        "check_company_readable": Words("niet te lezen", "cannot be read"),
        "check_login_works": Words("login werkt niet", "login does not work"),
        "check_scopes": Words("toestemming ontbreekt", "access is missing"),
        "check_setup_complete": Words("nog niet ingericht", "not set up yet"),
        "check_modules": Words("module ontbreekt", "module is missing"),
        "check_fiscal_year": Words("boekjaar ontbreekt", "fiscal year is missing"),
        "check_rights": Words("rechten ontbreken", "rights are missing"),
        "check_registered": Words("niet in het handelsregister", "not in the trade register"),
        "plan_set_empty": Words("Kies iets om toe te wijzen.", "Choose something to assign."),
        "division_in_use": Words(
            "Deze divisie is nog in gebruik. Verplaats eerst de administraties.",
            "This division is in use. Move its administrations first.",
        ),
        "template_in_use": Words(
            "Deze template is nog in gebruik. Verplaats eerst de administraties.",
            "This template is in use. Move its administrations first.",
        ),
        "run_finished": Words("Deze synchronisatie is al klaar.", "This sync has ended already."),
        "held_deletion_decided": Words("Hierover is al beslist.", "This was decided already."),
        "issuer_unavailable": Words("De inlogpagina antwoordt niet.", "The login page does not answer."),
        "callback_malformed": Words(
            "Het pakket stuurde u terug met een onleesbaar antwoord. Begin opnieuw.",
            "The package sent you back with an answer that cannot be read. Start again.",
        ),
        "issuer_mismatch": Words(
            "Het antwoord kwam niet van het pakket waar het inloggen begon. Begin opnieuw.",
            "The answer was not from the package where the login began. Start again.",
        ),
        "company_unknown": Words(
            "Het pakket zegt niet bij welk bedrijf u inlogde.",
            "The package does not say at which company you logged in.",
        ),
        "connection_deleted": Words(
            "De verbinding is intussen verwijderd.", "The connection was removed meanwhile."
        ),
        "provider_busy": Words(
            "Het pakket laat nu geen vragen meer toe. Probeer het straks opnieuw.",
            "The package takes no more calls now. Try again later.",
        ),
        "login_in_use": Words(
            "Deze persoon is al elders ingelogd; het pakket staat één login per persoon toe.",
            "This person is logged in elsewhere; the package keeps one login a person.",
        ),
        "administrations_missing": Words(
            "De nieuwe login laat weg wat de vorige liet zien.",
            "The new login leaves out what the last one showed.",
        ),
        "login_not_begun_here": Words(
            "Deze login was niet in deze browser begonnen, of langer dan tien minuten geleden.",
            "This login was not begun in this browser, or more than ten minutes ago.",
        ),
        "login_of_another_issuer": Words(
            "Het antwoord kwam van een andere inlogpagina.", "The answer came from another login page."
        ),
        "login_denied": Words("Er is niet ingelogd.", "The login was not finished."),
        "login_refused": Words("De inlogpagina weigerde deze login.", "The login page refused this login."),
        "id_token_invalid": Words(
            "Het antwoord van de inlogpagina is niet te vertrouwen.",
            "The login page's answer cannot be trusted.",
        ),
        "token_missing": Words("De inlogpagina gaf geen token.", "The login page gave no token."),
        "session_too_large": Words(
            "De inlogpagina gaf een token dat te groot is voor een cookie.",
            "The login page gave a token that is too large for a cookie.",
        ),
    }
    | FAILURE_CODES
    | REFUSAL_CODES
)

WHO: dict[str, Words] = {
    "customer": Words("Uw kantoor moet iets doen", "Your office has to act"),
    "us": Words("Wij moeten iets doen", "We have to act"),
    "provider": Words("Het pakket moet iets doen", "The package has to act"),
}


def meaning(code: str | None, language: Language, *, otherwise: str = "", **values: object) -> str:
    """The code in words; else `otherwise`; else the code itself."""
    words = CODES.get(code or "")
    return words.said(language, **values) if words else otherwise or (code or "")


def told(problem: Problem, language: Language) -> str:
    """A problem in one sentence."""
    return meaning(problem.code, language, otherwise=problem.detail, service=problem.service)


def who_must_act(problem: Problem, language: Language) -> str | None:
    """Who can do something about it; our own services' silence is ours."""
    who = problem.who_must_act or ("us" if problem.is_silence else None)
    return WHO[who].said(language) if who in WHO else None
