"""What services can be let do: the operation ids of the OpenAPI documents, one vocabulary for all four services.

Starting a login and ending a connection are not among them: these are acts of a person, and no table gives them away.
"""

from enum import StrEnum


class Operation(StrEnum):
    """An operation id that `KOPPEL_SERVICE_ACCESS` may name."""

    # connection-svc
    BORROW = "borrow"
    LIST_PROVIDERS = "list_providers"
    LIST_CONNECTIONS = "list_connections"
    GET_CONNECTION = "get_connection"
    # import-svc
    START_IMPORT_SESSION = "start_import_session"
    GET_IMPORT_SESSION = "get_import_session"
    LIST_CANDIDATES = "list_candidates"
    SELECT_CANDIDATES = "select_candidates"
    STORE_PROFILES = "store_profiles"
    CONFIRM_IMPORT = "confirm_import"
    LIST_ADMINISTRATIONS = "list_administrations"
    GET_ADMINISTRATION = "get_administration"
    CHANGE_PROFILE = "change_profile"
    REMOVE_ADMINISTRATION = "remove_administration"
    LIST_SECTORS = "list_sectors"
    LOOK_UP_KVK_NUMBER = "look_up_kvk_number"
    # assignment-svc
    PUT_USER = "put_user"
    LIST_USERS = "list_users"
    GET_USER = "get_user"
    DELETE_USER = "delete_user"
    LIST_ADMINISTRATIONS_OF_USER = "list_administrations_of_user"
    PUT_DIVISION = "put_division"
    LIST_DIVISIONS = "list_divisions"
    GET_DIVISION = "get_division"
    DELETE_DIVISION = "delete_division"
    PUT_TEMPLATE = "put_template"
    LIST_TEMPLATES = "list_templates"
    GET_TEMPLATE = "get_template"
    DELETE_TEMPLATE = "delete_template"
    GET_ASSIGNMENT = "get_assignment"
    CREATE_ASSIGNMENT_PLAN = "create_assignment_plan"
    GET_ASSIGNMENT_PLAN = "get_assignment_plan"
    APPLY_ASSIGNMENT_PLAN = "apply_assignment_plan"
    UNDO_ASSIGNMENT_PLAN = "undo_assignment_plan"
    # sync-svc
    REQUEST_SYNCS = "request_syncs"
    LIST_SYNC_RUNS = "list_sync_runs"
    GET_SYNC_RUN = "get_sync_run"
    FOLLOW_SYNC_RUN = "follow_sync_run"
    CANCEL_SYNC_RUN = "cancel_sync_run"
    GET_SYNC_STATUS = "get_sync_status"
    LIST_RECORDS = "list_records"
    GET_SYNC_POLICY = "get_sync_policy"
    PUT_SYNC_POLICY = "put_sync_policy"
    # every service; these need the token's right as well
    LIST_PARKED = "list_parked"
    GET_PARKED = "get_parked"
    RETRY_PARKED = "retry_parked"
    RETRY_PARKED_EVENTS = "retry_parked_events"
    DISCARD_PARKED = "discard_parked"
    LIST_PARKED_CAUSES = "list_parked_causes"
    CHECK_PARKED = "check_parked"
    GET_STREAM = "get_stream"
    PLAN_REPLAY = "plan_replay"
    LIST_REPLAYS = "list_replays"
    GET_REPLAY = "get_replay"
    START_REPLAY = "start_replay"
    PAUSE_REPLAY = "pause_replay"
    RESUME_REPLAY = "resume_replay"
    CANCEL_REPLAY = "cancel_replay"
