"""What a service refuses a form for, in the words of who filled it in: the codes of its 422 and 409."""

from koppel_console.words import Words

_MEANWHILE = "Er is intussen iets veranderd. Laad de pagina opnieuw."
_CHANGED = "Something changed meanwhile. Load the page again."

REFUSAL_CODES: dict[str, Words] = {
    "invalid_input": Words("Niet alles is goed ingevuld.", "Not everything is filled in right."),
    "too_many_items": Words("Dit is te veel in één keer.", "This is too much at once."),
    "too_deep": Words("De dienst kan dit niet lezen.", "The service cannot read this."),
    "administration_unknown": Words(
        "Een van deze administraties is er niet (meer).",
        "One of these administrations is not there (any more).",
    ),
    "user_unknown": Words(
        "Een van deze gebruikers is er niet (meer).", "One of these users is not there (any more)."
    ),
    "division_unknown": Words("Deze divisie is er niet (meer).", "This division is not there (any more)."),
    "template_unknown": Words("Deze template is er niet (meer).", "This template is not there (any more)."),
    "import_session_unknown": Words("Deze import is er niet (meer).", "This import is not there (any more)."),
    "import_session_not_selecting": Words(
        "In deze import is niets meer te kiezen.", "Nothing can be chosen in this import any more."
    ),
    "version_unknown": Words(_MEANWHILE, _CHANGED),
    "selection_invalid": Words("Niet alles hiervan kan gekozen worden.", "Not all of this can be selected."),
    "candidate_unknown": Words(
        "Dit bedrijf hoort niet bij deze import.", "This company is not of this import."
    ),
    "candidate_duplicate": Words("Dit bedrijf staat er twee keer.", "This company stands there twice."),
    "company_archived": Words(
        "Dit bedrijf is bij het pakket gearchiveerd.", "This company is archived at the package."
    ),
    "company_gone": Words(
        "Het pakket toont dit bedrijf niet meer.", "The package does not show this company any more."
    ),
    "company_without_books": Words(
        "Dit is bij het pakket een dossier zonder boekhouding.",
        "This is a file without books at the package.",
    ),
    "sbi_version_unknown": Words(
        "Koppel kent deze versie van de sectoren niet.", "Koppel does not know this version of the sectors."
    ),
    "provider_not_configured": Words(
        "Dit pakket is hier niet ingesteld.", "This package is not set up here."
    ),
    "return_url_required": Words(
        "Koppel weet niet waarheen na het inloggen.", "Koppel does not know where to go after the login."
    ),
    "return_url_not_allowed": Words(
        "Na het inloggen mag Koppel niet naar dit adres.",
        "Koppel may not go to this address after the login.",
    ),
    "credentials_not_taken": Words(
        "Bij dit pakket logt u in; het neemt geen sleutel.", "You log in at this package; it takes no key."
    ),
    "plan_too_large": Words("Dit plan is te groot.", "This plan is too large."),
    "plan_target_missing": Words(
        "Kies de administraties of de import waarvoor dit geldt.",
        "Choose the administrations or the import that this is for.",
    ),
    "plan_target_ambiguous": Words(
        "Kies administraties of een import, niet allebei.", "Choose administrations or an import, not both."
    ),
    "plan_not_applied": Words("Dit plan is niet toegepast.", "This plan was not applied."),
    "plan_undone": Words("Dit plan is al teruggedraaid.", "This plan was undone already."),
    "cron_invalid": Words(
        "Dit is geen schema in crontabvorm met vijf velden, of het loopt vaker dan elke vijf minuten.",
        "This is no schedule of five fields as in crontab, or runs more often than every five minutes.",
    ),
    "sweep_required": Words(
        "Zonder alles te lezen vindt Koppel hier niet wat verwijderd is: kies een ritme.",
        "Without reading everything Koppel does not find here what was deleted: choose a rhythm.",
    ),
    "filter_invalid": Words(
        "Met deze voorwaarden is er niets te kiezen.", "These conditions can choose nothing."
    ),
    "snapshot_not_here": Words("Een momentopname maakt alleen sync-svc.", "Only sync-svc makes a snapshot."),
    "stream_being_rebuilt": Words("Deze stream wordt juist opgebouwd.", "This stream is being rebuilt now."),
    "parked_by_another_consumer": Words(
        "Dit event wacht bij een andere dienst.", "This event waits at another service."
    ),
}
