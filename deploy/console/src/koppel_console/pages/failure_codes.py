"""What a sync fails on or is paused for, in the words of an office: `Failure.code` of sync-svc and of every provider."""

from koppel_console.words import Words

_AGAIN = "Koppel probeert het vanzelf opnieuw."
_TRIES = "Koppel tries again by itself."

FAILURE_CODES: dict[str, Words] = {
    "provider_unreachable": Words(
        f"Het pakket is niet te bereiken. {_AGAIN}", f"The package cannot be reached. {_TRIES}"
    ),
    "provider_timeout": Words(
        f"Het pakket antwoordt niet op tijd. {_AGAIN}", f"The package does not answer in time. {_TRIES}"
    ),
    "connection_dropped": Words(
        f"Het pakket brak zijn antwoord af. {_AGAIN}", f"The package broke off its answer. {_TRIES}"
    ),
    "provider_unavailable": Words(
        f"Het pakket meldt een storing. {_AGAIN}", f"The package reports a fault of its own. {_TRIES}"
    ),
    "provider_bad_answer": Words(
        f"Het pakket gaf een onleesbaar antwoord. {_AGAIN}",
        f"The package gave an answer that cannot be read. {_TRIES}",
    ),
    "provider_answer_too_large": Words(
        "Het pakket gaf een antwoord dat te groot is.", "The package gave an answer that is too large."
    ),
    "provider_not_found": Words(
        "Het pakket kent niet wat wij vragen.", "The package does not know what we ask for."
    ),
    "request_refused": Words("Het pakket weigert onze vraag.", "The package refuses our request."),
    "request_unsendable": Words("Onze vraag kan niet weg.", "Our request cannot be sent."),
    "client_invalid": Words(
        "Het pakket neemt de registratie van Koppel niet aan.",
        "The package does not take Koppel's registration.",
    ),
    "rights_not_registered": Words(
        "De registratie van Koppel bij het pakket mag dit niet lezen.",
        "Koppel's registration at the package may not read this.",
    ),
    "continuation_invalid": Words(
        "Het pakket is de draad kwijt; de lijst wordt van voren af gelezen.",
        "The package lost its place; the list is read from its beginning.",
    ),
    "watermark_invalid": Words(
        "Het pakket weet niet meer wat er veranderde; de lijst wordt helemaal gelezen.",
        "The package knows no more what changed; the list is read whole.",
    ),
    "refresh_too_early": Words(
        f"Het pakket vernieuwt de login nog niet. {_AGAIN}",
        f"The package does not renew the login yet. {_TRIES}",
    ),
    "rate_limited": Words("Het pakket laat nu niet meer vragen toe.", "The package takes no more calls now."),
    "provider_unauthorized": Words(
        "Het pakket neemt de login niet meer aan.", "The package does not take the login any more."
    ),
    "grant_invalid": Words("De login is bij het pakket geëindigd.", "The login has ended at the package."),
    "login_blocked": Words(
        "Wie inlogde is bij het pakket geblokkeerd of niet actief.",
        "Who logged in is blocked or not active at the package.",
    ),
    "consent_denied": Words("U gaf geen toestemming.", "You did not give access."),
    "permission_denied": Words(
        "Wie inlogde mag dit bij het pakket niet lezen.", "Who logged in may not read this at the package."
    ),
    "scope_missing": Words(
        "De login staat dit niet toe: log opnieuw in en geef alle toestemming.",
        "The login does not allow this: log in again and agree to all that is asked.",
    ),
    "no_company_access": Words(
        "Wie inlogde kan niet meer bij dit bedrijf: laat iemand inloggen die dat wel kan.",
        "Who logged in has no access to this company any more: somebody who has must log in.",
    ),
    "company_not_in_consent": Words(
        "De login laat dit bedrijf weg: log opnieuw in en sta het toe.",
        "The login leaves this company out: log in again and allow it.",
    ),
    "company_inactive": Words(
        "Het bedrijf is bij het pakket niet actief.", "The company is not active at the package."
    ),
    "company_blocked": Words(
        "Het bedrijf is bij het pakket geblokkeerd, bijvoorbeeld tijdens een kopie.",
        "The company is blocked at the package, such as while it is copied.",
    ),
    "company_setup_incomplete": Words(
        "Het bedrijf is bij het pakket nog niet helemaal ingericht.",
        "The company is not set up to its end at the package.",
    ),
    "licence_terms": Words(
        "De voorwaarden van het pakket zijn daar nog niet aanvaard.",
        "The package's terms were not accepted there yet.",
    ),
    "licence_expired": Words(
        "De licentie bij het pakket is afgelopen of geblokkeerd.",
        "The licence at the package has ended or is blocked.",
    ),
    "module_unavailable": Words(
        "Dit onderdeel zit niet in het abonnement bij het pakket.",
        "The company's edition of the package does not have this part.",
    ),
    "token_refused": Words(
        "Koppel krijgt geen toegang tot deze login.", "Koppel gets no access to this login."
    ),
    "token_unavailable": Words(
        f"De login is nu niet op te halen. {_AGAIN}", f"The login cannot be had now. {_TRIES}"
    ),
    "unknown_provider": Words("Koppel kent dit pakket hier niet.", "Koppel does not know this package here."),
    "administration_removed": Words(
        "De administratie is uit Koppel verwijderd.", "The administration was removed from Koppel."
    ),
    "resource_not_offered": Words("Het pakket heeft dit niet.", "The package does not have this."),
    "no_progress": Words(
        "De synchronisatie kwam niet verder en is opgegeven.", "The sync came no further and was given up."
    ),
    "too_many_vanished": Words(
        "Er verdween te veel in één keer; verwijderen wacht op een mens.",
        "Too much vanished at once; deleting waits for a person.",
    ),
    "listing_incomplete": Words(
        f"Het pakket gaf minder dan het aankondigde. {_AGAIN}",
        f"The package sent less than it announced. {_TRIES}",
    ),
    "records_unreadable": Words(
        "Een deel van wat het pakket gaf is niet te lezen.", "Some of what the package gave cannot be read."
    ),
    "page_repeated": Words(
        f"Het pakket geeft steeds dezelfde pagina. {_AGAIN}",
        f"The package gives the same page again. {_TRIES}",
    ),
    "feed_went_back": Words(
        "Het pakket begon opnieuw te tellen; alles wordt de volgende keer helemaal gelezen.",
        "The package began to count anew; all of it is read whole next time.",
    ),
}
